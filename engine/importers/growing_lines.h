#pragma once

#include "engine/base/file.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace isoloss {

/// The lines of a text file that may still grow, from an offset on: only lines that are ended are given, so that the
/// next reading goes on at offset(). LF and CRLF end a line. A line above 1 MiB is stepped over and counted. One
/// thread.
class GrowingLines {
public:
    GrowingLines(const InputFile& file, std::uint64_t offset) : file_(file), begin_(offset) {}

    /// Valid until the next call; nothing when no ended line is left.
    Expected<std::optional<std::string_view>> next();

    /// Behind the line that was given last.
    std::uint64_t offset() const { return begin_ + used_; }

    std::int64_t oversized() const { return oversized_; }

    /// What stands behind the last line end, when next() has given nothing: a line that is not whole yet.
    std::string_view rest() const { return std::string_view(buffer_).substr(used_); }

private:
    /// Whether there was anything more.
    Expected<bool> read_more();

    const InputFile& file_;
    std::uint64_t begin_; ///< of the buffer in the file
    std::string buffer_;
    std::size_t used_ = 0;
    std::size_t searched_ = 0; ///< no line end between used_ and here
    std::int64_t oversized_ = 0;
    bool stepping_over_ = false;
};

} // namespace isoloss
