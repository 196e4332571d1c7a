#pragma once

#include "engine/base/error.h"
#include "engine/datasets/tokenizers/bpe_tokenizer.h"

#include <filesystem>

namespace isoloss {

/// tokenizer.json of the Hugging Face tokenizers library: a BPE model with its normaliser, pre-tokenizer, added tokens
/// and post-processor. Sets everything but bos, eos, mask and hash.
Expected<TokenizerParts> read_tokenizer_json(const std::filesystem::path& file);

/// GPT-2's vocab.json and merges.txt, with the added tokens of tokenizer_config.json.
Expected<TokenizerParts> read_vocabulary_and_merges(const std::filesystem::path& folder);

/// bos, eos, mask and add_bos_token from tokenizer_config.json, special_tokens_map.json and config.json; the first that
/// has them wins.
Expected<void> read_special_tokens(const std::filesystem::path& folder, bool has_tokenizer_json, TokenizerParts& parts);

} // namespace isoloss
