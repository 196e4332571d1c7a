#include "engine/store/project_lock.h"

#include "engine/base/file.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace isoloss {

namespace {

// The holder removes the file, so the one that was locked may no longer be the one in the folder.
bool is_still_in_folder(int descriptor, const std::filesystem::path& path) {
    struct stat open_file {};

    struct stat in_folder {};

    return ::fstat(descriptor, &open_file) == 0 && ::stat(path.c_str(), &in_folder) == 0 &&
           open_file.st_dev == in_folder.st_dev && open_file.st_ino == in_folder.st_ino;
}

} // namespace

Expected<std::optional<ProjectLock>> ProjectLock::acquire(const std::filesystem::path& project) {
    std::filesystem::path path = project;
    path += ".lock";
    for (;;) {
        const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
        const auto cannot = [&](int number) {
            return fail({ErrorKind::io, path_text(path), {}, std::string("cannot lock: ") + std::strerror(number), {}});
        };
        if (descriptor < 0) return cannot(errno);
        if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
            const int number = errno;
            ::close(descriptor);
            if (number == EWOULDBLOCK) return std::nullopt;
            if (number == EINTR) continue;
            return cannot(number);
        }
        if (is_still_in_folder(descriptor, path)) return ProjectLock(descriptor, std::move(path));
        ::close(descriptor);
    }
}

ProjectLock::ProjectLock(ProjectLock&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), path_(std::move(other.path_)) {}

ProjectLock& ProjectLock::operator=(ProjectLock&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    std::swap(path_, other.path_);
    return *this;
}

ProjectLock::~ProjectLock() {
    if (descriptor_ < 0) return;
    ::unlink(path_.c_str());
    ::close(descriptor_);
}

} // namespace isoloss
