#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace isoloss {

enum class WireType : std::uint8_t { varint = 0, fixed64 = 1, bytes = 2, group = 3, fixed32 = 5 };

/// Walks the fields of one protobuf message without copying and without believing any length. `next` answers false at
/// the end and at the first fault; `ok` tells the two apart. Groups (long out of use) are stepped over, at most
/// `group_depth` deep.
class WireReader {
public:
    static constexpr int group_depth = 64;

    explicit WireReader(std::span<const std::byte> message)
        : at_(message.data()), end_(message.data() + message.size()) {}

    /// Moves to the next field.
    bool next() {
        if (at_ == end_ || !ok_) return false;
        std::uint64_t key = 0;
        if (!read_varint(key)) return false;
        field_ = static_cast<std::uint32_t>(key >> 3);
        if (field_ == 0 || key > 0xffffffffu) return ok_ = false;
        type_ = static_cast<WireType>(key & 7);
        switch (type_) {
        case WireType::varint:
            return read_varint(number_);
        case WireType::fixed64:
            return read_fixed<std::uint64_t>();
        case WireType::fixed32:
            return read_fixed<std::uint32_t>();
        case WireType::bytes:
            return read_bytes();
        case WireType::group:
            return skip_group();
        }
        return ok_ = false;
    }

    bool ok() const { return ok_; }

    std::uint32_t field() const { return field_; }

    WireType type() const { return type_; }

    bool is(std::uint32_t field, WireType type) const { return field_ == field && type_ == type; }

    /// The value of a varint, fixed32 or fixed64 field.
    std::uint64_t number() const { return number_; }

    std::int64_t signed_number() const { return static_cast<std::int64_t>(number_); }

    float as_float() const { return std::bit_cast<float>(static_cast<std::uint32_t>(number_)); }

    double as_double() const { return std::bit_cast<double>(number_); }

    /// The payload of a length-delimited field; points into the message.
    std::span<const std::byte> bytes() const { return bytes_; }

    std::string_view text() const { return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()}; }

private:
    bool read_varint(std::uint64_t& value) {
        if (at_ != end_ && static_cast<std::uint8_t>(*at_) < 0x80) {
            value = static_cast<std::uint8_t>(*at_++);
            return true;
        }
        return read_long_varint(value);
    }

    template <typename T>
    bool read_fixed() {
        if (static_cast<std::size_t>(end_ - at_) < sizeof(T)) return ok_ = false;
        T value;
        std::memcpy(&value, at_, sizeof(T));
        at_ += sizeof(T);
        number_ = value;
        return true;
    }

    bool read_bytes() {
        std::uint64_t size = 0;
        if (!read_varint(size) || size > static_cast<std::uint64_t>(end_ - at_)) return ok_ = false;
        bytes_ = {at_, static_cast<std::size_t>(size)};
        at_ += size;
        return true;
    }

    bool read_long_varint(std::uint64_t& value);
    bool skip_group();

    const std::byte* at_;
    const std::byte* end_;
    std::span<const std::byte> bytes_;
    std::uint64_t number_ = 0;
    std::uint32_t field_ = 0;
    WireType type_ = WireType::varint;
    bool ok_ = true;
};

/// Reads the varints of a packed repeated field; false when they run past its end.
template <typename Each>
bool for_each_packed_varint(std::span<const std::byte> packed, Each each) {
    std::size_t at = 0;
    while (at < packed.size()) {
        std::uint64_t value = 0;
        for (unsigned shift = 0;; shift += 7) {
            if (at == packed.size() || shift > 63) return false;
            const auto byte = static_cast<std::uint8_t>(packed[at++]);
            value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
            if (byte < 0x80) break;
        }
        each(value);
    }
    return true;
}

} // namespace isoloss
