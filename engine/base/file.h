#pragma once

#include "engine/base/error.h"

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

struct stat;

namespace isoloss {

/// Identity of a file on disk, for "is this still the file that was read before?".
struct FileIdentity {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::uint64_t size = 0;
    double modified = 0; ///< seconds since 1970, UTC
};

FileIdentity identity_of(const struct stat& status);

/// A regular file opened for positional reads. Reads copy into the caller's buffer instead of mapping the file, so a
/// file that shrinks while it is in use is an error and never a crash. Pipes, devices and sockets are refused.
/// Reads are safe from several threads.
class InputFile {
public:
    static Expected<InputFile> open(const std::filesystem::path& path);
    InputFile(InputFile&& other) noexcept;
    InputFile& operator=(InputFile&& other) noexcept;
    ~InputFile();

    const std::filesystem::path& path() const { return path_; }

    std::uint64_t size() const { return identity_.size; } ///< when it was opened

    const FileIdentity& identity() const { return identity_; }

    /// Another descriptor of the open file, which the caller closes; −1 where there is none left.
    int duplicate() const;

    /// The size now; a file that is being written grows.
    Expected<std::uint64_t> current_size() const;

    /// Reads up to buffer.size() bytes at offset; fewer only at the end of the file.
    Expected<std::size_t> read_some(std::uint64_t offset, std::span<std::byte> buffer) const;
    /// Fills the buffer or fails ("ends at byte N").
    Expected<void> read_exact(std::uint64_t offset, std::span<std::byte> buffer) const;

private:
    InputFile(int descriptor, std::filesystem::path path, FileIdentity identity)
        : descriptor_(descriptor), path_(std::move(path)), identity_(identity) {}

    int descriptor_ = -1;
    std::filesystem::path path_;
    FileIdentity identity_;
};

/// The whole file as text; refused above `cap` bytes.
Expected<std::string> read_text_file(const std::filesystem::path& path, std::uint64_t cap);

/// Writes through a temporary file in the same folder and renames it over the target, so a full disk or a crash leaves
/// the old file whole.
Expected<void> write_file_atomically(const std::filesystem::path& path, std::string_view content);

/// Whether the path is the folder or lies below it, by their names alone.
bool lies_in(const std::filesystem::path& path, const std::filesystem::path& folder);

/// A path as UTF-8 for messages and for the database; bytes that are no UTF-8 are kept as they are.
std::string path_text(const std::filesystem::path& path);

} // namespace isoloss
