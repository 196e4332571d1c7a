#pragma once

#include "engine/base/error.h"
#include "engine/base/file.h"

#include <cstddef>
#include <memory>
#include <span>

namespace isoloss {

/// A file in memory without a copy: pages are read when they are first used. The memory may be written to, which
/// nobody else sees. Where the file is cut short or a page cannot be read while it is in use, the memory holds zeros
/// from there on and check() says so: read it after every use and throw the results away when it fails. (The kernel
/// raises SIGBUS there; the first mapping installs a handler, which leaves every other SIGBUS to the one before.)
class MappedFile {
public:
    /// Fails with limit when too many files are mapped or there is no address space; with unsupported where the file
    /// system cannot map.
    static Expected<std::shared_ptr<MappedFile>> open(const InputFile& file);
    ~MappedFile();
    MappedFile(const MappedFile&) = delete;
    MappedFile& operator=(const MappedFile&) = delete;

    std::span<std::byte> bytes() const { return bytes_; }

    /// Whether all that was read is what the file held when it was opened: fails with damaged when it was cut or could
    /// not be read, or when its size or time of modification is another. Any thread.
    Expected<void> check() const;

private:
    MappedFile(int descriptor, std::span<std::byte> bytes, std::size_t slot, const InputFile& file);

    int descriptor_;
    std::span<std::byte> bytes_;
    std::size_t slot_; ///< in the table that the handler reads
    std::filesystem::path path_;
    FileIdentity identity_;
};

} // namespace isoloss
