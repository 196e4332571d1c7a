#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace isoloss {

/// Text on its way through normalisation, with the offset in the input that each of its bytes came from, so that a
/// token can say how many bytes of the input it covers. Text that was not changed keeps no table.
class AlignedText {
public:
    AlignedText() = default;

    /// The input with every invalid UTF-8 sequence replaced by one U+FFFD (each maximal part of a broken character is
    /// one sequence, as Python's errors="replace" and Rust's from_utf8_lossy count).
    static AlignedText from_input(std::string_view input);

    std::string_view text() const { return text_; }

    /// Where byte i of the text began in the input; i may be one past the last byte.
    std::uint32_t origin(std::size_t i) const {
        return origins_.empty() ? base_ + static_cast<std::uint32_t>(i) : origins_[i];
    }

    AlignedText slice(std::size_t begin, std::size_t end) const;

    /// Appends bytes that stand for the input from `begin` to `end`: the first byte covers it, the others cover none.
    void append(std::string_view bytes, std::uint32_t begin, std::uint32_t end);
    /// Appends a part of another text with its origins.
    void append(const AlignedText& other, std::size_t begin, std::size_t end);

private:
    std::string text_;
    std::vector<std::uint32_t> origins_; ///< empty: base_ + i; else one more than the text has bytes
    std::uint32_t base_ = 0;
};

} // namespace isoloss
