#include "engine/importers/tail/folder_watch.h"

#include "engine/base/file.h"
#include "engine/base/log.h"
#include "engine/importers/tail/inotify_tree.h"
#include "engine/importers/tail/polled_tree.h"

#include <algorithm>
#include <array>
#include <map>
#include <poll.h>
#include <set>
#include <sys/eventfd.h>
#include <sys/vfs.h>
#include <unistd.h>
#include <utility>

namespace isoloss {

namespace fs = std::filesystem;

namespace {

// statfs(2): file systems whose files other machines (or programs behind FUSE) write without a notice.
constexpr std::array<std::uint32_t, 12> silent_file_systems{
    0x6969,     // NFS
    0x517b,     // SMB
    0xfe534d42, // SMB 2
    0xff534d42, // CIFS
    0x65735546, // FUSE: sshfs, object stores
    0x01021997, // 9P
    0x0bd00bd0, // Lustre
    0x47504653, // GPFS
    0x00c36400, // Ceph
    0x5346414f, // AFS
    0x19830326, // BeeGFS
    0xaad7aaea, // Panasas
};

bool is_silent(const fs::path& place) {
    struct statfs found {};

    if (::statfs(place.c_str(), &found) != 0) return false;
    return std::ranges::find(silent_file_systems, static_cast<std::uint32_t>(found.f_type)) !=
           silent_file_systems.end();
}

double utc_seconds() {
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

class SystemFolderWatch final : public FolderWatch {
public:
    SystemFolderWatch() : wake_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
        if (auto tree = InotifyTree::open())
            told_ = std::move(*tree);
        else
            no_notices_ = tree.error().reason;
    }

    ~SystemFolderWatch() override { ::close(wake_); }

    Expected<void> add(const fs::path& place) override {
        std::error_code error;
        if (!fs::exists(place, error))
            return fail({ErrorKind::not_found, path_text(place), {}, "does not exist", "Check the path"});
        if (is_silent(place)) {
            poll_place(place, "it lies on a network file system");
        } else if (!told_) {
            poll_place(place, no_notices_);
        } else if (const auto told = told_->add(place); told) {
            told_places_.insert(place);
        } else {
            log::warn("{}", told.error().text());
            poll_place(place, told.error().reason);
        }
        return {};
    }

    void remove(const fs::path& place) override {
        polled_.erase(place);
        told_places_.erase(place);
        if (told_) told_->remove(place);
    }

    std::vector<FolderEvent> wait(std::chrono::milliseconds most) override {
        const auto begin = PolledTree::Time::clock::now();
        auto until = begin + most;
        for (const auto& [place, tree] : polled_)
            until = std::min(until, tree.next());
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(std::max(until - begin, decltype(until - begin)(0)));
        std::array<pollfd, 2> ready{{{wake_, POLLIN, 0}, {told_ ? told_->descriptor() : -1, POLLIN, 0}}};
        ::poll(ready.data(), ready.size(), static_cast<int>(left.count()));
        std::uint64_t woken = 0;
        if (::read(wake_, &woken, sizeof woken) < 0) woken = 0; // nobody called
        std::vector<FolderEvent> events = told_ ? told_->read() : std::vector<FolderEvent>();
        if (told_ && told_->exhausted()) poll_everything(events);
        for (auto& [place, tree] : polled_)
            if (auto found = tree.look(PolledTree::Time::clock::now(), utc_seconds()); !found.empty())
                events.insert(events.end(), found.begin(), found.end());
        return events;
    }

    void wake() override {
        const std::uint64_t one = 1;
        // A full counter wakes as well.
        [[maybe_unused]] const ssize_t written = ::write(wake_, &one, sizeof one);
    }

    std::string polled_because(const fs::path& place) const override {
        const auto polled = polled_.find(place);
        return polled == polled_.end() ? std::string() : polled->second.reason();
    }

private:
    void poll_place(const fs::path& place, const std::string& reason) {
        const auto [entry, is_new] = polled_.try_emplace(place, place, reason);
        if (is_new) entry->second.look(PolledTree::Time::clock::now(), utc_seconds());
    }

    // Half a tree that is told of is worth less than a whole one that is looked at.
    void poll_everything(std::vector<FolderEvent>& events) {
        log::warn("{}", told_->exhausted()->text());
        no_notices_ = told_->exhausted()->reason;
        for (const fs::path& place : std::exchange(told_places_, {})) {
            poll_place(place, no_notices_);
            events.push_back({FolderEvent::Kind::lost, place});
        }
        told_.reset();
    }

    int wake_;
    std::unique_ptr<InotifyTree> told_;
    std::set<fs::path> told_places_;
    std::string no_notices_;
    std::map<fs::path, PolledTree> polled_;
};

} // namespace

std::unique_ptr<FolderWatch> system_folder_watch() {
    return std::make_unique<SystemFolderWatch>();
}

} // namespace isoloss
