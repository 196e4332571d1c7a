#include "engine/importers/events/event_tensor.h"

#include "engine/importers/protobuf_wire.h"

#include <bit>
#include <cmath>
#include <cstring>

namespace isoloss {

namespace {

enum DataType : std::uint64_t {
    dt_float = 1,
    dt_double = 2,
    dt_int32 = 3,
    dt_int64 = 9,
    dt_bfloat16 = 14,
    dt_half = 19
};

std::uint32_t float_bits_of_half(std::uint16_t half) {
    const std::uint32_t sign = static_cast<std::uint32_t>(half & 0x8000u) << 16;
    const std::uint32_t exponent = (half >> 10) & 0x1fu;
    std::uint32_t fraction = half & 0x3ffu;
    if (exponent == 0x1f) return sign | 0x7f800000u | fraction << 13;
    if (exponent != 0) return sign | (exponent + 112) << 23 | fraction << 13;
    const float subnormal = std::ldexp(static_cast<float>(fraction), -24);
    return sign | std::bit_cast<std::uint32_t>(subnormal);
}

ScalarTensor narrow(std::uint32_t bits) {
    return {bits, false, false};
}

ScalarTensor wide(double value) {
    return {std::bit_cast<std::uint64_t>(value), true, false};
}

ScalarTensor integer(std::int64_t value) {
    ScalarTensor scalar = wide(static_cast<double>(value));
    constexpr std::int64_t exact = std::int64_t{1} << 53;
    scalar.inexact = value > exact || value < -exact;
    return scalar;
}

std::optional<ScalarTensor> from_number(std::uint64_t type, std::uint64_t number) {
    switch (type) {
    case dt_float:
        return narrow(static_cast<std::uint32_t>(number));
    case dt_double:
        return wide(std::bit_cast<double>(number));
    case dt_int32:
        return integer(static_cast<std::int32_t>(static_cast<std::uint32_t>(number)));
    case dt_int64:
        return integer(static_cast<std::int64_t>(number));
    case dt_half:
        return narrow(float_bits_of_half(static_cast<std::uint16_t>(number)));
    case dt_bfloat16:
        return narrow(static_cast<std::uint32_t>(number & 0xffffu) << 16);
    default:
        return std::nullopt;
    }
}

std::size_t width_of(std::uint64_t type) {
    switch (type) {
    case dt_double:
    case dt_int64:
        return 8;
    case dt_float:
    case dt_int32:
        return 4;
    case dt_half:
    case dt_bfloat16:
        return 2;
    default:
        return 0;
    }
}

// The typed field of each type: float_val, double_val, int_val, int64_val, half_val.
std::uint32_t value_field(std::uint64_t type) {
    switch (type) {
    case dt_float:
        return 5;
    case dt_double:
        return 6;
    case dt_int32:
        return 7;
    case dt_int64:
        return 10;
    default:
        return 13;
    }
}

std::optional<std::uint64_t> little_endian(std::span<const std::byte> bytes, std::size_t width) {
    if (width == 0 || bytes.size() != width) return std::nullopt;
    std::uint64_t number = 0;
    std::memcpy(&number, bytes.data(), width);
    return number;
}

// A typed field holds one number: alone, or packed with its like.
std::optional<std::uint64_t> single_number(const WireReader& field, std::uint64_t type) {
    if (field.type() != WireType::bytes) return field.number();
    if (type == dt_float || type == dt_double) return little_endian(field.bytes(), width_of(type));
    std::optional<std::uint64_t> first;
    std::size_t count = 0;
    const bool whole = for_each_packed_varint(field.bytes(), [&](std::uint64_t number) {
        first = number;
        ++count;
    });
    return whole && count == 1 ? first : std::nullopt;
}

bool is_rank_zero(std::span<const std::byte> shape) {
    WireReader reader(shape);
    while (reader.next())
        if (reader.field() == 2 || (reader.is(3, WireType::varint) && reader.number() != 0)) return false;
    return reader.ok();
}

} // namespace

std::optional<ScalarTensor> decode_scalar_tensor(std::span<const std::byte> tensor) {
    std::uint64_t type = 0;
    std::span<const std::byte> content;
    WireReader header(tensor);
    while (header.next()) {
        if (header.is(1, WireType::varint)) type = header.number();
        if (header.is(2, WireType::bytes) && !is_rank_zero(header.bytes())) return std::nullopt;
        if (header.is(4, WireType::bytes)) content = header.bytes();
    }
    if (!header.ok() || width_of(type) == 0) return std::nullopt;
    if (!content.empty()) {
        const auto number = little_endian(content, width_of(type));
        return number ? from_number(type, *number) : std::nullopt;
    }
    std::optional<std::uint64_t> number;
    int count = 0;
    WireReader values(tensor);
    while (values.next()) {
        if (values.field() != value_field(type)) continue;
        number = single_number(values, type);
        ++count;
    }
    if (count > 1 || (count == 1 && !number)) return std::nullopt;
    // A proto3 writer leaves the field out when the value is zero.
    return from_number(type, number.value_or(0));
}

} // namespace isoloss
