#pragma once

#include "engine/base/cancellation.h"
#include "engine/base/error.h"
#include "engine/datasets/tokenizers/tokenizer.h"
#include "engine/store/records.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace isoloss {

/// A document, item, picture or row, as it is shown. The parts of an item are its context and its answers, its two
/// sentences or languages.
struct DatasetItem {
    std::string title; ///< "item 7", "row 3, class cat"
    std::vector<std::string> parts;
    std::vector<std::int32_t> ids; ///< token files: instead of parts
};

/// The first items. Pictures and numbers have a description for a part.
Expected<std::vector<DatasetItem>> dataset_items(const DatasetRecord& dataset, std::size_t most);

/// Whether the items are texts or tokens, so that they have tokens to count.
bool has_tokens(DatasetKind kind);

/// Tokens of all parts of all items. `step` is told items done and in all.
Expected<std::int64_t> count_tokens_of(const DatasetRecord& dataset, const Tokenizer& tokenizer,
                                       const CancellationToken& token,
                                       const std::function<void(std::uint64_t done, std::uint64_t total)>& step);

} // namespace isoloss
