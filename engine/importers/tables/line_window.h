#pragma once

#include "engine/base/file.h"

#include <cstdint>
#include <string_view>
#include <vector>

namespace isoloss {

/// A window that moves over a file: what has been read and not yet been taken lies in one piece of memory. One thread.
class LineWindow {
public:
    /// Borrows the file.
    explicit LineWindow(const InputFile& file) : file_(file) {}

    /// What is not taken yet, as far as read. Valid until more() or go_to().
    std::string_view rest() const { return {buffer_.data() + begin_, end_ - begin_}; }

    /// Where rest() begins in the file.
    std::uint64_t offset() const { return offset_; }

    void take(std::size_t bytes) {
        begin_ += bytes;
        offset_ += bytes;
    }

    /// Reads on, so that rest() gets longer; false at the end of the file.
    Expected<bool> more();

    bool at_end() const { return at_end_; }

    void go_to(std::uint64_t offset);

private:
    static constexpr std::size_t block_bytes = std::size_t{1} << 18; // stays in the cache of a core

    const InputFile& file_;
    std::vector<char> buffer_;
    std::size_t begin_ = 0, end_ = 0;
    std::uint64_t offset_ = 0; ///< of begin_
    bool at_end_ = false;
};

} // namespace isoloss
