#pragma once

#include "engine/importers/tail/folder_watch.h"

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <unordered_map>

namespace isoloss {

/// The kernel's notices of everything below some places, new folders included. Links to folders and files are followed
/// once, as importing does; what happens behind a link is told of as if it were in its place. One thread.
class InotifyTree {
public:
    /// Fails where the system has no notices left to give.
    static Expected<std::unique_ptr<InotifyTree>> open();
    ~InotifyTree();
    InotifyTree(const InotifyTree&) = delete;
    InotifyTree& operator=(const InotifyTree&) = delete;

    /// ErrorKind::limit when the system grants no more watches; then nothing of the place is watched.
    Expected<void> add(const std::filesystem::path& place);
    void remove(const std::filesystem::path& place);

    /// Readable when read() has something to tell.
    int descriptor() const { return descriptor_; }

    /// What waits; does not wait itself. A place for whose new folders no watches are left is told as lost.
    std::vector<FolderEvent> read();

    /// Whether the limit was met while new folders were added: places should be watched in another way.
    std::optional<Error> exhausted() const { return exhausted_; }

private:
    explicit InotifyTree(int descriptor) : descriptor_(descriptor) {}

    Expected<void> watch_below(const std::filesystem::path& folder);
    Expected<bool> watch_one(const std::filesystem::path& path, std::uint32_t mask);
    void forget_below(const std::filesystem::path& folder);
    bool is_wanted(const std::filesystem::path& path) const;
    void take_event(int number, std::uint32_t mask, const char* name, std::vector<FolderEvent>& events);
    void take_appeared(const std::filesystem::path& path, std::vector<FolderEvent>& events);

    int descriptor_;
    std::set<std::filesystem::path> places_;
    std::unordered_map<int, std::filesystem::path> paths_; ///< by watch
    std::map<std::filesystem::path, int> watches_;
    std::optional<Error> exhausted_;
};

} // namespace isoloss
