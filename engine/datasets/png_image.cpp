#include "engine/datasets/png_image.h"

#include "engine/base/file.h"

#include <png.h>

namespace isoloss {

namespace {

constexpr std::uint64_t largest_file = 256u << 20;
constexpr png_uint_32 longest_side = 16'384;
constexpr std::uint64_t most_pixels = 64'000'000;

/// libpng's reader of whole pictures; ends with the object.
struct PngReader {
    png_image image{};

    PngReader() { image.version = PNG_IMAGE_VERSION; }

    ~PngReader() { png_image_free(&image); }

    PngReader(const PngReader&) = delete;
    PngReader& operator=(const PngReader&) = delete;
};

} // namespace

Expected<Picture> read_png(const std::filesystem::path& path) {
    const auto refuse = [&](ErrorKind kind, std::string reason, std::string remedy) {
        return fail({kind, path_text(path), {}, std::move(reason), std::move(remedy)});
    };
    ISOLOSS_TRY(const std::string bytes, read_text_file(path, largest_file));
    PngReader reader;
    const auto damaged = [&] {
        return refuse(ErrorKind::damaged, std::string("the picture cannot be read: ") + reader.image.message,
                      "Save it again as PNG");
    };
    if (png_image_begin_read_from_memory(&reader.image, bytes.data(), bytes.size()) == 0) return damaged();
    const png_uint_32 width = reader.image.width, height = reader.image.height;
    if (width > longest_side || height > longest_side || std::uint64_t{width} * height > most_pixels)
        return refuse(ErrorKind::limit,
                      "the picture has " + std::to_string(width) + " × " + std::to_string(height) + " pixels",
                      "Scale it down");
    const bool has_color = (reader.image.format & PNG_FORMAT_FLAG_COLOR) != 0;
    const bool has_alpha = (reader.image.format & PNG_FORMAT_FLAG_ALPHA) != 0;
    Picture picture;
    picture.width = width;
    picture.height = height;
    picture.channels = has_color ? 3 : 1;
    // The alpha channel is read with the others and then dropped; libpng itself would blend it with a background.
    reader.image.format = (has_color ? PNG_FORMAT_FLAG_COLOR : 0u) | (has_alpha ? PNG_FORMAT_FLAG_ALPHA : 0u);
    picture.pixels.resize(PNG_IMAGE_SIZE(reader.image));
    if (png_image_finish_read(&reader.image, nullptr, picture.pixels.data(), 0, nullptr) == 0) return damaged();
    if (!has_alpha) return picture;
    const auto channels = static_cast<std::size_t>(picture.channels);
    std::size_t kept = 0;
    for (std::size_t i = 0; i < picture.pixels.size(); ++i)
        if (i % (channels + 1) != channels) picture.pixels[kept++] = picture.pixels[i];
    picture.pixels.resize(kept);
    return picture;
}

} // namespace isoloss
