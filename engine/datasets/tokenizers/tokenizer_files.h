#pragma once

#include "engine/datasets/tokenizers/bpe.h"
#include "engine/datasets/tokenizers/pipeline_tokenizer.h"

#include <filesystem>

namespace isoloss {

/// tokenizer.json of the Hugging Face tokenizers library. Sets everything but the mask and the hash; bos and eos only
/// where the post-processor puts them.
Expected<TokenizerParts> read_tokenizer_json(const std::filesystem::path& file);

/// GPT-2's vocab.json and merges.txt, with the added tokens of tokenizer_config.json.
Expected<TokenizerParts> read_vocabulary_and_merges(const std::filesystem::path& folder);

/// BERT's vocab.txt, a token a line, with the settings and added tokens of tokenizer_config.json.
Expected<TokenizerParts> read_word_pieces(const std::filesystem::path& folder);

/// bos, eos and mask by tokenizer_config.json, special_tokens_map.json and config.json, the first that has them; what
/// the post-processor put there stays where none has. add_bos_token and add_eos_token count where transformers builds
/// the post-processor from them.
Expected<void> read_special_tokens(const std::filesystem::path& folder, bool has_tokenizer_json, TokenizerParts& parts);

/// tokenizer_config.json, special_tokens_map.json, …; an empty object where the file is missing.
Expected<rapidjson::Document> read_tokenizer_settings(const std::filesystem::path& file);

/// A special token is written as its text or as an object with its text.
std::optional<std::string_view> special_token_text(const rapidjson::Value& object, std::string_view name);

/// An entry of added_tokens or added_tokens_decoder, without its id; nothing when it has no content.
std::optional<AddedToken> read_added_token(const rapidjson::Value& value);

/// The added tokens of tokenizer_config.json: its added_tokens_decoder, else the special tokens it names. A token of
/// the vocabulary keeps its id there.
Expected<std::vector<AddedToken>> read_configured_tokens(const rapidjson::Document& config,
                                                         const std::filesystem::path& file,
                                                         const Vocabulary& vocabulary);

/// What a BPE model's words are made of after the normaliser and the pre-tokenizer. Takes the spelling of bytes out of
/// the pre-tokenizer where the model does without.
BpeAlphabet choose_alphabet(const Vocabulary& vocabulary, const BpeOptions& options, TokenizerParts& parts);

} // namespace isoloss
