#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace isoloss {

/// A file of MLflow's folder store: its name is the key of a metric, a parameter or a tag.
struct MlflowFile {
    std::string key;
    std::filesystem::path path;
    std::uint64_t size = 0;
    double modified = 0;
};

/// The files below a folder in the order of their keys; a '/' in a key is a folder.
std::vector<MlflowFile> mlflow_files(const std::filesystem::path& folder);

/// A line of a metric's file.
struct MlflowPoint {
    std::int64_t time = 0; ///< milliseconds since 1970, UTC
    std::int64_t step = 0;
    double value = 0;
    std::size_t series = 0; ///< left to the caller
};

/// "1700000000000 0.5 3"; very old files have no step, newer ones more fields. Nothing for anything else.
std::optional<MlflowPoint> mlflow_point(std::string_view line);

} // namespace isoloss
