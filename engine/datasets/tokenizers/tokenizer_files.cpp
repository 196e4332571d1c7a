#include "engine/datasets/tokenizers/tokenizer_files.h"

#include "engine/base/file.h"
#include "engine/base/hash.h"
#include "engine/base/json.h"
#include "engine/base/number_text.h"

#include <algorithm>
#include <array>

namespace isoloss {

namespace {

namespace fs = std::filesystem;

constexpr JsonLimits limits{64u << 20, 64};
constexpr std::uint64_t merges_cap = 64u << 20;
constexpr auto remedy = "Copy the tokenizer's files again from where the checkpoint came from";

bool is_file(const fs::path& path) {
    std::error_code ignored;
    return fs::is_regular_file(path, ignored);
}

Expected<rapidjson::Document> read_if_there(const fs::path& path) {
    if (is_file(path)) return read_json_file(path, limits);
    rapidjson::Document empty;
    empty.SetObject();
    return empty;
}

// A special token is written as its text or as an object with its text.
std::optional<std::string_view> token_text(const rapidjson::Value& object, std::string_view name) {
    const auto* value = json_member(object, name);
    if (value != nullptr && value->IsObject()) return json_string(*value, "content");
    return json_string(object, name);
}

Expected<std::vector<std::pair<std::string, std::int32_t>>> read_vocabulary(const fs::path& file) {
    ISOLOSS_TRY(const rapidjson::Document document, read_json_file(file, limits));
    std::vector<std::pair<std::string, std::int32_t>> tokens;
    if (!document.IsObject()) return fail({ErrorKind::damaged, path_text(file), {}, "must be a JSON object", remedy});
    for (const auto& [token, id] : document.GetObject()) {
        if (!id.IsInt() || id.GetInt() < 0)
            return fail({ErrorKind::damaged, path_text(file), "key " + json_quote(json_view(token)),
                         json_text(id) + " is not a token id", remedy});
        tokens.emplace_back(json_view(token), id.GetInt());
    }
    return tokens;
}

Expected<std::vector<std::pair<std::string, std::string>>> read_merges(const fs::path& file) {
    ISOLOSS_TRY(const std::string text, read_text_file(file, merges_cap));
    std::vector<std::pair<std::string, std::string>> merges;
    std::size_t number = 0;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        std::string_view line = std::string_view(text).substr(begin, end - begin);
        begin = end + 1;
        ++number;
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (line.empty() || line.starts_with("#version")) continue;
        const std::size_t space = line.find(' ');
        if (space == line.npos || line.find(' ', space + 1) != line.npos)
            return fail({ErrorKind::damaged, path_text(file), "line " + std::to_string(number),
                         "is not two tokens with a space between them", remedy});
        merges.emplace_back(line.substr(0, space), line.substr(space + 1));
    }
    return merges;
}

Expected<std::vector<AddedToken>> read_added_tokens(const rapidjson::Document& config, const fs::path& file,
                                                    const Bpe& bpe) {
    std::vector<AddedToken> tokens;
    if (const auto* list = json_member(config, "added_tokens_decoder"); list != nullptr && list->IsObject()) {
        for (const auto& [key, value] : list->GetObject()) {
            const auto id = parse_int(json_view(key));
            const auto content = json_string(value, "content");
            if (!id || *id < 0 || *id >= 1 << 24 || !content)
                return fail({ErrorKind::damaged, path_text(file),
                             "key added_tokens_decoder." + std::string(json_view(key)), "needs an id and a content",
                             remedy});
            AddedToken token;
            token.content = *content;
            token.id = bpe.id(*content).value_or(static_cast<std::int32_t>(*id));
            token.single_word = json_bool(value, "single_word").value_or(false);
            token.lstrip = json_bool(value, "lstrip").value_or(false);
            token.rstrip = json_bool(value, "rstrip").value_or(false);
            token.special = json_bool(value, "special").value_or(false);
            token.normalized = json_bool(value, "normalized").value_or(!token.special);
            tokens.push_back(std::move(token));
        }
        return tokens;
    }
    for (const char* name : {"bos_token", "eos_token", "unk_token"}) {
        const auto text = token_text(config, name);
        const auto id = text ? bpe.id(*text) : std::nullopt;
        if (id) tokens.push_back({std::string(*text), *id, false, false, false, true, true});
    }
    return tokens;
}

} // namespace

Expected<TokenizerParts> read_vocabulary_and_merges(const fs::path& folder) {
    const fs::path vocabulary_file = folder / "vocab.json", merges_file = folder / "merges.txt";
    const fs::path config_file = folder / "tokenizer_config.json";
    ISOLOSS_TRY(auto vocabulary, read_vocabulary(vocabulary_file));
    ISOLOSS_TRY(const auto merges, read_merges(merges_file));
    ISOLOSS_TRY(const rapidjson::Document config, read_if_there(config_file));
    ISOLOSS_TRY(const rapidjson::Document map, read_if_there(folder / "special_tokens_map.json"));
    // A byte without a token becomes the unknown token, as in the original GPT2Tokenizer class: no text is lost.
    BpeOptions options;
    for (const auto* source : {&map, &config})
        if (const auto text = token_text(*source, "unk_token"))
            if (std::any_of(vocabulary.begin(), vocabulary.end(),
                            [&](const auto& token) { return token.first == *text; }))
                options.unknown_token = *text;
    ISOLOSS_TRY(Bpe bpe, Bpe::build(std::move(vocabulary), merges, options, path_text(vocabulary_file)));
    ISOLOSS_TRY(PreTokenizer pre_tokenizer,
                PreTokenizer::gpt2(json_bool(config, "add_prefix_space").value_or(false), path_text(vocabulary_file)));
    ISOLOSS_TRY(auto added, read_added_tokens(config, config_file, bpe));
    return TokenizerParts{std::move(bpe), {}, std::move(pre_tokenizer), std::move(added), {}, {}, {}, false, {}};
}

Expected<void> read_special_tokens(const fs::path& folder, bool has_tokenizer_json, TokenizerParts& parts) {
    const auto id_of = [&](std::string_view text) -> std::optional<std::int32_t> {
        for (const AddedToken& token : parts.added)
            if (token.content == text) return token.id;
        return parts.bpe.id(text);
    };
    ISOLOSS_TRY(const rapidjson::Document config, read_if_there(folder / "tokenizer_config.json"));
    ISOLOSS_TRY(const rapidjson::Document map, read_if_there(folder / "special_tokens_map.json"));
    ISOLOSS_TRY(const rapidjson::Document model, read_if_there(folder / "config.json"));
    const auto find = [&](const std::string& name) -> std::optional<std::int32_t> {
        for (const auto* source : {&config, &map})
            if (const auto text = token_text(*source, name))
                if (const auto id = id_of(*text)) return id;
        const auto* id = json_member(model, name + "_id");
        if (id != nullptr && id->IsArray() && !id->Empty()) id = &(*id)[0];
        if (id == nullptr || !id->IsInt() || id->GetInt() < 0) return std::nullopt;
        return id->GetInt();
    };
    if (!parts.bos) parts.bos = find("bos_token"); // a post-processor's first token was there before
    parts.eos = find("eos_token");
    parts.mask = find("mask_token");
    // Llama's tokenizer class builds its post-processor anew from this setting; others keep that of tokenizer.json.
    const std::string_view type = json_string(config, "tokenizer_class").value_or("");
    const auto setting = json_bool(config, "add_bos_token");
    if (setting && (!has_tokenizer_json || type.starts_with("Llama") || type.starts_with("CodeLlama")))
        parts.adds_bos = *setting && parts.bos;
    return {};
}

Expected<std::unique_ptr<Tokenizer>> load_tokenizer(const fs::path& folder) {
    const bool has_json = is_file(folder / "tokenizer.json");
    if (!has_json && !(is_file(folder / "vocab.json") && is_file(folder / "merges.txt"))) {
        const bool sentencepiece = is_file(folder / "tokenizer.model");
        return fail(
            {sentencepiece ? ErrorKind::unsupported : ErrorKind::not_found,
             path_text(folder),
             {},
             sentencepiece ? "has only tokenizer.model, which cannot be read"
                           : "has no tokenizer: neither tokenizer.json nor vocab.json with merges.txt",
             "Save the tokenizer into this folder: AutoTokenizer.from_pretrained(NAME).save_pretrained(FOLDER)"});
    }
    ISOLOSS_TRY(TokenizerParts parts,
                has_json ? read_tokenizer_json(folder / "tokenizer.json") : read_vocabulary_and_merges(folder));
    ISOLOSS_TRY_VOID(read_special_tokens(folder, has_json, parts));
    ContentHasher hasher;
    for (const char* name : {"tokenizer.json", "vocab.json", "merges.txt", "tokenizer_config.json"}) {
        const bool counts = has_json == (std::string_view(name) == "tokenizer.json") ||
                            std::string_view(name) == "tokenizer_config.json";
        if (!counts || !is_file(folder / name)) continue;
        ISOLOSS_TRY(const std::string content, read_text_file(folder / name, limits.bytes * 2));
        hasher.update(std::string(name) + '\n' + std::to_string(content.size()) + '\n');
        hasher.update(content);
    }
    parts.hash = hasher.hex();
    return std::make_unique<BpeTokenizer>(std::move(parts));
}

} // namespace isoloss
