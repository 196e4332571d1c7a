#pragma once

#include "engine/base/error.h"
#include "engine/store/records.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace isoloss {

class Reader;

/// A config field that is not the same in all checkpoints; one text for each, empty where it is missing.
struct ConfigDifference {
    std::string field;
    std::vector<std::string> values;
};

/// An item that both checkpoints were scored on.
struct ItemFlip {
    enum class Kind { learned, forgotten, both_right, both_wrong } kind = Kind::both_right; ///< from a to b
    ItemRecord item;
    std::optional<int> chosen_a, chosen_b;
    double correct_a = 0, correct_b = 0;
};

/// One quantity of checkpoints a and b. Where the stored items give the quantity (a mean of scores, a loss per token),
/// the difference is over exactly the items that both have and its error is the paired one. Else there is an error only
/// when the two are known to be measured on different data: of the same items an unpaired one is wrong (ANALYSES.md E).
struct QuantityComparison {
    QuantityRecord quantity;
    std::optional<ValueRecord> a, b;
    std::optional<double> difference; ///< b − a
    std::optional<double> standard_error;
    bool paired = false; ///< both have items in common
    std::int64_t shared_items = 0;
    std::int64_t learned = 0, forgotten = 0, both_right = 0, both_wrong = 0; ///< where items are right or wrong
    std::optional<double> mcnemar_p;                                         ///< exact, two-sided; of those items
    std::string error_reason;                                                ///< why a difference has no error
};

struct CheckpointComparison {
    std::vector<CheckpointRecord> checkpoints;
    std::vector<ConfigDifference> config;
    std::vector<QuantityComparison> quantities; ///< of the first two checkpoints, by key
};

/// Compares 2 to 8 checkpoints. Config fields in `ignored` (whole names, or beginnings that end before a `.`) are left
/// out. The reader's thread.
Expected<CheckpointComparison> compare_checkpoints(Reader& reader, const std::vector<CheckpointId>& checkpoints,
                                                   const std::vector<std::string>& ignored = {});

/// The items behind one quantity of two checkpoints, paired by task and document hash, where one has no hash by key:
/// learned first, then forgotten, both wrong, both right. Items without a right or wrong outcome are left out.
Expected<std::vector<ItemFlip>> item_flips(Reader& reader, ValueId a, ValueId b);

} // namespace isoloss
