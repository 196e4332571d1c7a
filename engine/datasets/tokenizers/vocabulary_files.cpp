#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/base/number_text.h"
#include "engine/base/utf8.h"
#include "engine/datasets/tokenizers/tokenizer_files.h"
#include "engine/datasets/tokenizers/word_piece.h"

#include <algorithm>

namespace isoloss {

namespace {

namespace fs = std::filesystem;

constexpr JsonLimits limits{64u << 20, 64};
constexpr std::uint64_t text_cap = 64u << 20;
constexpr std::int64_t largest_id = 1 << 24;
constexpr auto remedy = "Copy the tokenizer's files again from where the checkpoint came from";

Expected<std::vector<Vocabulary::Entry>> read_vocabulary(const fs::path& file) {
    ISOLOSS_TRY(const rapidjson::Document document, read_json_file(file, limits));
    std::vector<Vocabulary::Entry> tokens;
    if (!document.IsObject()) return fail({ErrorKind::damaged, path_text(file), {}, "must be a JSON object", remedy});
    for (const auto& [token, id] : document.GetObject()) {
        if (!id.IsInt() || id.GetInt() < 0 || id.GetInt() >= largest_id)
            return fail({ErrorKind::damaged, path_text(file), "key " + json_quote(json_view(token)),
                         json_text(id) + " is not a token id", remedy});
        tokens.emplace_back(json_view(token), id.GetInt());
    }
    return tokens;
}

Expected<std::vector<std::string>> read_lines(const fs::path& file) {
    ISOLOSS_TRY(const std::string text, read_text_file(file, text_cap));
    std::vector<std::string> lines;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        std::string_view line = std::string_view(text).substr(begin, end - begin);
        begin = end + 1;
        if (line.ends_with('\r')) line.remove_suffix(1);
        lines.emplace_back(line);
    }
    return lines;
}

Expected<Bpe::Merges> read_merges(const fs::path& file) {
    ISOLOSS_TRY(const std::vector<std::string> lines, read_lines(file));
    Bpe::Merges merges;
    for (std::size_t number = 0; number < lines.size(); ++number) {
        const std::string_view line = lines[number];
        if (line.empty() || line.starts_with("#version")) continue;
        const std::size_t space = line.find(' ');
        if (space == line.npos || line.find(' ', space + 1) != line.npos)
            return fail({ErrorKind::damaged, path_text(file), "line " + std::to_string(number + 1),
                         "is not two tokens with a space between them", remedy});
        merges.emplace_back(line.substr(0, space), line.substr(space + 1));
    }
    return merges;
}

Expected<Decoder> decoder(const char* json) {
    ISOLOSS_TRY(const rapidjson::Document document, parse_json(json, "decoder"));
    return Decoder::from_json(document, "decoder");
}

} // namespace

Expected<std::vector<AddedToken>> read_configured_tokens(const rapidjson::Document& config, const fs::path& file,
                                                         const Vocabulary& vocabulary) {
    std::vector<AddedToken> tokens;
    if (const auto* list = json_member(config, "added_tokens_decoder"); list != nullptr && list->IsObject()) {
        for (const auto& [key, value] : list->GetObject()) {
            const auto id = parse_int(json_view(key));
            auto token = id && *id >= 0 && *id < largest_id ? read_added_token(value) : std::nullopt;
            if (!token)
                return fail({ErrorKind::damaged, path_text(file),
                             "key added_tokens_decoder." + std::string(json_view(key)), "needs an id and a content",
                             remedy});
            token->id = vocabulary.id(token->content).value_or(static_cast<std::int32_t>(*id));
            tokens.push_back(std::move(*token));
        }
        return tokens;
    }
    for (const char* name :
         {"bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"}) {
        const auto text = special_token_text(config, name);
        const auto id = text ? vocabulary.id(*text) : std::nullopt;
        if (id) tokens.push_back({std::string(*text), *id, false, false, false, false, true});
    }
    return tokens;
}

Expected<TokenizerParts> read_vocabulary_and_merges(const fs::path& folder) {
    const fs::path vocabulary_file = folder / "vocab.json", config_file = folder / "tokenizer_config.json";
    const std::string name = path_text(vocabulary_file);
    ISOLOSS_TRY(auto tokens, read_vocabulary(vocabulary_file));
    ISOLOSS_TRY(const auto merges, read_merges(folder / "merges.txt"));
    ISOLOSS_TRY(const rapidjson::Document config, read_tokenizer_settings(config_file));
    ISOLOSS_TRY(const rapidjson::Document map, read_tokenizer_settings(folder / "special_tokens_map.json"));
    ISOLOSS_TRY(Vocabulary vocabulary, Vocabulary::build(std::move(tokens), RepeatedTokens::refused, name));
    // A byte without a token becomes the unknown token, as in the original GPT2Tokenizer class: no text is lost.
    BpeOptions options;
    for (const auto* source : {&map, &config})
        if (const auto text = special_token_text(*source, "unk_token"))
            if (vocabulary.id(*text)) options.unknown_token = *text;
    TokenizerParts parts;
    ISOLOSS_TRY(parts.pre_tokenizer, PreTokenizer::gpt2(json_bool(config, "add_prefix_space").value_or(false), name));
    ISOLOSS_TRY(parts.added, read_configured_tokens(config, config_file, vocabulary));
    ISOLOSS_TRY(parts.decoder, decoder(R"({"type": "ByteLevel"})"));
    // RoBERTa has the same files and puts its first and last token around every text.
    if (json_string(config, "tokenizer_class").value_or("").starts_with("Roberta")) {
        parts.bos = vocabulary.id(special_token_text(config, "cls_token").value_or("<s>"));
        parts.eos = vocabulary.id(special_token_text(config, "sep_token").value_or("</s>"));
        parts.mask = vocabulary.id(special_token_text(config, "mask_token").value_or("<mask>"));
        parts.adds_bos = parts.bos.has_value();
        parts.adds_eos = parts.eos.has_value();
    }
    options.alphabet = choose_alphabet(vocabulary, options, parts);
    ISOLOSS_TRY(parts.model, Bpe::build(std::move(vocabulary), merges, std::move(options), name));
    return parts;
}

Expected<TokenizerParts> read_word_pieces(const fs::path& folder) {
    const fs::path vocabulary_file = folder / "vocab.txt", config_file = folder / "tokenizer_config.json";
    const std::string name = path_text(vocabulary_file);
    ISOLOSS_TRY(const std::vector<std::string> lines, read_lines(vocabulary_file));
    ISOLOSS_TRY(const rapidjson::Document config, read_tokenizer_settings(config_file));
    std::vector<Vocabulary::Entry> tokens;
    for (const std::string& line : lines) {
        if (!is_valid_utf8(line))
            return fail(
                {ErrorKind::damaged, name, "line " + std::to_string(tokens.size() + 1), "is not UTF-8", remedy});
        std::string_view token = line;
        while (!token.empty() && is_white_space(static_cast<unsigned char>(token.back())) && token.back() > 0)
            token.remove_suffix(1);
        tokens.emplace_back(token, static_cast<std::int32_t>(tokens.size()));
    }
    ISOLOSS_TRY(Vocabulary vocabulary, Vocabulary::build(std::move(tokens), RepeatedTokens::last_counts, name));
    TokenizerParts parts;
    const auto setting = [&](const char* key, bool missing) { return json_bool(config, key).value_or(missing); };
    const bool lowercase = setting("do_lower_case", true);
    parts.normalizer = Normalizer({Normalizer::Bert{true, setting("tokenize_chinese_chars", true),
                                                    setting("strip_accents", lowercase), lowercase}});
    ISOLOSS_TRY(parts.pre_tokenizer, PreTokenizer::bert(name));
    ISOLOSS_TRY(parts.decoder, decoder(R"({"type": "WordPiece"})"));
    ISOLOSS_TRY(parts.added, read_configured_tokens(config, config_file, vocabulary));
    const auto text = [&](const char* key, std::string_view missing) {
        return std::string(special_token_text(config, key).value_or(missing));
    };
    // The names that the class BertTokenizer has where the settings say none.
    for (const auto& token : {text("unk_token", "[UNK]"), text("sep_token", "[SEP]"), text("pad_token", "[PAD]"),
                              text("cls_token", "[CLS]"), text("mask_token", "[MASK]")}) {
        const auto id = vocabulary.id(token);
        const bool known = std::any_of(parts.added.begin(), parts.added.end(),
                                       [&](const AddedToken& added) { return added.content == token; });
        if (id && !known) parts.added.push_back({token, *id, false, false, false, false, true});
    }
    parts.bos = vocabulary.id(text("cls_token", "[CLS]"));
    parts.eos = vocabulary.id(text("sep_token", "[SEP]"));
    parts.mask = vocabulary.id(text("mask_token", "[MASK]"));
    parts.adds_bos = parts.bos.has_value();
    parts.adds_eos = parts.eos.has_value();
    WordPieceOptions options;
    options.unknown_token = text("unk_token", "[UNK]");
    parts.model = std::make_unique<WordPiece>(std::move(vocabulary), std::move(options));
    return parts;
}

} // namespace isoloss
