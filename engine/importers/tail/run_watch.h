#pragma once

#include "engine/base/error.h"
#include "engine/importers/import.h"
#include "engine/importers/tail/run_pulse.h"

#include <filesystem>
#include <optional>

namespace isoloss {

class Project;
class Reader;

/// Keeps the status of watched runs in the project: finds which runs came of a watched place, feeds RunPulse and stores
/// its verdicts. One thread, which is not the Writer's.
class RunWatch {
public:
    explicit RunWatch(Project& project) : project_(project) {}

    /// Everything that is new of the place was imported.
    Expected<void> begin(const std::filesystem::path& place, double now);

    /// What one import brought.
    void wrote(const ImportReport& report, double now);

    /// The file or folder is no longer there.
    Expected<void> vanished(const std::filesystem::path& path);

    Expected<void> store_verdicts(double now);

    /// When store_verdicts() may have something though nothing was written, UTC seconds.
    std::optional<double> next() const { return pulse_.next(); }

private:
    Expected<void> begin_run(Reader& reader, const RunRecord& run, double modified, double now);

    Project& project_;
    RunPulse pulse_;
};

} // namespace isoloss
