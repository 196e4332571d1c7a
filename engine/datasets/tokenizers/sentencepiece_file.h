#pragma once

#include "engine/datasets/tokenizers/pipeline_tokenizer.h"

#include <filesystem>

namespace isoloss {

/// tokenizer.model (Llama, Mistral, Gemma) or spiece.model (T5) with the tokenizer_config.json beside it: added tokens,
/// bos and eos, and whether a space comes before every piece of a text between added tokens (the "legacy" of
/// transformers) or before the first alone.
Expected<TokenizerParts> read_sentencepiece_file(const std::filesystem::path& file);

} // namespace isoloss
