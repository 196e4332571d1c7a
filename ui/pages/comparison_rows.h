#pragma once

#include "engine/base/error.h"
#include "engine/base/ids.h"
#include "ui/models/checkpoint_differences_model.h"
#include "ui/models/checkpoint_flips_model.h"

#include <QString>
#include <cstdint>
#include <vector>

namespace isoloss {

class Reader;

/// Two checkpoints as the Compare page shows them.
struct ComparisonRows {
    QString first, second; ///< labels
    std::vector<CheckpointDifference> config;
    std::vector<CheckpointDifference> quantities;
    std::vector<ComparedItem> items;
    std::int64_t shared_items = 0; ///< of the quantities that `items` are of, those right in part among them
    int paired_quantities = 0;     ///< whose standard error is of the paired difference over shared items
};

/// Compares two checkpoints with compare_checkpoints; the items are those of every quantity that has some in common.
/// The reader's thread.
Expected<ComparisonRows> load_comparison(Reader& reader, CheckpointId first, CheckpointId second,
                                         const std::vector<std::string>& ignored);

} // namespace isoloss
