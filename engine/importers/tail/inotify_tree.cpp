#include "engine/importers/tail/inotify_tree.h"

#include "engine/base/file.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <sys/inotify.h>
#include <system_error>
#include <unistd.h>

namespace isoloss {

namespace fs = std::filesystem;

namespace {

constexpr std::uint32_t folder_mask = IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB | IN_CREATE | IN_DELETE | IN_MOVED_FROM |
                                      IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
constexpr std::uint32_t file_mask = IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF;

Error limit_error(const fs::path& path) {
    return {ErrorKind::limit,
            path_text(path),
            {},
            "the system grants no more notices of changes (inotify)",
            "Raise fs.inotify.max_user_watches and max_user_instances to be told at once"};
}

} // namespace

Expected<std::unique_ptr<InotifyTree>> InotifyTree::open() {
    const int descriptor = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (descriptor < 0) return fail(limit_error({}));
    return std::unique_ptr<InotifyTree>(new InotifyTree(descriptor));
}

InotifyTree::~InotifyTree() {
    ::close(descriptor_);
}

Expected<void> InotifyTree::add(const fs::path& place) {
    places_.insert(place);
    std::error_code ignored;
    auto watched = fs::is_directory(place, ignored) ? watch_below(place) : Expected<void>();
    if (watched && !fs::is_directory(place, ignored)) {
        // A file that is replaced has a new node: its folder tells of both.
        if (const auto folder = watch_one(place.parent_path(), folder_mask); !folder) watched = fail(folder.error());
    }
    if (!watched) remove(place);
    return watched;
}

void InotifyTree::remove(const fs::path& place) {
    places_.erase(place);
    for (auto at = watches_.begin(); at != watches_.end();) {
        if (is_wanted(at->first)) {
            ++at;
            continue;
        }
        ::inotify_rm_watch(descriptor_, at->second);
        paths_.erase(at->second);
        at = watches_.erase(at);
    }
}

// Whether a place holds the path, or it is the folder of a place that is a file.
bool InotifyTree::is_wanted(const fs::path& path) const {
    for (const fs::path& place : places_)
        if (lies_in(path, place) || place.parent_path() == path) return true;
    return false;
}

// False when it cannot be watched or is watched already, under this path or through a link.
Expected<bool> InotifyTree::watch_one(const fs::path& path, std::uint32_t mask) {
    const int number = ::inotify_add_watch(descriptor_, path.c_str(), mask);
    if (number < 0) {
        if (errno == ENOSPC || errno == ENOMEM) return fail(limit_error(path));
        return false;
    }
    if (!paths_.emplace(number, path).second) return false;
    watches_[path] = number;
    return true;
}

// Watches before it lists, so that what appears meanwhile is told. A folder whose watch exists was listed then.
Expected<void> InotifyTree::watch_below(const fs::path& top) {
    std::vector<fs::path> open{top};
    while (!open.empty()) {
        const fs::path folder = std::move(open.back());
        open.pop_back();
        ISOLOSS_TRY(const bool is_new, watch_one(folder, folder_mask));
        if (!is_new) continue;
        std::error_code error;
        for (auto at = fs::directory_iterator(folder, error); !error && at != fs::directory_iterator();
             at.increment(error)) {
            std::error_code unreadable;
            const bool is_link = at->is_symlink(unreadable);
            if (at->is_directory(unreadable)) {
                open.push_back(at->path());
            } else if (is_link && at->is_regular_file(unreadable)) {
                // What is written through the target is not told of by this folder.
                ISOLOSS_TRY_VOID(watch_one(at->path(), file_mask));
            }
        }
    }
    return {};
}

void InotifyTree::forget_below(const fs::path& folder) {
    for (auto at = watches_.lower_bound(folder); at != watches_.end() && lies_in(at->first, folder);) {
        ::inotify_rm_watch(descriptor_, at->second);
        paths_.erase(at->second);
        at = watches_.erase(at);
    }
}

std::vector<FolderEvent> InotifyTree::read() {
    std::vector<FolderEvent> events;
    alignas(inotify_event) std::array<char, 64 << 10> buffer;
    for (;;) {
        const ssize_t count = ::read(descriptor_, buffer.data(), buffer.size());
        if (count <= 0) return events;
        for (ssize_t at = 0; at < count;) {
            inotify_event header;
            std::memcpy(&header, buffer.data() + at, sizeof header);
            const char* name = header.len > 0 ? buffer.data() + at + sizeof header : nullptr;
            take_event(header.wd, header.mask, name, events);
            at += static_cast<ssize_t>(sizeof header + header.len);
        }
    }
}

void InotifyTree::take_event(int number, std::uint32_t mask, const char* name, std::vector<FolderEvent>& events) {
    const auto tell = [&](FolderEvent::Kind kind, const fs::path& path) {
        FolderEvent event{kind, path};
        if (events.empty() || !(events.back() == event)) events.push_back(std::move(event));
    };
    if ((mask & IN_Q_OVERFLOW) != 0) {
        for (const fs::path& place : places_)
            tell(FolderEvent::Kind::lost, place);
        return;
    }
    const auto found = paths_.find(number);
    if (found == paths_.end()) return;
    const fs::path path = name == nullptr ? found->second : found->second / name;
    if ((mask & IN_IGNORED) != 0) {
        watches_.erase(found->second);
        paths_.erase(found);
        return;
    }
    if ((mask & (IN_DELETE | IN_MOVED_FROM | IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT)) != 0) {
        // Of a folder inside a place the folder around it tells.
        if (name == nullptr && !places_.contains(path)) return;
        if ((mask & IN_ISDIR) != 0 || name == nullptr) forget_below(path);
        if (is_wanted(path)) tell(FolderEvent::Kind::gone, path);
        return;
    }
    if (!is_wanted(path)) return;
    if ((mask & (IN_CREATE | IN_MOVED_TO)) != 0)
        take_appeared(path, events);
    else if ((mask & IN_ISDIR) == 0)
        tell(FolderEvent::Kind::changed, path);
}

void InotifyTree::take_appeared(const fs::path& path, std::vector<FolderEvent>& events) {
    std::error_code ignored;
    const bool is_link = fs::is_symlink(path, ignored);
    Expected<void> watched;
    if (fs::is_directory(path, ignored)) {
        watched = watch_below(path);
    } else if (is_link) {
        if (const auto file = watch_one(path, file_mask); !file) watched = fail(file.error());
    }
    if (!watched) exhausted_ = watched.error();
    events.push_back({FolderEvent::Kind::changed, path});
}

} // namespace isoloss
