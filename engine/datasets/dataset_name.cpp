#include "engine/datasets/dataset_name.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

namespace isoloss {

namespace {

bool is_generic(std::string_view name) {
    constexpr std::array names{"requests", "input", "inputs", "data", "raw", "text", "samples", "part", "dataset", "."};
    return name.empty() || std::find(names.begin(), names.end(), name) != names.end();
}

bool is_split(std::string_view name) {
    constexpr std::array names{"train", "test", "valid", "validation", "val", "dev", "eval", "t10k"};
    return std::find(names.begin(), names.end(), name) != names.end();
}

// "rc_0shot", "5-shot": how a task is asked, not which.
bool is_setting(std::string_view name) {
    const std::size_t shot = name.rfind("shot");
    if (shot == name.npos || (name.substr(shot) != "shot" && name.substr(shot) != "shots")) return false;
    const bool separated = shot > 0 && (name[shot - 1] == '_' || name[shot - 1] == '-');
    const std::size_t digit = shot - (separated ? 2 : 1);
    return shot > (separated ? 1u : 0u) && name[digit] >= '0' && name[digit] <= '9';
}

} // namespace

std::string dataset_name(const std::filesystem::path& file) {
    std::error_code ignored;
    const std::filesystem::path path = std::filesystem::absolute(file, ignored).lexically_normal();
    std::string stem = path.filename().string();
    for (const std::string_view extension :
         {".gz", ".jsonl", ".json", ".txt", ".npy", ".npz", ".bin", ".csv", ".tsv", "-images-idx3-ubyte"})
        if (stem.size() > extension.size() && stem.ends_with(extension)) stem.resize(stem.size() - extension.size());
    std::string suffix, name = stem;
    for (std::filesystem::path folder = path.parent_path(); folder.has_filename(); folder = folder.parent_path()) {
        if (is_split(name) || is_setting(name))
            suffix = "_" + name + suffix;
        else if (!is_generic(name))
            return name + suffix;
        name = folder.filename().string();
    }
    return is_generic(name) || is_split(name) || is_setting(name) ? stem : name + suffix;
}

} // namespace isoloss
