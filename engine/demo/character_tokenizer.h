#pragma once

#include "engine/base/error.h"

#include <filesystem>
#include <string_view>

namespace isoloss {

/// Writes the tokenizer of a model whose tokens are single letters: tokenizer.json, tokenizer_config.json and
/// special_tokens_map.json in the form of the Hugging Face libraries. The letters have the ids 0 … n − 1 in the order
/// given, then follow [PAD] = n and [MASK] = n + 1. `longest_text`: tokens that the model can take. Refuses letters
/// that occur twice or are no visible ASCII characters.
Expected<void> write_character_tokenizer(const std::filesystem::path& folder, std::string_view letters,
                                         int longest_text);

} // namespace isoloss
