#pragma once

#include "engine/base/error.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace isoloss {

/// The PNG files of a folder that has a folder for each class, and the number of their class, in the order of the
/// names.
struct PictureFolders {
    std::vector<std::string> classes;
    std::vector<std::pair<std::filesystem::path, std::int32_t>> pictures;
};

/// Hidden files and links are passed over. Fails when there is no picture, and with limit at a million.
Expected<PictureFolders> find_pictures(const std::filesystem::path& folder);

} // namespace isoloss
