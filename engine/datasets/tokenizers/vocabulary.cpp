#include "engine/datasets/tokenizers/vocabulary.h"

#include "engine/base/json.h"

#include <algorithm>

namespace isoloss {

tl::unexpected<Error> tokenizer_error(ErrorKind kind, std::string_view file, std::string_view key, std::string reason) {
    return fail({kind, std::string(file), "key " + std::string(key), std::move(reason),
                 kind == ErrorKind::unsupported
                     ? "Scores can be imported; measuring needs a tokenizer of a known form"
                     : "Copy the tokenizer's files again from where the checkpoint came from"});
}

Expected<Vocabulary> Vocabulary::build(std::vector<Entry> entries, RepeatedTokens repeated, std::string_view file) {
    const auto damaged = [&](std::string reason) {
        return tokenizer_error(ErrorKind::damaged, file, "vocab", std::move(reason));
    };
    if (entries.empty()) return damaged("lists no token");
    Vocabulary vocabulary;
    vocabulary.entries_ = std::move(entries);
    vocabulary.ids_.reserve(vocabulary.entries_.size());
    vocabulary.entry_of_.reserve(vocabulary.entries_.size());
    for (std::size_t i = 0; i < vocabulary.entries_.size(); ++i) {
        const auto& [token, id] = vocabulary.entries_[i];
        const bool fresh = vocabulary.ids_.insert_or_assign(token, id).second;
        if (!fresh && repeated == RepeatedTokens::refused)
            return damaged("the token " + json_quote(token) + " occurs twice");
        if (!vocabulary.entry_of_.emplace(id, i).second)
            return damaged("the id " + std::to_string(id) + " belongs to two tokens, one of them " + json_quote(token));
        vocabulary.longest_ = std::max(vocabulary.longest_, token.size());
        vocabulary.size_ = std::max<std::int64_t>(vocabulary.size_, std::int64_t(id) + 1);
    }
    return vocabulary;
}

std::optional<std::int32_t> Vocabulary::id(std::string_view token) const {
    const auto found = ids_.find(token);
    return found == ids_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<std::string_view> Vocabulary::token(std::int32_t id) const {
    const auto found = entry_of_.find(id);
    return found == entry_of_.end() ? std::nullopt : std::optional<std::string_view>(entries_[found->second].first);
}

} // namespace isoloss
