#pragma once

#include "engine/base/error.h"
#include "engine/inference/metric_catalogue.h"
#include "engine/jobs/checkpoint_loader.h"
#include "engine/jobs/pass_units.h"
#include "engine/store/writer.h"

#include <chrono>
#include <future>
#include <memory>
#include <optional>

namespace isoloss {

/// Keeps the finished units of one pass in the project, one transaction each, while the next one is computed. The
/// engine thread's.
class UnitKeeper {
public:
    /// Finds what an earlier process, or an earlier turn of this one, has finished of the pass that answers `job`. It
    /// counts only under the same conditions: weights, tokenizer, versions, library, device, number type, threads. The
    /// model goes on with the batches of that time.
    static Expected<std::unique_ptr<UnitKeeper>> begin(Writer& writer, const JobRecord& job, MetricPass pass,
                                                       LoadedCheckpoint& checkpoint, const BackendInfo& backend);
    UnitKeeper(const UnitKeeper&) = delete;
    UnitKeeper& operator=(const UnitKeeper&) = delete;
    ~UnitKeeper(); ///< waits for what is being stored

    /// The units found, once; this object must outlive them.
    PassUnits units();

    /// Waits until everything is stored.
    Expected<void> finish();

    PartialPassId id() const { return pass_.id; }

    /// Computed so far, in all processes.
    double seconds() const;

private:
    UnitKeeper(Writer& writer, Model& model, PartialPass pass);

    Expected<void> keep(std::int64_t unit, std::span<const double> numbers);

    Writer& writer_;
    Model& model_;
    PartialPass pass_;
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
    std::size_t kept_ = 0; ///< numbers
    std::future<Expected<void>> storing_;
};

} // namespace isoloss
