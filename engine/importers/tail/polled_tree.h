#pragma once

#include "engine/importers/tail/folder_watch.h"

#include <cstdint>
#include <map>
#include <string>

namespace isoloss {

/// Finds the changes of a place by looking: at files that were written lately every second, at everything every ten
/// seconds, or less often where that takes long. One thread.
class PolledTree {
public:
    using Time = std::chrono::steady_clock::time_point;

    /// `reason`: why it has to be looked at. The first look() only remembers.
    PolledTree(std::filesystem::path place, std::string reason)
        : place_(std::move(place)), reason_(std::move(reason)) {}

    const std::string& reason() const { return reason_; }

    /// What has changed since the last look. `utc`: now, seconds.
    std::vector<FolderEvent> look(Time now, double utc);

    /// When it should be looked at again.
    Time next() const { return std::min(next_tree_, next_files_); }

private:
    struct State {
        std::uint64_t size = 0, device = 0, inode = 0;
        double modified = 0;
        bool folder = false;

        bool operator==(const State&) const = default;
    };

    using States = std::map<std::filesystem::path, State>;

    static bool read_state(const std::filesystem::path& path, State& state);
    States list() const;
    void look_at_tree(std::vector<FolderEvent>& events);
    void look_at_files(double utc, std::vector<FolderEvent>& events);

    std::filesystem::path place_;
    std::string reason_;
    States known_;
    bool has_looked_ = false;
    Time next_tree_{}, next_files_{};
};

} // namespace isoloss
