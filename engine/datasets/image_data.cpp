#include "engine/datasets/image_data.h"

#include "engine/base/file.h"
#include "engine/datasets/dataset.h"
#include "engine/datasets/dataset_detection.h"
#include "engine/datasets/idx.h"
#include "engine/datasets/npy.h"
#include "engine/datasets/npz.h"
#include "engine/datasets/picture_folders.h"
#include "engine/datasets/png_image.h"

#include <algorithm>

namespace isoloss {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t most_pixels = 2ull << 30; ///< bytes of all pictures
constexpr std::int64_t most_classes = 100'000;

tl::unexpected<Error> refuse(ErrorKind kind, const std::string& file, std::string reason, std::string remedy) {
    return fail({kind, file, {}, std::move(reason), std::move(remedy)});
}

tl::unexpected<Error> refuse_size(const std::string& file) {
    return refuse(ErrorKind::limit, file, "has more than " + std::to_string(most_pixels) + " bytes of pixels",
                  "Keep a part of the pictures, or scale them down");
}

/// [n, channels, height, width] → [n, height, width, channels].
void channels_last(ImageData& images) {
    const auto channels = static_cast<std::size_t>(images.channels);
    const auto plane = static_cast<std::size_t>(images.height * images.width);
    std::vector<std::uint8_t> picture(plane * channels);
    for (auto at = images.pixels.begin(); at != images.pixels.end();
         at += static_cast<std::ptrdiff_t>(picture.size())) {
        for (std::size_t pixel = 0; pixel < plane; ++pixel)
            for (std::size_t channel = 0; channel < channels; ++channel)
                picture[pixel * channels + channel] = at[static_cast<std::ptrdiff_t>(channel * plane + pixel)];
        std::ranges::copy(picture, at);
    }
}

bool is_channels(std::int64_t size) {
    return size == 1 || size == 3 || size == 4;
}

Expected<void> take_pixels(const NumberArray& array, ImageData& images) {
    const auto& shape = array.shape();
    const std::string& file = array.source().file();
    if (shape.size() != 3 && shape.size() != 4)
        return refuse(ErrorKind::unsupported, file,
                      "the images have the shape " + array.shape_text() + "; 3 or 4 dimensions are read",
                      "Save them as (images, height, width) or (images, height, width, channels)");
    if (static_cast<std::uint64_t>(array.size()) > most_pixels) return refuse_size(file);
    images.count = shape[0];
    bool is_channels_last = true;
    if (shape.size() == 3) {
        images.height = shape[1];
        images.width = shape[2];
    } else {
        is_channels_last = is_channels(shape[3]);
        if (!is_channels_last && !is_channels(shape[1]))
            return refuse(ErrorKind::unsupported, file,
                          "the images have the shape " + array.shape_text() + ", with 1, 3 or 4 channels nowhere",
                          "Save them as (images, height, width, channels)");
        images.channels = static_cast<int>(is_channels_last ? shape[3] : shape[1]);
        images.height = is_channels_last ? shape[1] : shape[2];
        images.width = is_channels_last ? shape[2] : shape[3];
    }
    images.pixels.resize(static_cast<std::size_t>(array.size()));
    ISOLOSS_TRY_VOID(array.read(0, std::span(images.pixels)));
    if (!is_channels_last) channels_last(images);
    return {};
}

/// Labels become classes in the order of the numbers.
Expected<void> take_labels(const NumberArray& array, ImageData& images) {
    if (array.size() != images.count)
        return refuse(ErrorKind::damaged, array.source().file(),
                      "has " + std::to_string(array.size()) + " labels for " + std::to_string(images.count) + " images",
                      "Give as many labels as images");
    std::vector<std::int64_t> labels(static_cast<std::size_t>(array.size()));
    ISOLOSS_TRY_VOID(array.read(0, std::span(labels)));
    std::vector<std::int64_t> classes(labels);
    std::ranges::sort(classes);
    classes.erase(std::unique(classes.begin(), classes.end()), classes.end());
    if (static_cast<std::int64_t>(classes.size()) > most_classes)
        return refuse(ErrorKind::limit, array.source().file(),
                      "the labels have more than " + std::to_string(most_classes) + " classes",
                      "Check that it is the file of the labels");
    for (const std::int64_t label : labels)
        images.labels.push_back(static_cast<std::int32_t>(std::ranges::lower_bound(classes, label) - classes.begin()));
    for (const std::int64_t one : classes)
        images.classes.push_back(std::to_string(one));
    return {};
}

Expected<NumberArray> open_array(const fs::path& file) {
    ISOLOSS_TRY(ByteSource source, ByteSource::open(file));
    std::array<char, 8> head{};
    ISOLOSS_TRY_VOID(source.read(
        0, std::as_writable_bytes(std::span(head)).first(std::min<std::uint64_t>(head.size(), source.size()))));
    if (begins_as_idx({head.data(), head.size()})) return open_idx(std::move(source));
    return open_npy(std::move(source));
}

Expected<ImageData> read_folders(const std::string& path) {
    ISOLOSS_TRY(const PictureFolders folders, find_pictures(path));
    ImageData images;
    images.classes = folders.classes;
    for (const auto& [file, label] : folders.pictures) {
        auto picture = read_png(file);
        if (!picture) {
            images.problems.add(std::move(picture).error());
            continue;
        }
        if (images.count == 0) {
            images.height = picture->height;
            images.width = picture->width;
            images.channels = picture->channels;
        }
        // Grey pictures may stand among coloured ones.
        if (picture->channels == 1 && images.channels == 3) {
            std::vector<std::uint8_t> colored;
            for (const std::uint8_t grey : picture->pixels)
                colored.insert(colored.end(), 3, grey);
            picture->pixels = std::move(colored);
            picture->channels = 3;
        }
        if (picture->height != images.height || picture->width != images.width ||
            picture->channels != images.channels) {
            images.problems.add({ErrorKind::damaged,
                                 path_text(file),
                                 {},
                                 "the picture has not the size or the colours of the first one",
                                 "Bring all pictures to one size and form"});
            continue;
        }
        if (images.pixels.size() + picture->pixels.size() > most_pixels) return refuse_size(path);
        images.pixels.insert(images.pixels.end(), picture->pixels.begin(), picture->pixels.end());
        images.labels.push_back(label);
        ++images.count;
    }
    if (images.count == 0) return fail(images.problems.first().front());
    return images;
}

} // namespace

Expected<ImageData> read_image_data(const DatasetRecord& dataset) {
    ISOLOSS_TRY(const DatasetDetails details, details_of(dataset));
    ISOLOSS_TRY_VOID(expect_kind(dataset, details, {DatasetKind::labelled_images}));
    if (details.format == dataset_format::png_folders) return read_folders(dataset.path);
    ImageData images;
    if (details.format == dataset_format::npz) {
        ISOLOSS_TRY(const auto arrays, open_npz(dataset.path));
        const auto array = [&](const char* role) -> const NumberArray* {
            const auto field = details.reading.fields.find(role);
            const auto found = field == details.reading.fields.end() ? arrays.end() : arrays.find(field->second);
            return found == arrays.end() ? nullptr : &found->second;
        };
        const NumberArray* pixels = array("images");
        if (pixels == nullptr)
            return refuse(ErrorKind::usage, dataset.path, "no array is named that has the images",
                          "Say which one it is, images=NAME");
        ISOLOSS_TRY_VOID(take_pixels(*pixels, images));
        if (const NumberArray* labels = array("label")) ISOLOSS_TRY_VOID(take_labels(*labels, images));
        return images;
    }
    ISOLOSS_TRY(const NumberArray pixels, open_array(dataset.path));
    ISOLOSS_TRY_VOID(take_pixels(pixels, images));
    if (details.reading.files.empty()) return images;
    ISOLOSS_TRY(const NumberArray labels, open_array(details.reading.files.front()));
    ISOLOSS_TRY_VOID(take_labels(labels, images));
    return images;
}

} // namespace isoloss
