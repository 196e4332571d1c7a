#pragma once

#include "engine/base/error.h"
#include "engine/base/file.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

namespace isoloss {

/// Bytes at positions: a file, or memory where the file was compressed or the bytes are a part of an archive.
/// Immutable; any thread.
class ByteSource {
public:
    /// At most so many bytes are unpacked into memory.
    static constexpr std::uint64_t most_unpacked = 2ull << 30;

    /// A file that is compressed with gzip is unpacked. What it is decides the content, not the name.
    static Expected<ByteSource> open(const std::filesystem::path& path);
    /// `part`: what of the file these bytes are, for messages; may be empty.
    static ByteSource in_memory(std::string bytes, std::string file, std::string part);

    std::uint64_t size() const;
    /// Fills the buffer; fails with damaged when the bytes end before.
    Expected<void> read(std::uint64_t offset, std::span<std::byte> buffer) const;

    const std::string& file() const { return file_; }

    const std::string& part() const { return part_; }

private:
    std::shared_ptr<const InputFile> input_; ///< or
    std::shared_ptr<const std::string> unpacked_;
    std::string file_, part_;
};

} // namespace isoloss
