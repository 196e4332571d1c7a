#include "engine/datasets/tokenizers/byte_spelling.h"

#include "engine/base/utf8.h"

#include <array>

namespace isoloss {

namespace {

constexpr char hexadecimal[] = "0123456789ABCDEF";

constexpr bool stands_for_itself(unsigned byte) {
    return (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
}

constexpr auto characters = [] {
    std::array<std::uint16_t, 256> table{};
    std::uint16_t next = 0x100;
    for (unsigned byte = 0; byte < 256; ++byte)
        table[byte] = stands_for_itself(byte) ? static_cast<std::uint16_t>(byte) : next++;
    return table;
}();

constexpr auto bytes_of = [] {
    std::array<std::int16_t, 0x144> table{};
    table.fill(-1);
    for (std::int16_t byte = 0; byte < 256; ++byte)
        table[characters[static_cast<std::size_t>(byte)]] = byte;
    return table;
}();

} // namespace

std::uint32_t byte_character(unsigned char byte) {
    return characters[byte];
}

AlignedText spelled(const AlignedText& text) {
    AlignedText result;
    std::string character;
    const std::string_view bytes = text.text();
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        character.clear();
        append_utf8(character, byte_character(static_cast<unsigned char>(bytes[i])));
        result.append(character, text.origin(i), text.origin(i + 1));
    }
    return result;
}

std::optional<std::string> spelled_bytes(std::string_view token) {
    std::string bytes;
    for (std::size_t offset = 0; offset < token.size();) {
        const CodePoint point = code_point_at(token, offset);
        if (point.value >= bytes_of.size() || bytes_of[point.value] < 0) return std::nullopt;
        bytes += static_cast<char>(bytes_of[point.value]);
        offset += point.length;
    }
    return bytes;
}

std::string fallback_token(unsigned char byte) {
    return std::string("<0x") + hexadecimal[byte >> 4] + hexadecimal[byte & 15] + ">";
}

std::optional<unsigned char> fallback_byte(std::string_view token) {
    if (token.size() != 6 || !token.starts_with("<0x") || token[5] != '>') return std::nullopt;
    const std::size_t high = std::string_view(hexadecimal).find(token[3]);
    const std::size_t low = std::string_view(hexadecimal).find(token[4]);
    if (high > 15 || low > 15) return std::nullopt;
    return static_cast<unsigned char>(high << 4 | low);
}

} // namespace isoloss
