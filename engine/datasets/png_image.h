#pragma once

#include "engine/base/error.h"

#include <cstdint>
#include <filesystem>
#include <string_view>
#include <vector>

namespace isoloss {

inline constexpr std::string_view png_magic = "\x89PNG\r\n\x1a\n";

/// 8-bit pixels, row by row, channels behind each other: one of grey, or red, green, blue.
struct Picture {
    std::int64_t width = 0, height = 0;
    int channels = 1;
    std::vector<std::uint8_t> pixels; ///< height · width · channels
};

/// A PNG file of at most 16,384 pixels in either direction and 64 million in all. Palettes become colours, 16 bits
/// become 8, and transparency is dropped. Any thread.
Expected<Picture> read_png(const std::filesystem::path& path);

} // namespace isoloss
