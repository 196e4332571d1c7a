#pragma once

#include "engine/base/error.h"
#include "engine/importers/run_part.h"
#include "engine/importers/source.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace isoloss {

/// Hands over the item outcomes of a checkpoint's values in batches, so that memory does not grow with the files that
/// they are read from. The values themselves were handed over by a part before. One thread.
class OutcomeBatches {
public:
    /// `checkpoint`: with its values, whose outcomes are left out.
    OutcomeBatches(SourceContext& context, std::shared_ptr<const RunSubject> run, ImportedCheckpoint checkpoint);

    const std::vector<ImportedValue>& values() const { return checkpoint_.values; }

    /// An outcome of the value with this number; hands a batch over when enough wait.
    Expected<void> add(std::size_t value, OutcomeRecord outcome);

    /// Hands over what waits, with the records that say how far the files are read.
    Expected<void> finish(std::vector<SourceRecord> sources);

private:
    RunPart batch();

    SourceContext& context_;
    std::shared_ptr<const RunSubject> run_;
    ImportedCheckpoint checkpoint_;       ///< its values hold the outcomes that wait
    std::vector<std::int64_t> positions_; ///< of the next outcome, by value
    std::size_t waiting_ = 0;             ///< outcomes
    std::size_t bytes_ = 0;               ///< of what waits, roughly
};

} // namespace isoloss
