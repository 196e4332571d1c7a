#pragma once

#include "engine/base/ids.h"
#include "engine/store/records.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace isoloss {

/// Judges from what watched runs write, and from their silence, whether they are running. A run is presumed crashed
/// when its source names no end and it is silent for longer than 10 minutes and than 20 times its median interval
/// between writes; it runs again as soon as it writes. What a source says of an end stands. Knows no clock: times are
/// UTC seconds and given. One thread.
class RunPulse {
public:
    static constexpr double least_silence = 600;   ///< seconds
    static constexpr double silent_intervals = 20; ///< of the median interval

    struct Verdict {
        RunId run;
        RunStatus status = RunStatus::unknown;
        std::string note; ///< why
    };

    /// What the project knows of a run when its watching begins.
    struct Known {
        RunStatus status = RunStatus::unknown;
        std::string note;
        double last_write = 0;
        std::optional<double> interval; ///< between writes, as far as can be told
    };

    /// The run's files are there.
    void begin(RunId run, const Known& known, double now);

    /// It was written: `newest` is the time of its newest point, where points have one. Old points that are copied into
    /// a watched folder are no life sign. `said`: what the source says with it.
    void wrote(RunId run, double now, std::optional<double> newest, RunStatus said);

    /// All its files are gone.
    void vanished(RunId run, RunStatus status);

    /// What has changed since the last call.
    std::vector<Verdict> take_verdicts(double now);

    /// When a silence will have lasted too long; nothing while no run is running.
    std::optional<double> next() const;

private:
    struct Run {
        RunStatus status = RunStatus::unknown;
        std::optional<std::string> news; ///< the status, or the note to it, changed and was not told yet
        double last_write = 0;
        std::vector<double> intervals; ///< the latest ones, once it writes
        double first_interval = 0;
    };

    static double longest_silence(const Run& run);
    static void judge(Run& run, RunStatus status, std::string note);
    static void presume_crashed(Run& run);

    std::map<RunId, Run> runs_;
};

} // namespace isoloss
