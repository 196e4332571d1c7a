#include "engine/datasets/tokenizers/tokenizer_files.h"

#include "engine/base/file.h"
#include "engine/base/hash.h"
#include "engine/base/json.h"
#include "engine/datasets/tokenizers/sentencepiece_file.h"

#include <algorithm>
#include <array>

namespace isoloss {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t largest_file = 128u << 20;

bool is_file(const fs::path& path) {
    std::error_code ignored;
    return fs::is_regular_file(path, ignored);
}

/// A form in which a folder may hold its tokenizer.
struct Form {
    std::array<const char*, 2> files; ///< all of them are there
    Expected<TokenizerParts> (*read)(const fs::path& folder);

    bool is_in(const fs::path& folder) const {
        return std::all_of(files.begin(), files.end(),
                           [&](const char* file) { return file == nullptr || is_file(folder / file); });
    }
};

// The first that is there counts.
const std::array<Form, 5> forms{{
    {{"tokenizer.json", nullptr},
     [](const fs::path& folder) { return read_tokenizer_json(folder / "tokenizer.json"); }},
    {{"vocab.json", "merges.txt"}, read_vocabulary_and_merges},
    {{"tokenizer.model", nullptr},
     [](const fs::path& folder) { return read_sentencepiece_file(folder / "tokenizer.model"); }},
    {{"spiece.model", nullptr},
     [](const fs::path& folder) { return read_sentencepiece_file(folder / "spiece.model"); }},
    {{"vocab.txt", nullptr}, read_word_pieces},
}};

// Of the files that say what the ids of a text are.
Expected<std::string> hash_of(const fs::path& folder, const Form& form) {
    ContentHasher hasher;
    for (const char* name : {form.files[0], form.files[1], "tokenizer_config.json"}) {
        if (name == nullptr || !is_file(folder / name)) continue;
        ISOLOSS_TRY(const std::string content, read_text_file(folder / name, largest_file));
        hasher.update(std::string(name) + '\n' + std::to_string(content.size()) + '\n');
        hasher.update(content);
    }
    return hasher.hex();
}

} // namespace

Expected<rapidjson::Document> read_tokenizer_settings(const fs::path& path) {
    if (is_file(path)) return read_json_file(path, {64u << 20, 64});
    rapidjson::Document empty;
    empty.SetObject();
    return empty;
}

std::optional<std::string_view> special_token_text(const rapidjson::Value& object, std::string_view name) {
    const auto* value = json_member(object, name);
    if (value != nullptr && value->IsObject()) return json_string(*value, "content");
    return json_string(object, name);
}

Expected<void> read_special_tokens(const fs::path& folder, bool has_tokenizer_json, TokenizerParts& parts) {
    ISOLOSS_TRY(const rapidjson::Document config, read_tokenizer_settings(folder / "tokenizer_config.json"));
    ISOLOSS_TRY(const rapidjson::Document map, read_tokenizer_settings(folder / "special_tokens_map.json"));
    ISOLOSS_TRY(const rapidjson::Document model, read_tokenizer_settings(folder / "config.json"));
    const auto by_text = [&](const std::string& name) -> std::optional<std::int32_t> {
        for (const auto* source : {&config, &map})
            if (const auto text = special_token_text(*source, name))
                if (const auto id = parts.id(*text)) return id;
        return std::nullopt;
    };
    const auto by_id = [&](const std::string& name) -> std::optional<std::int32_t> {
        const auto* id = json_member(model, name + "_id");
        if (id != nullptr && id->IsArray() && !id->Empty()) id = &(*id)[0];
        if (id == nullptr || !id->IsInt() || id->GetInt() < 0) return std::nullopt;
        return id->GetInt();
    };
    const auto first_of = [](std::initializer_list<std::optional<std::int32_t>> ids) -> std::optional<std::int32_t> {
        for (const auto& id : ids)
            if (id) return id;
        return std::nullopt;
    };
    // What the post-processor puts before a text is what begins it.
    parts.bos = first_of({parts.bos, by_text("bos_token"), by_text("cls_token"), by_id("bos_token")});
    parts.eos = first_of({by_text("eos_token"), parts.eos, by_text("sep_token"), by_id("eos_token")});
    parts.mask = first_of({by_text("mask_token"), parts.mask, by_id("mask_token")});
    // The classes of Llama and Gemma build their post-processor anew from these settings; others keep that of
    // tokenizer.json.
    const std::string_view type = json_string(config, "tokenizer_class").value_or("");
    constexpr std::array<std::string_view, 3> rebuilding{"Llama", "CodeLlama", "Gemma"};
    const bool rebuilds = std::any_of(rebuilding.begin(), rebuilding.end(),
                                      [&](std::string_view name) { return type.starts_with(name); });
    if (has_tokenizer_json && !rebuilds) return {};
    if (const auto setting = json_bool(config, "add_bos_token")) parts.adds_bos = *setting && parts.bos;
    if (const auto setting = json_bool(config, "add_eos_token")) parts.adds_eos = *setting && parts.eos;
    return {};
}

Expected<std::unique_ptr<Tokenizer>> load_tokenizer(const fs::path& folder) {
    const auto* form = std::find_if(forms.begin(), forms.end(), [&](const Form& known) { return known.is_in(folder); });
    if (form == forms.end())
        return fail(
            {ErrorKind::not_found,
             path_text(folder),
             {},
             "has no tokenizer: neither tokenizer.json nor vocab.json with merges.txt nor tokenizer.model nor "
             "spiece.model nor vocab.txt",
             "Save the tokenizer into this folder: AutoTokenizer.from_pretrained(NAME).save_pretrained(FOLDER)"});
    ISOLOSS_TRY(TokenizerParts parts, form->read(folder));
    ISOLOSS_TRY_VOID(read_special_tokens(folder, form == forms.begin(), parts));
    ISOLOSS_TRY(parts.hash, hash_of(folder, *form));
    return PipelineTokenizer::build(std::move(parts));
}

} // namespace isoloss
