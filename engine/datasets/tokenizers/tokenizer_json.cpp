#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/datasets/tokenizers/tokenizer_files.h"

#include <algorithm>

namespace isoloss {

namespace {

constexpr JsonLimits limits{128u << 20, 64};
constexpr std::int64_t largest_id = 1 << 24;

/// Builds the parts of one tokenizer.json; every error carries its name.
class TokenizerJson {
public:
    TokenizerJson(const rapidjson::Document& document, std::string file)
        : document_(document), file_(std::move(file)) {}

    Expected<TokenizerParts> read() const {
        const auto* model = json_member(document_, "model");
        if (model == nullptr || !model->IsObject()) return refuse(ErrorKind::damaged, "model", "is missing");
        // Files of the first versions leave the type out.
        const auto type = json_string(*model, "type").value_or(json_member(*model, "merges") ? "BPE" : "");
        if (type != "BPE")
            return refuse(ErrorKind::unsupported, "model.type",
                          "unknown model type " + json_quote(type) + "; known is BPE");
        ISOLOSS_TRY(Normalizer normalizer, Normalizer::from_json(member("normalizer"), file_));
        ISOLOSS_TRY(PreTokenizer pre_tokenizer, PreTokenizer::from_json(member("pre_tokenizer"), file_));
        ISOLOSS_TRY(BpeOptions options, read_options(*model));
        options.alphabet = pre_tokenizer.is_byte_level() ? BpeAlphabet::bytes : BpeAlphabet::code_points;
        ISOLOSS_TRY(auto vocabulary, read_vocabulary(*model));
        ISOLOSS_TRY(const auto merges, read_merges(*model));
        ISOLOSS_TRY(Bpe bpe, Bpe::build(std::move(vocabulary), merges, std::move(options), file_));
        ISOLOSS_TRY(auto added, read_added_tokens(bpe));
        ISOLOSS_TRY_VOID(check_gaps(bpe, added));
        const auto first = first_special_token();
        return TokenizerParts{std::move(bpe),
                              std::move(normalizer),
                              std::move(pre_tokenizer),
                              std::move(added),
                              first,
                              {},
                              {},
                              first.has_value(),
                              {}};
    }

private:
    tl::unexpected<Error> refuse(ErrorKind kind, std::string key, std::string reason) const {
        return fail({kind, file_, "key " + std::move(key), std::move(reason),
                     kind == ErrorKind::unsupported
                         ? "Scores can be imported; measuring needs a tokenizer of a known form"
                         : "Copy the tokenizer's files again from where the checkpoint came from"});
    }

    const rapidjson::Value& member(std::string_view name) const {
        static const rapidjson::Value null;
        const auto* value = json_member(document_, name);
        return value == nullptr ? null : *value;
    }

    Expected<BpeOptions> read_options(const rapidjson::Value& model) const {
        BpeOptions options;
        for (const char* name : {"continuing_subword_prefix", "end_of_word_suffix"})
            if (!json_string(model, name).value_or("").empty())
                return refuse(ErrorKind::unsupported, std::string("model.") + name, "is not supported");
        const auto dropout = json_number(model, "dropout");
        if (dropout.value_or(0) != 0)
            return refuse(ErrorKind::unsupported, "model.dropout",
                          "tokenization that is random cannot be measured with");
        if (const auto unknown = json_string(model, "unk_token")) options.unknown_token = *unknown;
        options.fuse_unknown = json_bool(model, "fuse_unk").value_or(false);
        options.byte_fallback = json_bool(model, "byte_fallback").value_or(false);
        options.ignore_merges = json_bool(model, "ignore_merges").value_or(false);
        return options;
    }

    Expected<std::vector<std::pair<std::string, std::int32_t>>> read_vocabulary(const rapidjson::Value& model) const {
        const auto* vocabulary = json_member(model, "vocab");
        if (vocabulary == nullptr || !vocabulary->IsObject())
            return refuse(ErrorKind::damaged, "model.vocab", "is missing");
        std::vector<std::pair<std::string, std::int32_t>> tokens;
        tokens.reserve(vocabulary->MemberCount());
        for (const auto& [token, id] : vocabulary->GetObject()) {
            if (!id.IsInt64() || id.GetInt64() < 0 || id.GetInt64() >= largest_id)
                return refuse(ErrorKind::damaged, "model.vocab",
                              "the token " + json_quote(json_view(token)) + " has the id " + json_text(id) +
                                  ", which is not a whole number from 0 to " + std::to_string(largest_id - 1));
            tokens.emplace_back(json_view(token), static_cast<std::int32_t>(id.GetInt64()));
        }
        return tokens;
    }

    Expected<std::vector<std::pair<std::string, std::string>>> read_merges(const rapidjson::Value& model) const {
        const auto* list = json_member(model, "merges");
        if (list == nullptr || !list->IsArray()) return refuse(ErrorKind::damaged, "model.merges", "is missing");
        std::vector<std::pair<std::string, std::string>> merges;
        merges.reserve(list->Size());
        for (const auto& merge : list->GetArray()) {
            const std::string_view text = merge.IsString() ? json_view(merge) : std::string_view();
            const std::size_t space = text.find(' ');
            if (space != text.npos && text.find(' ', space + 1) == text.npos)
                merges.emplace_back(text.substr(0, space), text.substr(space + 1));
            else if (merge.IsArray() && merge.Size() == 2 && merge[0].IsString() && merge[1].IsString())
                merges.emplace_back(json_view(merge[0]), json_view(merge[1]));
            else
                return refuse(ErrorKind::damaged, "model.merges[" + std::to_string(merges.size()) + "]",
                              json_text(merge).substr(0, 100) + " is neither \"a b\" nor [\"a\", \"b\"]");
        }
        return merges;
    }

    Expected<std::vector<AddedToken>> read_added_tokens(const Bpe& bpe) const {
        std::vector<AddedToken> tokens;
        const rapidjson::Value& list = member("added_tokens");
        if (list.IsNull()) return tokens;
        if (!list.IsArray()) return refuse(ErrorKind::damaged, "added_tokens", "must be a list");
        for (rapidjson::SizeType i = 0; i < list.Size(); ++i) {
            const std::string key = "added_tokens[" + std::to_string(i) + "]";
            const auto content = json_string(list[i], "content");
            const auto id = json_int(list[i], "id");
            if (!content || !id || *id < 0 || *id >= largest_id)
                return refuse(ErrorKind::damaged, key, "needs a content and an id");
            AddedToken token;
            token.content = *content;
            token.id = static_cast<std::int32_t>(*id);
            token.single_word = json_bool(list[i], "single_word").value_or(false);
            token.lstrip = json_bool(list[i], "lstrip").value_or(false);
            token.rstrip = json_bool(list[i], "rstrip").value_or(false);
            token.special = json_bool(list[i], "special").value_or(false);
            token.normalized = json_bool(list[i], "normalized").value_or(!token.special);
            const auto in_vocabulary = bpe.id(token.content);
            if (in_vocabulary.value_or(token.id) != token.id || (!in_vocabulary && bpe.bytes(token.id)))
                return refuse(ErrorKind::damaged, key,
                              "the id " + std::to_string(token.id) + " of " + json_quote(token.content) +
                                  " contradicts the vocabulary");
            tokens.push_back(std::move(token));
        }
        return tokens;
    }

    Expected<void> check_gaps(const Bpe& bpe, const std::vector<AddedToken>& added) const {
        std::vector<std::int32_t> ids;
        for (const auto& [token, id] : bpe.vocabulary())
            ids.push_back(id);
        for (const AddedToken& token : added)
            ids.push_back(token.id);
        std::sort(ids.begin(), ids.end());
        ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
        for (std::size_t i = 0; i < ids.size(); ++i)
            if (ids[i] != static_cast<std::int32_t>(i))
                return refuse(ErrorKind::damaged, "model.vocab",
                              "no token has the id " + std::to_string(i) + ", but there are greater ones");
        return {};
    }

    // The token that the post-processor puts before a text.
    std::optional<std::int32_t> first_special_token() const { return first_special_token(member("post_processor")); }

    std::optional<std::int32_t> first_special_token(const rapidjson::Value& processor) const {
        const auto type = json_string(processor, "type");
        if (type == "Sequence") {
            const auto* list = json_member(processor, "processors");
            if (list == nullptr || !list->IsArray()) return std::nullopt;
            for (const auto& part : list->GetArray())
                if (const auto id = first_special_token(part)) return id;
            return std::nullopt;
        }
        const auto* single = type == "TemplateProcessing" ? json_member(processor, "single") : nullptr;
        if (single == nullptr || !single->IsArray() || single->Empty()) return std::nullopt;
        const auto* special = json_member((*single)[0], "SpecialToken");
        const auto name = special == nullptr ? std::nullopt : json_string(*special, "id");
        const auto* known = json_member(processor, "special_tokens");
        const auto* entry = name && known != nullptr ? json_member(*known, *name) : nullptr;
        const auto* ids = entry == nullptr ? nullptr : json_member(*entry, "ids");
        if (ids == nullptr || !ids->IsArray() || ids->Empty() || !(*ids)[0].IsInt()) return std::nullopt;
        return (*ids)[0].GetInt();
    }

    const rapidjson::Document& document_;
    std::string file_;
};

} // namespace

Expected<TokenizerParts> read_tokenizer_json(const std::filesystem::path& file) {
    ISOLOSS_TRY(const rapidjson::Document document, read_json_file(file, limits));
    return TokenizerJson(document, path_text(file)).read();
}

} // namespace isoloss
