#pragma once

#include "engine/base/error.h"
#include "engine/datasets/byte_source.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace isoloss {

/// What the elements of an array are and how they are stored.
struct ElementType {
    enum class Kind { boolean, signed_integer, unsigned_integer, floating };

    Kind kind = Kind::unsigned_integer;
    int bytes = 1;           ///< 1, 2, 4 or 8
    bool big_endian = false; ///< the most significant byte comes first

    bool is_integer() const { return kind == Kind::signed_integer || kind == Kind::unsigned_integer; }

    std::string name() const; ///< "uint16", "float32", "bool"
    bool operator==(const ElementType&) const = default;
};

/// An array of numbers in a file, in the order of C (the last index runs fastest). Elements are read where they are
/// asked for. Immutable; any thread.
class NumberArray {
public:
    static constexpr std::size_t most_dimensions = 8;

    /// `data_offset` is where the first element begins. Fails with damaged when the shape does not fill the bytes that
    /// follow exactly, or has too many or negative sizes.
    static Expected<NumberArray> make(ByteSource source, std::uint64_t data_offset, ElementType type,
                                      std::vector<std::int64_t> shape);

    const ElementType& type() const { return type_; }

    const std::vector<std::int64_t>& shape() const { return shape_; }

    std::int64_t size() const { return size_; } ///< elements in all

    const ByteSource& source() const { return source_; }

    std::string shape_text() const; ///< "(60000, 28, 28)"

    /// Elements from `first` on as whole numbers; fails with damaged on one that is not, with unsupported when they are
    /// floating. "element N" is the place.
    Expected<void> read(std::int64_t first, std::span<std::int64_t> numbers) const;
    Expected<void> read(std::int64_t first, std::span<double> numbers) const;
    /// Fails with unsupported unless they are uint8 or bool.
    Expected<void> read(std::int64_t first, std::span<std::uint8_t> numbers) const;

private:
    explicit NumberArray(ByteSource source) : source_(std::move(source)) {}

    template <typename Function>
    Expected<void> read_blocks(std::int64_t first, std::size_t count, const Function& convert) const;

    ByteSource source_;
    std::uint64_t data_offset_ = 0;
    ElementType type_;
    std::vector<std::int64_t> shape_;
    std::int64_t size_ = 0;
};

} // namespace isoloss
