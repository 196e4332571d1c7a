#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>

namespace isoloss {

/// The files of one scaling study: models and their evaluations, in one folder or in folders beside each other that are
/// called models and evals or the like.
struct StudyFiles {
    std::set<std::filesystem::path> models;
    std::set<std::filesystem::path> evaluations;
};

/// The folder that holds a study: the one around a folder that is called models, evals or the like, else the folder.
std::filesystem::path study_folder(const std::filesystem::path& folder);

/// Whether folders of a study lie in this folder.
bool holds_study(const std::filesystem::path& folder);

/// Adds the partners that lie beside but were not named: for each model its evaluations, for each evaluation its
/// model, by their file names. `seen`: folders that were looked through as a whole.
void add_partners(const std::filesystem::path& study, const std::set<std::filesystem::path>& seen, StudyFiles& files);

} // namespace isoloss
