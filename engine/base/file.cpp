#include "engine/base/file.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace isoloss {

namespace {

Error system_error(const std::filesystem::path& path, const char* action, int number) {
    Error error{number == ENOENT ? ErrorKind::not_found : ErrorKind::io, path_text(path), {}, {}, {}};
    error.reason = std::string("cannot ") + action + ": " + std::strerror(number);
    if (number == ENOENT) error.remedy = "Check the path";
    if (number == EACCES) error.remedy = "Check the permissions of the file and its folder";
    if (number == ENOSPC || number == EDQUOT) error.remedy = "Free some space on this disk and try again";
    return error;
}

} // namespace

FileIdentity identity_of(const struct stat& status) {
    return {static_cast<std::uint64_t>(status.st_dev), static_cast<std::uint64_t>(status.st_ino),
            static_cast<std::uint64_t>(status.st_size),
            static_cast<double>(status.st_mtim.tv_sec) + 1e-9 * static_cast<double>(status.st_mtim.tv_nsec)};
}

Expected<InputFile> InputFile::open(const std::filesystem::path& path) {
    // O_NONBLOCK: opening a pipe without a writer must not hang before it is recognised and refused.
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0) return fail(system_error(path, "open", errno));

    struct stat status {};

    if (::fstat(descriptor, &status) != 0) {
        const int number = errno;
        ::close(descriptor);
        return fail(system_error(path, "read the file's state", number));
    }
    if (!S_ISREG(status.st_mode)) {
        ::close(descriptor);
        return fail({ErrorKind::unsupported, path_text(path), {}, "is not a regular file", "Name a file on disk"});
    }
    return InputFile(descriptor, path, identity_of(status));
}

InputFile::InputFile(InputFile&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), path_(std::move(other.path_)), identity_(other.identity_) {}

InputFile& InputFile::operator=(InputFile&& other) noexcept {
    if (this != &other) {
        if (descriptor_ >= 0) ::close(descriptor_);
        descriptor_ = std::exchange(other.descriptor_, -1);
        path_ = std::move(other.path_);
        identity_ = other.identity_;
    }
    return *this;
}

InputFile::~InputFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

int InputFile::duplicate() const {
    return ::fcntl(descriptor_, F_DUPFD_CLOEXEC, 0);
}

Expected<std::uint64_t> InputFile::current_size() const {
    struct stat status {};

    if (::fstat(descriptor_, &status) != 0) return fail(system_error(path_, "read the file's state", errno));
    return static_cast<std::uint64_t>(status.st_size);
}

Expected<std::size_t> InputFile::read_some(std::uint64_t offset, std::span<std::byte> buffer) const {
    std::size_t done = 0;
    while (done < buffer.size()) {
        const ssize_t count =
            ::pread(descriptor_, buffer.data() + done, buffer.size() - done, static_cast<off_t>(offset + done));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return fail(system_error(path_, "read", errno));
        if (count == 0) break;
        done += static_cast<std::size_t>(count);
    }
    return done;
}

Expected<void> InputFile::read_exact(std::uint64_t offset, std::span<std::byte> buffer) const {
    ISOLOSS_TRY(const std::size_t count, read_some(offset, buffer));
    if (count < buffer.size())
        return fail({ErrorKind::damaged, path_text(path_), "byte " + std::to_string(offset + count),
                     "the file ends here, " + std::to_string(buffer.size() - count) + " bytes too early",
                     "It was cut short or is still being written; copy it again"});
    return {};
}

Expected<std::string> read_text_file(const std::filesystem::path& path, std::uint64_t cap) {
    ISOLOSS_TRY(const InputFile file, InputFile::open(path));
    if (file.size() > cap)
        return fail({ErrorKind::limit,
                     path_text(path),
                     {},
                     "has " + std::to_string(file.size()) + " bytes, more than the " + std::to_string(cap) +
                         " that are read for this kind of file",
                     "Check that it is the right file"});
    std::string text(file.size(), '\0');
    ISOLOSS_TRY(const std::size_t count, file.read_some(0, std::as_writable_bytes(std::span(text))));
    text.resize(count);
    return text;
}

Expected<void> write_file_atomically(const std::filesystem::path& path, std::string_view content) {
    std::string name = path.string() + ".XXXXXX";
    const int descriptor = ::mkostemp(name.data(), O_CLOEXEC);
    if (descriptor < 0) return fail(system_error(path, "create a file beside", errno));
    const auto give_up = [&](const char* action) {
        const int number = errno;
        ::close(descriptor);
        ::unlink(name.c_str());
        return fail(system_error(path, action, number));
    };
    for (std::size_t done = 0; done < content.size();) {
        const ssize_t count = ::write(descriptor, content.data() + done, content.size() - done);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return give_up("write");
        done += static_cast<std::size_t>(count);
    }
    const mode_t mask = ::umask(0);
    ::umask(mask);
    if (::fchmod(descriptor, 0666 & ~mask) != 0 || ::fsync(descriptor) != 0) return give_up("write");
    if (::close(descriptor) != 0 || ::rename(name.c_str(), path.c_str()) != 0) {
        const int number = errno;
        ::unlink(name.c_str());
        return fail(system_error(path, "write", number));
    }
    return {};
}

bool lies_in(const std::filesystem::path& path, const std::filesystem::path& folder) {
    const auto [end, unused] = std::mismatch(folder.begin(), folder.end(), path.begin(), path.end());
    return end == folder.end();
}

std::string path_text(const std::filesystem::path& path) {
    return path.string();
}

} // namespace isoloss
