#pragma once

#include "engine/base/error.h"

#include <cstdint>
#include <rapidjson/document.h>
#include <string_view>
#include <vector>

namespace isoloss {

/// The special tokens that a tokenizer puts around one text.
struct SurroundingTokens {
    std::vector<std::int32_t> before, after;
};

/// The `post_processor` of a tokenizer.json, which may be null: templates, BERT's and RoBERTa's, and sequences of them.
Expected<SurroundingTokens> read_post_processor(const rapidjson::Value& value, std::string_view file);

} // namespace isoloss
