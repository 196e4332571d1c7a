#include "engine/demo/character_tokenizer.h"

#include "engine/base/file.h"
#include "engine/base/json.h"

#include <string>

namespace isoloss {

namespace {

constexpr std::string_view pad = "[PAD]", mask = "[MASK]";

Expected<void> check(std::string_view letters) {
    for (std::size_t i = 0; i < letters.size(); ++i) {
        if (letters[i] <= ' ' || letters[i] > '~')
            return fail(ErrorKind::usage, "letter " + std::to_string(i) + " is no visible ASCII character");
        if (letters.find(letters[i], i + 1) != letters.npos)
            return fail(ErrorKind::usage, "the letter " + json_quote(letters.substr(i, 1)) + " occurs twice");
    }
    if (letters.empty()) return fail(ErrorKind::usage, "a tokenizer needs at least one letter");
    return {};
}

std::string added_token(std::size_t id, std::string_view content) {
    return "{\"id\":" + std::to_string(id) + ",\"content\":" + json_quote(content) +
           ",\"single_word\":false,\"lstrip\":false,\"rstrip\":false,\"normalized\":false,\"special\":true}";
}

/// BPE without merges: every character is a token, and the decoder puts them together without spaces.
std::string tokenizer_json(std::string_view letters) {
    const std::size_t n = letters.size();
    std::string vocabulary;
    for (std::size_t id = 0; id < n; ++id)
        vocabulary += json_quote(letters.substr(id, 1)) + ":" + std::to_string(id) + ",";
    vocabulary += json_quote(pad) + ":" + std::to_string(n) + "," + json_quote(mask) + ":" + std::to_string(n + 1);
    return "{\"version\":\"1.0\",\"truncation\":null,\"padding\":null,\"added_tokens\":[" + added_token(n, pad) + "," +
           added_token(n + 1, mask) +
           "],\"normalizer\":null,\"pre_tokenizer\":null,\"post_processor\":null,\"decoder\":{\"type\":\"Fuse\"},"
           "\"model\":{\"type\":\"BPE\",\"dropout\":null,\"unk_token\":null,\"continuing_subword_prefix\":null,"
           "\"end_of_word_suffix\":null,\"fuse_unk\":false,\"byte_fallback\":false,\"vocab\":{" +
           vocabulary + "},\"merges\":[]}}\n";
}

} // namespace

Expected<void> write_character_tokenizer(const std::filesystem::path& folder, std::string_view letters,
                                         int longest_text) {
    ISOLOSS_TRY_VOID(check(letters));
    const std::string special = "\"mask_token\":" + json_quote(mask) + ",\"pad_token\":" + json_quote(pad);
    ISOLOSS_TRY_VOID(write_file_atomically(folder / "tokenizer.json", tokenizer_json(letters)));
    ISOLOSS_TRY_VOID(write_file_atomically(folder / "special_tokens_map.json", "{" + special + "}\n"));
    return write_file_atomically(folder / "tokenizer_config.json",
                                 "{\"clean_up_tokenization_spaces\":false," + special +
                                     ",\"model_max_length\":" + std::to_string(longest_text) +
                                     ",\"tokenizer_class\":\"PreTrainedTokenizerFast\"}\n");
}

} // namespace isoloss
