#include "engine/datasets/tokenizers/word_piece.h"

#include "engine/base/json.h"
#include "engine/base/utf8.h"

namespace isoloss {

namespace {

tl::unexpected<Error> no_unknown(std::string_view token) {
    return fail(ErrorKind::damaged,
                "a word of the text is unknown, but the unknown token " + json_quote(token) +
                    " is not in the vocabulary",
                "Name the unknown token in the tokenizer's files (unk_token)");
}

std::size_t previous_character(std::string_view text, std::size_t end) {
    do {
        --end;
    } while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80);
    return end;
}

} // namespace

WordPiece::WordPiece(Vocabulary vocabulary, WordPieceOptions options)
    : TokenModel(std::move(vocabulary)), options_(std::move(options)),
      unknown_(this->vocabulary().id(options_.unknown_token)) {}

Expected<void> WordPiece::tokenize(std::string_view word, TimeLimit& limit, std::vector<Token>& tokens) const {
    const std::size_t before = tokens.size();
    const auto give_up = [&]() -> Expected<void> {
        if (!unknown_) return no_unknown(options_.unknown_token);
        tokens.resize(before);
        tokens.push_back({*unknown_, static_cast<std::uint32_t>(word.size())});
        return {};
    };
    if (word.size() > options_.longest_word && code_point_count(word) > options_.longest_word) return give_up();
    std::string spelling;
    for (std::size_t begin = 0; begin < word.size();) {
        const std::string_view prefix = begin > 0 ? std::string_view(options_.continuing_prefix) : std::string_view();
        // Nothing longer than the longest token is one.
        std::size_t end = word.size();
        if (end - begin > vocabulary().longest()) {
            end = begin + vocabulary().longest();
            if ((static_cast<unsigned char>(word[end]) & 0xc0) == 0x80) end = previous_character(word, end);
        }
        std::optional<std::int32_t> found;
        while (end > begin) {
            if (!limit.spend(20 + prefix.size() + end - begin)) return out_of_time();
            spelling = prefix;
            spelling += word.substr(begin, end - begin);
            found = vocabulary().id(spelling);
            if (found) break;
            end = previous_character(word, end);
        }
        if (!found) return give_up();
        tokens.push_back({*found, static_cast<std::uint32_t>(end)});
        begin = end;
    }
    return {};
}

WordLevel::WordLevel(Vocabulary vocabulary, std::string unknown_token)
    : TokenModel(std::move(vocabulary)), unknown_token_(std::move(unknown_token)),
      unknown_(this->vocabulary().id(unknown_token_)) {}

Expected<void> WordLevel::tokenize(std::string_view word, TimeLimit&, std::vector<Token>& tokens) const {
    const auto known = vocabulary().id(word);
    if (!known && !unknown_) return no_unknown(unknown_token_);
    tokens.push_back({known ? *known : *unknown_, static_cast<std::uint32_t>(word.size())});
    return {};
}

} // namespace isoloss
