#pragma once

#include "engine/store/records.h"

#include <filesystem>
#include <vector>

namespace isoloss {

/// Identities and joining (HOUSE.md). Folders are identified by their canonical absolute path, so the same folder
/// imported from another root is the same run; names are relative to the imported root. A folder that was moved is a
/// new run.
namespace identity {
RunIdentity event_folder(const std::filesystem::path& folder);
RunIdentity checkpoint_folder(const std::filesystem::path& run_folder);
RunIdentity harness_model(std::string_view key);
/// Ids that W&B has drawn are unique; one that a person chose ("baseline") is so within its project only.
RunIdentity wandb_run(std::string_view project, std::string_view id);
RunIdentity mlflow_run(std::string_view uuid);
/// `key`: the run's id, of older databases the file and the run's name.
RunIdentity trackio_run(std::string_view key);
RunIdentity training_log(const std::filesystem::path& file);
RunIdentity trainer_folder(const std::filesystem::path& folder);
/// A model of a scaling study, by the name that the study gives it; by its uuid where files of the study carry one.
RunIdentity study_model(std::string_view name);
RunIdentity study_model_uuid(std::string_view uuid);
/// A file of scores that has no other name for its run.
RunIdentity score_file(const std::filesystem::path& file);
/// A log that is a table on its own in its folder: metrics.csv.
RunIdentity table_folder(const std::filesystem::path& folder);
/// A run that tables in one folder name.
RunIdentity table_run(const std::filesystem::path& folder, std::string_view name);
/// A run that a person's rule names, whatever it was found in.
RunIdentity ruled_run(std::string_view name);
} // namespace identity

/// The identities under which a run may already be known when its event files lie in `folder`, the surest first: the
/// folder itself, the checkpoints in it, and, for a folder called logs, tb or the like, the run around it.
std::vector<RunIdentity> known_as_event_folder(const std::filesystem::path& folder);

/// The same for a run whose checkpoints lie in `run_folder`: itself, its event files, those in logs, tb or the like
/// inside it, and, for a folder called checkpoints or the like, the run around it.
std::vector<RunIdentity> known_as_checkpoint_folder(const std::filesystem::path& run_folder);

/// The same for a harness result: the model's key, then, when `pretrained=` was a path, the run whose checkpoint it is.
std::vector<RunIdentity> known_as_harness_model(std::string_view key, const std::filesystem::path& local_path);

/// The same for a W&B run whose log lies in `run_folder`: event files among its files and, when the folder `wandb` that
/// it lies in holds no other run, those and the checkpoints of the folder around.
std::vector<RunIdentity> known_as_wandb_run(std::string_view id, const std::filesystem::path& run_folder);
/// The identities of a run whose trainer (trainer_state.json) works in `folder`: itself, and its checkpoints in it.
std::vector<RunIdentity> identities_of_trainer_folder(const std::filesystem::path& folder);

/// The same as above for a trainer's folder: its checkpoints, and its event files in it, in logs or the like, and in
/// the folders that the trainer makes for them in runs.
std::vector<RunIdentity> known_as_trainer_folder(const std::filesystem::path& folder);

} // namespace isoloss
