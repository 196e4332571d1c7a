#pragma once

#include "engine/base/cancellation.h"
#include "engine/importers/tail/folder_watch.h"
#include "engine/importers/tail/live_tail.h"
#include "engine/importers/tail/run_watch.h"
#include "engine/importers/tail/tail_schedule.h"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace isoloss {

/// What a live tail does between two waits: turns events into imports by name. One thread, which is not the Writer's.
class TailLoop {
public:
    using Time = TailSchedule::Time;

    /// `options`: its callbacks; all references outlive the loop.
    TailLoop(Project& project, FolderWatch& watch, const TailClock& clock, const TailOptions& options)
        : project_(project), watch_(watch), clock_(clock), options_(options), runs_(project) {}

    void add(const std::filesystem::path& place, LiveTail::Keep keep);
    void remove(const std::filesystem::path& place);

    /// How long one may wait for events.
    std::chrono::milliseconds patience() const;

    /// Takes events and does what is due. Stops early when the token is cancelled; then it is due again.
    void turn(const std::vector<FolderEvent>& events, const CancellationToken& cancellation);

    /// Enters in the project what was read since the beginning.
    void finish();

    const TailStatus& status() const { return status_; }

private:
    struct Place {
        bool is_current = false; ///< imported whole and watched since
        bool is_undone = false;  ///< what was read of it was taken back: left alone until it is asked for again
        Time retry{};            ///< earliest, while it is not
    };

    void take(const FolderEvent& event);
    void bring_up_to_date(const CancellationToken& cancellation);
    void read_due(TailSchedule& schedule, bool with_subfolders, const CancellationToken& cancellation);
    void settle(TailSchedule& schedule, const std::vector<std::filesystem::path>& paths, const ImportReport& report,
                std::chrono::milliseconds took);
    void settle_failure(TailSchedule& schedule, const std::vector<std::filesystem::path>& paths, const Error& error);
    void leave_undone();
    void look_for_the_gone();
    void store_verdicts();
    Expected<ImportReport> import(const std::vector<std::filesystem::path>& paths, bool with_subfolders,
                                  const CancellationToken& cancellation);
    void account(ImportReport& report);
    void set_problem(const std::filesystem::path& place, std::optional<Error> problem);
    void tell_status();
    WatchedFolder* shown(const std::filesystem::path& place);

    Project& project_;
    FolderWatch& watch_;
    const TailClock& clock_;
    const TailOptions& options_;
    RunWatch runs_;
    TailSchedule files_;   ///< files and new folders
    TailSchedule folders_; ///< around files of which alone nothing comes
    std::map<std::filesystem::path, Place> places_;
    std::map<std::filesystem::path, Time> gone_; ///< and when to see whether it is
    std::set<std::filesystem::path> missed_;     ///< gone for good, until it comes back
    std::map<std::string, std::string> told_;    ///< skipped files and why, so that nothing is told twice
    std::optional<ImportId> import_;
    ImportReport total_;
    TailStatus status_;
};

} // namespace isoloss
