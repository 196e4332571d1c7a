#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/datasets/tokenizers/bpe.h"
#include "engine/datasets/tokenizers/post_processor.h"
#include "engine/datasets/tokenizers/tokenizer_files.h"
#include "engine/datasets/tokenizers/unigram.h"
#include "engine/datasets/tokenizers/word_piece.h"

namespace isoloss {

namespace {

constexpr JsonLimits limits{128u << 20, 64};
constexpr std::int64_t largest_id = 1 << 24;

using Model = std::unique_ptr<const TokenModel>;

/// Builds the parts of one tokenizer.json; every error carries its name.
class TokenizerJson {
public:
    TokenizerJson(const rapidjson::Document& document, std::string file)
        : document_(document), file_(std::move(file)) {}

    Expected<TokenizerParts> read() const {
        TokenizerParts parts;
        ISOLOSS_TRY(parts.normalizer, Normalizer::from_json(member("normalizer"), file_));
        ISOLOSS_TRY(parts.pre_tokenizer, PreTokenizer::from_json(member("pre_tokenizer"), file_));
        ISOLOSS_TRY(parts.decoder, Decoder::from_json(member("decoder"), file_));
        ISOLOSS_TRY(parts.model, read_model(parts));
        ISOLOSS_TRY(parts.added, read_added_tokens(parts.model->vocabulary()));
        ISOLOSS_TRY(const SurroundingTokens around, read_post_processor(member("post_processor"), file_));
        if (!around.before.empty()) parts.bos = around.before.front();
        if (!around.after.empty()) parts.eos = around.after.front();
        parts.adds_bos = !around.before.empty();
        parts.adds_eos = !around.after.empty();
        return parts;
    }

private:
    tl::unexpected<Error> refuse(ErrorKind kind, std::string_view key, std::string reason) const {
        return tokenizer_error(kind, file_, key, std::move(reason));
    }

    const rapidjson::Value& member(std::string_view name) const {
        static const rapidjson::Value null;
        const auto* value = json_member(document_, name);
        return value == nullptr ? null : *value;
    }

    // Files of the first versions leave the type out.
    static std::string_view type_of(const rapidjson::Value& model) {
        if (const auto type = json_string(model, "type")) return *type;
        if (json_member(model, "merges") != nullptr) return "BPE";
        if (json_member(model, "unk_id") != nullptr) return "Unigram";
        if (json_member(model, "max_input_chars_per_word") != nullptr) return "WordPiece";
        return json_member(model, "unk_token") != nullptr ? "WordLevel" : "";
    }

    Expected<Model> read_model(TokenizerParts& parts) const {
        const auto* model = json_member(document_, "model");
        if (model == nullptr || !model->IsObject()) return refuse(ErrorKind::damaged, "model", "is missing");
        const std::string_view type = type_of(*model);
        if (type == "BPE") return read_bpe(*model, parts);
        if (type == "Unigram") return read_unigram(*model);
        if (type == "WordPiece") return read_word_piece(*model);
        if (type == "WordLevel") {
            ISOLOSS_TRY(Vocabulary vocabulary, read_vocabulary(*model));
            return std::make_unique<WordLevel>(std::move(vocabulary), text(*model, "unk_token", "<unk>"));
        }
        return refuse(ErrorKind::unsupported, "model.type",
                      "unknown model type " + json_quote(type) + "; known are BPE, Unigram, WordPiece, WordLevel");
    }

    static std::string text(const rapidjson::Value& model, std::string_view name, std::string_view missing) {
        return std::string(json_string(model, name).value_or(missing));
    }

    Expected<Model> read_bpe(const rapidjson::Value& model, TokenizerParts& parts) const {
        if (json_number(model, "dropout").value_or(0) != 0)
            return refuse(ErrorKind::unsupported, "model.dropout",
                          "tokenization that is random cannot be measured with");
        BpeOptions options;
        if (const auto unknown = json_string(model, "unk_token")) options.unknown_token = *unknown;
        options.continuing_prefix = text(model, "continuing_subword_prefix", "");
        options.word_suffix = text(model, "end_of_word_suffix", "");
        options.fuse_unknown = json_bool(model, "fuse_unk").value_or(false);
        options.byte_fallback = json_bool(model, "byte_fallback").value_or(false);
        options.ignore_merges = json_bool(model, "ignore_merges").value_or(false);
        ISOLOSS_TRY(Vocabulary vocabulary, read_vocabulary(model));
        ISOLOSS_TRY(const Bpe::Merges merges, read_merges(model));
        options.alphabet = choose_alphabet(vocabulary, options, parts);
        return Bpe::build(std::move(vocabulary), merges, std::move(options), file_);
    }

    Expected<Model> read_unigram(const rapidjson::Value& model) const {
        const auto* list = json_member(model, "vocab");
        if (list == nullptr || !list->IsArray()) return refuse(ErrorKind::damaged, "model.vocab", "is missing");
        std::vector<Vocabulary::Entry> tokens;
        std::vector<double> scores;
        for (const auto& entry : list->GetArray()) {
            if (!entry.IsArray() || entry.Size() != 2 || !entry[0].IsString() || !entry[1].IsNumber())
                return refuse(ErrorKind::damaged, "model.vocab[" + std::to_string(tokens.size()) + "]",
                              json_text(entry).substr(0, 100) + " is not a token and its score");
            tokens.emplace_back(json_view(entry[0]), static_cast<std::int32_t>(tokens.size()));
            scores.push_back(entry[1].GetDouble());
        }
        UnigramOptions options;
        if (const auto* unknown = json_member(model, "unk_id"); unknown != nullptr && !unknown->IsNull()) {
            if (!unknown->IsInt()) return refuse(ErrorKind::damaged, "model.unk_id", "is not a token id");
            options.unknown = unknown->GetInt();
        }
        options.byte_fallback = json_bool(model, "byte_fallback").value_or(false);
        ISOLOSS_TRY(Vocabulary vocabulary, Vocabulary::build(std::move(tokens), RepeatedTokens::last_counts, file_));
        return Unigram::build(std::move(vocabulary), scores, options, file_);
    }

    Expected<Model> read_word_piece(const rapidjson::Value& model) const {
        WordPieceOptions options;
        options.unknown_token = text(model, "unk_token", options.unknown_token);
        options.continuing_prefix = text(model, "continuing_subword_prefix", options.continuing_prefix);
        const auto longest = json_int(model, "max_input_chars_per_word");
        if (longest && *longest < 0)
            return refuse(ErrorKind::damaged, "model.max_input_chars_per_word", "must not be negative");
        if (longest) options.longest_word = static_cast<std::size_t>(*longest);
        ISOLOSS_TRY(Vocabulary vocabulary, read_vocabulary(model));
        return std::make_unique<WordPiece>(std::move(vocabulary), std::move(options));
    }

    Expected<Vocabulary> read_vocabulary(const rapidjson::Value& model) const {
        const auto* list = json_member(model, "vocab");
        if (list == nullptr || !list->IsObject()) return refuse(ErrorKind::damaged, "model.vocab", "is missing");
        std::vector<Vocabulary::Entry> tokens;
        tokens.reserve(list->MemberCount());
        for (const auto& [token, id] : list->GetObject()) {
            if (!id.IsInt64() || id.GetInt64() < 0 || id.GetInt64() >= largest_id)
                return refuse(ErrorKind::damaged, "model.vocab",
                              "the token " + json_quote(json_view(token)) + " has the id " + json_text(id) +
                                  ", which is not a whole number from 0 to " + std::to_string(largest_id - 1));
            tokens.emplace_back(json_view(token), static_cast<std::int32_t>(id.GetInt64()));
        }
        return Vocabulary::build(std::move(tokens), RepeatedTokens::refused, file_);
    }

    Expected<Bpe::Merges> read_merges(const rapidjson::Value& model) const {
        const auto* list = json_member(model, "merges");
        if (list == nullptr || !list->IsArray()) return refuse(ErrorKind::damaged, "model.merges", "is missing");
        Bpe::Merges merges;
        merges.reserve(list->Size());
        for (const auto& merge : list->GetArray()) {
            const std::string_view line = merge.IsString() ? json_view(merge) : std::string_view();
            const std::size_t space = line.find(' ');
            if (space != line.npos && line.find(' ', space + 1) == line.npos)
                merges.emplace_back(line.substr(0, space), line.substr(space + 1));
            else if (merge.IsArray() && merge.Size() == 2 && merge[0].IsString() && merge[1].IsString())
                merges.emplace_back(json_view(merge[0]), json_view(merge[1]));
            else
                return refuse(ErrorKind::damaged, "model.merges[" + std::to_string(merges.size()) + "]",
                              json_text(merge).substr(0, 100) + " is neither \"a b\" nor [\"a\", \"b\"]");
        }
        return merges;
    }

    Expected<std::vector<AddedToken>> read_added_tokens(const Vocabulary& vocabulary) const {
        std::vector<AddedToken> tokens;
        const rapidjson::Value& list = member("added_tokens");
        if (list.IsNull()) return tokens;
        if (!list.IsArray()) return refuse(ErrorKind::damaged, "added_tokens", "must be a list");
        for (rapidjson::SizeType i = 0; i < list.Size(); ++i) {
            const std::string key = "added_tokens[" + std::to_string(i) + "]";
            const auto id = json_int(list[i], "id");
            auto token = id && *id >= 0 && *id < largest_id ? read_added_token(list[i]) : std::nullopt;
            if (!token) return refuse(ErrorKind::damaged, key, "needs a content and an id");
            token->id = static_cast<std::int32_t>(*id);
            const auto in_vocabulary = vocabulary.id(token->content);
            if (in_vocabulary.value_or(token->id) != token->id || (!in_vocabulary && vocabulary.token(token->id)))
                return refuse(ErrorKind::damaged, key,
                              "the id " + std::to_string(token->id) + " of " + json_quote(token->content) +
                                  " contradicts the vocabulary");
            tokens.push_back(std::move(*token));
        }
        return tokens;
    }

    const rapidjson::Document& document_;
    std::string file_;
};

} // namespace

std::optional<AddedToken> read_added_token(const rapidjson::Value& value) {
    const auto content = json_string(value, "content");
    if (!content) return std::nullopt;
    AddedToken token;
    token.content = *content;
    token.single_word = json_bool(value, "single_word").value_or(false);
    token.lstrip = json_bool(value, "lstrip").value_or(false);
    token.rstrip = json_bool(value, "rstrip").value_or(false);
    token.special = json_bool(value, "special").value_or(false);
    token.normalized = json_bool(value, "normalized").value_or(!token.special);
    return token;
}

BpeAlphabet choose_alphabet(const Vocabulary& vocabulary, const BpeOptions& options, TokenizerParts& parts) {
    if (!parts.pre_tokenizer.spells_bytes() && !parts.normalizer.spells_bytes()) return BpeAlphabet::code_points;
    const bool plain = options.continuing_prefix.empty() && options.word_suffix.empty();
    const bool raw = plain && !parts.normalizer.spells_bytes() && Bpe::knows_every_byte(vocabulary) &&
                     parts.pre_tokenizer.drop_last_spelling();
    return raw ? BpeAlphabet::bytes : BpeAlphabet::spelled_bytes;
}

Expected<TokenizerParts> read_tokenizer_json(const std::filesystem::path& file) {
    ISOLOSS_TRY(const rapidjson::Document document, read_json_file(file, limits));
    return TokenizerJson(document, path_text(file)).read();
}

} // namespace isoloss
