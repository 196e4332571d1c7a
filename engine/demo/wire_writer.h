#pragma once

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>

namespace isoloss {

static_assert(std::endian::native == std::endian::little, "numbers are written as they lie in memory");

/// Builds one protobuf message, field after field.
class WireWriter {
public:
    WireWriter& varint(std::uint32_t field, std::uint64_t value) {
        put_varint(field << 3);
        put_varint(value);
        return *this;
    }

    WireWriter& number(std::uint32_t field, float value) {
        put_varint(field << 3 | fixed32);
        return put(&value, sizeof value);
    }

    WireWriter& number(std::uint32_t field, double value) {
        put_varint(field << 3 | fixed64);
        return put(&value, sizeof value);
    }

    /// A text, or the bytes of a message.
    WireWriter& bytes(std::uint32_t field, std::string_view value) {
        put_varint(field << 3 | length_delimited);
        put_varint(value.size());
        bytes_ += value;
        return *this;
    }

    WireWriter& message(std::uint32_t field, const WireWriter& value) { return bytes(field, value.bytes_); }

    const std::string& bytes() const { return bytes_; }

private:
    static constexpr std::uint32_t fixed64 = 1, length_delimited = 2, fixed32 = 5; ///< wire types

    void put_varint(std::uint64_t value) {
        for (; value >= 0x80; value >>= 7)
            bytes_ += static_cast<char>(value | 0x80);
        bytes_ += static_cast<char>(value);
    }

    WireWriter& put(const void* value, std::size_t size) {
        bytes_.append(static_cast<const char*>(value), size);
        return *this;
    }

    std::string bytes_;
};

} // namespace isoloss
