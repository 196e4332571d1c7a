#pragma once

#include "engine/base/error.h"
#include "engine/datasets/number_array.h"
#include "engine/store/records.h"

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace isoloss {

/// Documents as token ids, none of them negative.
struct TokenData {
    std::vector<std::vector<std::int32_t>> documents;
    std::int64_t tokens_in_all = 0; ///< of the whole file, also where less was read
};

/// The documents from the front until they have `most_tokens` together; the last one is cut there. Rows of a
/// two-dimensional array are documents; else a document ends behind each end-of-document id where one is said, and
/// otherwise everything is one document. An id that is negative or over 31 bits is damaged, with its place.
Expected<TokenData> read_token_data(const DatasetRecord& dataset,
                                    std::int64_t most_tokens = std::numeric_limits<std::int64_t>::max());

/// How the ids of a file without a header of NumPy lie in it.
struct RawTokens {
    ElementType type;
    std::uint64_t begin = 0; ///< of the first id
    std::string why;         ///< in words, where the type was guessed
};

/// `said`: "uint16", "uint32" or empty. A header of llm.c says type and beginning. Otherwise ids are taken as uint32
/// when the size allows it and the upper halves of the first million are nearly all alike small, as they are for every
/// vocabulary below a million, and as uint16 else. Fails with usage when the size does not allow what is said.
Expected<RawTokens> find_raw_tokens(const ByteSource& source, std::string_view said);

struct TokenCounts {
    std::int64_t tokens = 0, documents = 0, largest_id = 0;
};

/// Reads all ids once, without keeping them.
Expected<TokenCounts> count_tokens(const DatasetRecord& dataset);

} // namespace isoloss
