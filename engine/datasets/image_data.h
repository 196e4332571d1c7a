#pragma once

#include "engine/base/error.h"
#include "engine/datasets/dataset_details.h"

#include <cstdint>
#include <string>
#include <vector>

namespace isoloss {

/// Pictures of one size with 8 bits a channel, and the class of each.
struct ImageData {
    std::int64_t count = 0, height = 0, width = 0;
    int channels = 1;                 ///< 1 grey, 3 red, green, blue, 4 with transparency
    std::vector<std::uint8_t> pixels; ///< [count, height, width, channels]
    std::vector<std::int32_t> labels; ///< one per picture, from 0; empty when there are none
    std::vector<std::string> classes; ///< their names: of the folders, or the numbers
    DatasetProblems problems;         ///< pictures that are left out
};

/// IDX files, .npy and .npz arrays ([n, height, width], channels last or first), and folders of PNG files, one for each
/// class, classes and files in the order of their names. Pictures of another size than the first are problems. At most
/// 2 GiB of pixels.
Expected<ImageData> read_image_data(const DatasetRecord& dataset);

} // namespace isoloss
