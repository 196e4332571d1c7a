#include "engine/store/project_move.h"

#include "engine/base/file.h"
#include "engine/store/project_lock.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <unistd.h>
#include <vector>

namespace isoloss {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t copied_at_once = std::size_t(1) << 20;

Error system_error(const fs::path& path, std::string_view action, int number) {
    std::string reason = "cannot ";
    reason += action;
    reason += ": " + std::generic_category().message(number);
    return {ErrorKind::io, path_text(path), {}, std::move(reason), "Choose another folder; the project is unchanged"};
}

// While a write-ahead log is beside a database, content of it is outside of the file, or someone has it open.
Expected<void> refuse_open_database(const fs::path& path) {
    fs::path log = path;
    log += "-wal";
    std::error_code code;
    if (!fs::exists(log, code)) return {};
    return fail(Error{
        ErrorKind::busy, path_text(path), {}, "another program has this project open", "Close it there and try again"});
}

Expected<ProjectLock> lock(const fs::path& path) {
    ISOLOSS_TRY(auto held, ProjectLock::acquire(path));
    if (!held)
        return fail(Error{ErrorKind::busy,
                          path_text(path),
                          {},
                          "another Isoloss has this project open",
                          "Close it there and try again"});
    return std::move(*held);
}

Expected<void> write_all(int descriptor, std::span<const std::byte> bytes, const fs::path& path) {
    while (!bytes.empty()) {
        const ssize_t count = ::write(descriptor, bytes.data(), bytes.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return fail(system_error(path, "write", errno));
        bytes = bytes.subspan(static_cast<std::size_t>(count));
    }
    return {};
}

Expected<void> copy_content(const InputFile& input, int descriptor, const fs::path& to) {
    std::vector<std::byte> buffer(std::min<std::uint64_t>(copied_at_once, input.size()));
    for (std::uint64_t done = 0; done < input.size();) {
        const auto piece = std::span(buffer).first(std::min<std::uint64_t>(buffer.size(), input.size() - done));
        ISOLOSS_TRY_VOID(input.read_exact(done, piece));
        ISOLOSS_TRY_VOID(write_all(descriptor, piece, to));
        done += piece.size();
    }
    return {};
}

void sync_folder(const fs::path& folder) {
    const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return;
    ::fsync(descriptor);
    ::close(descriptor);
}

// A copy under another name first: a full disk or a crash leaves no half project under the new name.
Expected<void> copy_to(const fs::path& from, const fs::path& to) {
    ISOLOSS_TRY(const InputFile input, InputFile::open(from));
    std::string name = to.string() + ".XXXXXX";
    const int descriptor = ::mkostemp(name.data(), O_CLOEXEC);
    if (descriptor < 0) return fail(system_error(to, "create a file beside", errno));
    Expected<void> copied = copy_content(input, descriptor, to);
    std::error_code code;
    fs::permissions(name, fs::status(from, code).permissions(), code);
    if (copied && ::fsync(descriptor) != 0) copied = fail(system_error(to, "write", errno));
    if (::close(descriptor) != 0 && copied) copied = fail(system_error(to, "write", errno));
    if (copied && ::rename(name.c_str(), to.c_str()) != 0) copied = fail(system_error(to, "write", errno));
    if (!copied) ::unlink(name.c_str());
    return copied;
}

} // namespace

Expected<ProjectMove> move_project(const fs::path& from, const fs::path& to) {
    std::error_code code;
    if (fs::equivalent(from, to, code)) return ProjectMove{};
    ISOLOSS_TRY(const ProjectLock from_lock, lock(from));
    ISOLOSS_TRY(const ProjectLock to_lock, lock(to));
    ISOLOSS_TRY_VOID(refuse_open_database(from));
    ISOLOSS_TRY_VOID(refuse_open_database(to));
    ProjectMove move;
    if (::rename(from.c_str(), to.c_str()) != 0) {
        if (errno != EXDEV) return fail(system_error(to, "move the project there", errno));
        ISOLOSS_TRY_VOID(copy_to(from, to));
        sync_folder(to.parent_path());
        move.old_file_remains = ::unlink(from.c_str()) != 0;
    }
    return move;
}

} // namespace isoloss
