#include "engine/importers/protobuf_wire.h"

namespace isoloss {

bool WireReader::read_long_varint(std::uint64_t& value) {
    value = 0;
    for (unsigned shift = 0; shift <= 63; shift += 7) {
        if (at_ == end_) return ok_ = false;
        const auto byte = static_cast<std::uint8_t>(*at_++);
        value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
        if (byte < 0x80) return true;
    }
    return ok_ = false; // more than ten bytes
}

// A loop instead of recursion: nesting is the sender's choice, the stack is ours.
bool WireReader::skip_group() {
    int depth = 1;
    while (depth > 0) {
        std::uint64_t key = 0, ignored = 0;
        if (!read_varint(key)) return ok_ = false;
        switch (key & 7) {
        case 0:
            if (!read_varint(ignored)) return ok_ = false;
            break;
        case 1:
            if (!read_fixed<std::uint64_t>()) return false;
            break;
        case 2:
            if (!read_bytes()) return false;
            break;
        case 3:
            if (++depth > group_depth) return ok_ = false;
            break;
        case 4:
            --depth;
            break;
        case 5:
            if (!read_fixed<std::uint32_t>()) return false;
            break;
        default:
            return ok_ = false;
        }
    }
    return true;
}

} // namespace isoloss
