#include "engine/importers/source_remarks.h"

#include "engine/base/file.h"

namespace isoloss {

void SourceRemarks::skip(const std::filesystem::path& path, std::string place, std::string reason) {
    skipped.push_back({path_text(path), std::move(place), std::move(reason)});
}

void SourceRemarks::skip(const Error& error) {
    skipped.push_back(
        {error.file, error.place, error.remedy.empty() ? error.reason : error.reason + ". " + error.remedy});
}

std::string shared_note(const std::string& text, int files) {
    return files == 1 ? text : text + " (" + std::to_string(files) + " files)";
}

} // namespace isoloss
