#include "engine/importers/tail/polled_tree.h"

#include <algorithm>
#include <set>
#include <sys/stat.h>
#include <system_error>
#include <utility>

namespace isoloss {

namespace fs = std::filesystem;

namespace {

constexpr std::chrono::seconds between_files{1};
constexpr std::chrono::seconds between_trees{10};
constexpr int most_share = 10;           ///< at most a tenth of the time is spent on looking through the tree
constexpr double lately = 3600;          ///< seconds since a file that may still be written was written last
constexpr std::size_t most_files = 4096; ///< looked at every second

} // namespace

bool PolledTree::read_state(const fs::path& path, State& state) {
    struct stat found {};

    if (::stat(path.c_str(), &found) != 0) return false;
    state.size = static_cast<std::uint64_t>(found.st_size);
    state.device = found.st_dev;
    state.inode = found.st_ino;
    state.modified = static_cast<double>(found.st_mtim.tv_sec) + 1e-9 * static_cast<double>(found.st_mtim.tv_nsec);
    state.folder = S_ISDIR(found.st_mode);
    // What a folder holds is compared entry by entry.
    if (state.folder) state.size = 0, state.modified = 0;
    return state.folder || S_ISREG(found.st_mode);
}

std::vector<FolderEvent> PolledTree::look(Time now, double utc) {
    std::vector<FolderEvent> events;
    if (now >= next_tree_) {
        const auto begin = std::chrono::steady_clock::now();
        look_at_tree(events);
        const auto took = std::chrono::steady_clock::now() - begin;
        next_tree_ = now + std::max<Time::duration>(between_trees, most_share * took);
        next_files_ = now + between_files;
    } else if (now >= next_files_) {
        look_at_files(utc, events);
        next_files_ = now + between_files;
    }
    return events;
}

// Follows links, each folder once.
PolledTree::States PolledTree::list() const {
    States states;
    std::set<std::pair<std::uint64_t, std::uint64_t>> visited;
    std::vector<fs::path> open{place_};
    while (!open.empty()) {
        const fs::path path = std::move(open.back());
        open.pop_back();
        State state;
        if (!read_state(path, state)) continue;
        states.emplace(path, state);
        if (!state.folder || !visited.insert({state.device, state.inode}).second) continue;
        std::error_code error;
        for (auto at = fs::directory_iterator(path, error); !error && at != fs::directory_iterator();
             at.increment(error))
            open.push_back(at->path());
    }
    return states;
}

void PolledTree::look_at_tree(std::vector<FolderEvent>& events) {
    States found = list();
    if (has_looked_) {
        for (const auto& [path, state] : found) {
            const auto before = known_.find(path);
            if (before == known_.end() || !(before->second == state))
                events.push_back({FolderEvent::Kind::changed, path});
        }
        for (const auto& [path, state] : known_)
            if (!found.contains(path)) events.push_back({FolderEvent::Kind::gone, path});
    }
    known_ = std::move(found);
    has_looked_ = true;
}

void PolledTree::look_at_files(double utc, std::vector<FolderEvent>& events) {
    std::size_t looked_at = 0;
    for (auto at = known_.begin(); at != known_.end() && looked_at < most_files;) {
        auto& [path, state] = *at;
        if (state.folder || utc - state.modified > lately) {
            ++at;
            continue;
        }
        ++looked_at;
        State now;
        if (!read_state(path, now)) {
            events.push_back({FolderEvent::Kind::gone, path});
            at = known_.erase(at);
            continue;
        }
        if (!(now == state)) events.push_back({FolderEvent::Kind::changed, path});
        state = now;
        ++at;
    }
}

} // namespace isoloss
