#include "engine/importers/studies/study_files.h"

#include "engine/importers/studies/study_evaluation.h"

#include <algorithm>
#include <array>
#include <system_error>

namespace isoloss {

namespace fs = std::filesystem;

namespace {

constexpr std::array folder_names{"models", "model", "evals", "eval", "evaluations", "model_jsons"};
constexpr std::size_t most_neighbours = 100'000;

bool is_evaluation_name(const std::string& stem) {
    return stem.starts_with("evaluation_");
}

std::set<std::string> names_of(const std::set<fs::path>& files) {
    std::set<std::string> names;
    for (const fs::path& file : files)
        names.insert(study_name_of_file(file.stem().string()));
    return names;
}

} // namespace

fs::path study_folder(const fs::path& folder) {
    const std::string name = folder.filename().string();
    const bool inside = std::find(folder_names.begin(), folder_names.end(), name) != folder_names.end();
    return inside && folder.has_parent_path() ? folder.parent_path() : folder;
}

bool holds_study(const fs::path& folder) {
    return std::any_of(folder_names.begin(), folder_names.end(), [&](const char* name) {
        std::error_code none;
        return fs::is_directory(folder / name, none);
    });
}

void add_partners(const fs::path& study, const std::set<fs::path>& seen, StudyFiles& files) {
    const std::set<std::string> models = names_of(files.models), evaluations = names_of(files.evaluations);
    std::vector<fs::path> folders{study};
    for (const char* name : folder_names)
        folders.push_back(study / name);
    for (const fs::path& folder : folders) {
        if (seen.contains(folder)) continue;
        std::error_code error;
        std::size_t count = 0;
        for (auto at = fs::directory_iterator(folder, error);
             !error && at != fs::directory_iterator() && count < most_neighbours; at.increment(error), ++count) {
            const fs::path& path = at->path();
            if (path.extension() != ".json") continue;
            const std::string stem = path.stem().string();
            const std::string name = study_name_of_file(stem);
            const bool is_evaluation = is_evaluation_name(stem);
            if (!(is_evaluation ? models : evaluations).contains(name)) continue;
            (is_evaluation ? files.evaluations : files.models).insert(path);
        }
    }
}

} // namespace isoloss
