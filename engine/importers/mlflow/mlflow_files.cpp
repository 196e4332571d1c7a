#include "engine/importers/mlflow/mlflow_files.h"

#include "engine/base/file.h"
#include "engine/base/number_text.h"

#include <algorithm>
#include <array>

namespace isoloss {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_files = 100'000;
constexpr int deepest_key = 32;

} // namespace

std::vector<MlflowFile> mlflow_files(const fs::path& folder) {
    std::vector<MlflowFile> files;
    std::error_code none;
    auto at = fs::recursive_directory_iterator(folder, none);
    for (; !none && at != fs::recursive_directory_iterator() && files.size() < most_files; at.increment(none)) {
        if (at.depth() > deepest_key) at.disable_recursion_pending();
        std::error_code unreadable;
        if (!at->is_regular_file(unreadable)) continue;
        MlflowFile file{path_text(at->path().lexically_relative(folder)), at->path(), 0, 0};
        if (const auto opened = InputFile::open(file.path)) {
            file.size = opened->size();
            file.modified = opened->identity().modified;
        }
        files.push_back(std::move(file));
    }
    std::sort(files.begin(), files.end(), [](const MlflowFile& a, const MlflowFile& b) { return a.key < b.key; });
    return files;
}

std::optional<MlflowPoint> mlflow_point(std::string_view line) {
    std::array<std::string_view, 3> fields;
    std::size_t count = 0;
    while (!line.empty() && count < fields.size()) {
        const std::size_t end = std::min(line.find(' '), line.size());
        fields[count++] = line.substr(0, end);
        line.remove_prefix(std::min(end + 1, line.size()));
    }
    if (count < 2) return std::nullopt;
    const auto time = parse_int(fields[0]);
    const auto value = parse_double(fields[1]);
    const auto step = count == 3 ? parse_int(fields[2]) : std::optional<std::int64_t>(0);
    if (!time || !value || !step) return std::nullopt;
    return MlflowPoint{*time, *step, *value, 0};
}

} // namespace isoloss
