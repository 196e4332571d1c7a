#include "engine/datasets/tokenizers/precompiled_charsmap.h"

#include "engine/base/utf8.h"

namespace isoloss {

namespace {

std::uint32_t little_endian(std::string_view bytes, std::size_t at) {
    std::uint32_t value = 0;
    for (std::size_t i = 4; i-- > 0;)
        value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
    return value;
}

// The fields of a unit, as Darts-clone packs them.
bool has_leaf(std::uint32_t unit) {
    return (unit >> 8 & 1) != 0;
}

std::uint32_t value(std::uint32_t unit) {
    return unit & 0x7fffffff;
}

std::uint32_t label(std::uint32_t unit) {
    return unit & 0x800000ff;
}

std::uint32_t offset(std::uint32_t unit) {
    return (unit >> 10) << ((unit & 0x200) >> 6);
}

} // namespace

tl::expected<PrecompiledCharsmap, std::string> PrecompiledCharsmap::parse(std::string_view bytes) {
    const auto damaged = [](std::string reason) { return tl::unexpected<std::string>(std::move(reason)); };
    if (bytes.size() < 4) return damaged("has fewer than 4 bytes");
    const std::uint32_t array_bytes = little_endian(bytes, 0);
    if (array_bytes == 0 || array_bytes % 4 != 0 || array_bytes > bytes.size() - 4)
        return damaged("says that its array has " + std::to_string(array_bytes) + " of " +
                       std::to_string(bytes.size() - 4) + " bytes");
    PrecompiledCharsmap map;
    for (std::size_t at = 4; at < 4 + std::size_t(array_bytes); at += 4)
        map.units_.push_back(little_endian(bytes, at));
    map.replacements_ = bytes.substr(4 + std::size_t(array_bytes));
    if (!is_valid_utf8(map.replacements_)) return damaged("has replacements that are not UTF-8");
    if (!map.replacements_.empty() && map.replacements_.back() != '\0')
        return damaged("has a last replacement without an end");
    if (auto reason = map.unsafe_unit()) return damaged(std::move(*reason));
    return map;
}

// Walks every path from the root, each unit once.
std::optional<std::string> PrecompiledCharsmap::unsafe_unit() const {
    std::vector<bool> seen(units_.size());
    std::vector<std::size_t> open{0};
    seen[0] = true;
    while (!open.empty()) {
        const std::size_t at = open.back();
        open.pop_back();
        const std::size_t children = at ^ offset(units_[at]);
        const std::string place = "unit " + std::to_string(at) + " of its array ";
        if ((children | 0xff) >= units_.size()) return place + "points outside";
        if (at != 0 && has_leaf(units_[at])) {
            const std::uint32_t begin = value(units_[children]);
            const bool inside = begin < replacements_.size();
            if (!inside || (static_cast<unsigned char>(replacements_[begin]) & 0xc0) == 0x80)
                return place + "has no replacement";
        }
        for (std::uint32_t byte = 1; byte < 256; ++byte) {
            const std::size_t child = children ^ byte;
            if (label(units_[child]) != byte || seen[child]) continue;
            seen[child] = true;
            open.push_back(child);
        }
    }
    return std::nullopt;
}

std::optional<std::string_view> PrecompiledCharsmap::replacement(std::string_view text) const {
    std::size_t at = offset(units_[0]);
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte == 0) break;
        at ^= byte;
        const std::uint32_t unit = units_[at];
        if (label(unit) != byte) break;
        at ^= offset(unit);
        if (has_leaf(unit)) return std::string_view(replacements_.data() + value(units_[at]));
    }
    return std::nullopt;
}

} // namespace isoloss
