#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

/// Numbers as planes of bytes: plane k holds byte k of every number, lowest first, so that equal high bytes lie
/// together and compress well.
namespace isoloss {

using ByteVector = std::vector<std::byte>;

/// How a column of 64-bit integers is written: start, stride, then `width` planes of zigzag differences to the number
/// before. Width 0: number i is start + i · stride. Arithmetic wraps, so every column comes back exactly.
struct IntegerPlan {
    std::uint64_t start = 0;
    std::uint64_t stride = 0; ///< 0 when there are planes
    int width = 0;            ///< 0 to 8
    std::vector<std::uint64_t> differences;
};

/// Bytes of a column of `count` integers, count ≥ 1.
std::size_t integer_column_size(std::size_t count, int width);

void plan_integers(std::span<const std::uint64_t> values, IntegerPlan& plan);
/// Writes integer_column_size bytes.
std::byte* put_integers(const IntegerPlan& plan, std::byte* out);
/// Reads values.size() integers; answers the end of the column.
const std::byte* get_integers(const std::byte* in, int width, std::span<std::uint64_t> values);

/// Byte planes of numbers of 2, 4 or 8 bytes.
std::byte* put_planes(std::span<const std::uint16_t> values, std::byte* out);
std::byte* put_planes(std::span<const std::uint32_t> values, std::byte* out);
std::byte* put_planes(std::span<const std::uint64_t> values, std::byte* out);
const std::byte* get_planes(const std::byte* in, std::span<std::uint16_t> values);
const std::byte* get_planes(const std::byte* in, std::span<std::uint32_t> values);
const std::byte* get_planes(const std::byte* in, std::span<std::uint64_t> values);

} // namespace isoloss
