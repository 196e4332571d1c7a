#pragma once

#include "engine/base/error.h"
#include "engine/base/ids.h"
#include "engine/store/records.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace isoloss {

class Reader;

/// One item that a value was measured on, and how it came out.
struct MeasuredItem {
    std::string key;
    std::string text; ///< the query, or the beginning of a document
    std::vector<std::string> choices;
    std::optional<int> gold, chosen;
    std::optional<double> correct;
    std::vector<double> log_likelihoods; ///< nats; one per choice, or one of the whole text
    std::optional<std::int64_t> tokens;

    /// Log-likelihood of the right choice less that of the best other one, nats.
    std::optional<double> margin() const;
    /// Of a text: −ln p per token, nats.
    std::optional<double> loss() const;
};

/// What a value is made of, item by item.
struct MeasuredItems {
    static constexpr std::size_t most = 200'000; ///< the first ones; more are only counted

    std::string quantity;   ///< "acc[arc_easy]"
    std::string checkpoint; ///< "small @4k"
    std::optional<double> value;
    std::size_t total = 0; ///< items of the value
    std::vector<MeasuredItem> items;

    bool has_choices() const;
};

/// Items of the newest value of a checkpoint's quantity. The reader's thread.
Expected<MeasuredItems> load_measured_items(Reader& reader, CheckpointId checkpoint, QuantityId quantity);

} // namespace isoloss
