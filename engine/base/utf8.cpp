#include "engine/base/utf8.h"

namespace isoloss {

CodePoint code_point_at(std::string_view text, std::size_t offset) {
    constexpr CodePoint invalid{0xfffd, 1};
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[offset + i]); };
    const auto continues = [&](std::size_t i) { return offset + i < text.size() && (byte(i) & 0xc0) == 0x80; };
    const auto bits = [&](std::size_t i) { return static_cast<std::uint32_t>(byte(i) & 0x3f); };
    const std::uint32_t lead = byte(0);
    if (lead < 0x80) return {lead, 1};
    if (lead >= 0xc2 && lead <= 0xdf && continues(1)) return {(lead & 0x1f) << 6 | bits(1), 2};
    if (lead >= 0xe0 && lead <= 0xef && continues(1) && continues(2)) {
        const std::uint32_t value = (lead & 0x0f) << 12 | bits(1) << 6 | bits(2);
        const bool surrogate = value >= 0xd800 && value <= 0xdfff;
        return value < 0x800 || surrogate ? invalid : CodePoint{value, 3};
    }
    if (lead >= 0xf0 && lead <= 0xf4 && continues(1) && continues(2) && continues(3)) {
        const std::uint32_t value = (lead & 0x07) << 18 | bits(1) << 12 | bits(2) << 6 | bits(3);
        return value < 0x10000 || value > 0x10ffff ? invalid : CodePoint{value, 4};
    }
    return invalid;
}

void append_utf8(std::string& text, std::uint32_t code_point) {
    const auto put = [&](std::uint32_t byte) { text += static_cast<char>(byte); };
    if (code_point < 0x80) {
        put(code_point);
    } else if (code_point < 0x800) {
        put(0xc0 | code_point >> 6);
        put(0x80 | (code_point & 0x3f));
    } else if (code_point < 0x10000) {
        put(0xe0 | code_point >> 12);
        put(0x80 | (code_point >> 6 & 0x3f));
        put(0x80 | (code_point & 0x3f));
    } else {
        put(0xf0 | code_point >> 18);
        put(0x80 | (code_point >> 12 & 0x3f));
        put(0x80 | (code_point >> 6 & 0x3f));
        put(0x80 | (code_point & 0x3f));
    }
}

std::size_t code_point_count(std::string_view text) {
    std::size_t count = 0;
    for (std::size_t offset = 0; offset < text.size(); offset += code_point_at(text, offset).length)
        ++count;
    return count;
}

bool is_valid_utf8(std::string_view text) {
    for (std::size_t offset = 0; offset < text.size();) {
        const CodePoint point = code_point_at(text, offset);
        if (point.value == 0xfffd && point.length == 1) return false;
        offset += point.length;
    }
    return true;
}

std::string valid_utf8(std::string_view text, std::int64_t* mended) {
    std::string valid;
    valid.reserve(text.size());
    for (std::size_t offset = 0; offset < text.size();) {
        const CodePoint point = code_point_at(text, offset);
        append_utf8(valid, point.value);
        if (mended != nullptr && point.value == 0xfffd && point.length == 1) ++*mended;
        offset += point.length;
    }
    return valid;
}

} // namespace isoloss
