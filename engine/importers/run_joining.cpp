#include "engine/importers/run_joining.h"

#include "engine/base/file.h"
#include "engine/checkpoints/checkpoint_folder.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace isoloss {

namespace fs = std::filesystem;

namespace {

constexpr std::array log_folders{"logs", "log", "tb", "tensorboard", "tensorboard_logs", "tb_logs", "events"};
constexpr std::array checkpoint_folders{"checkpoints", "checkpoint", "ckpts", "ckpt", "weights", "models", "hf"};

constexpr int most_wandb_folders = 10'000;
constexpr auto trainer_log_folder = "runs";
constexpr std::size_t most_log_folders = 256;

// What W&B draws: eight of a–z and 0–9. Words, and words with a number behind them, are taken for a person's.
bool is_drawn_wandb_id(std::string_view id) {
    if (id.size() != 8 || id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789") != id.npos) return false;
    const auto digit = id.find_first_of("0123456789");
    return digit != id.npos && id.find_first_of("abcdefghijklmnopqrstuvwxyz", digit) != id.npos;
}

// Whether the folder `wandb` has run folders of this id only: their names end with "-ID".
bool holds_only_wandb_run(const fs::path& folder, std::string_view id) {
    std::error_code error;
    int entries = 0;
    for (auto at = fs::directory_iterator(folder, error); !error && at != fs::directory_iterator();
         at.increment(error)) {
        const std::string name = at->path().filename().string();
        const bool is_run = name.starts_with("run-") || name.starts_with("offline-run-");
        if (is_run && !name.ends_with("-" + std::string(id))) return false;
        if (++entries > most_wandb_folders) return false;
    }
    return !error;
}

template <typename Names>
bool is_one_of(const fs::path& name, const Names& names) {
    return std::find(names.begin(), names.end(), name.string()) != names.end();
}

std::string key_of(const fs::path& folder) {
    std::error_code ignored;
    const fs::path canonical = fs::weakly_canonical(folder, ignored);
    return path_text(canonical.empty() ? folder : canonical);
}

} // namespace

namespace identity {

RunIdentity event_folder(const fs::path& folder) {
    return {"event_folder", key_of(folder)};
}

RunIdentity checkpoint_folder(const fs::path& run_folder) {
    return {"checkpoint_folder", key_of(run_folder)};
}

RunIdentity harness_model(std::string_view key) {
    return {"harness_model", std::string(key)};
}

RunIdentity wandb_run(std::string_view project, std::string_view id) {
    if (project.empty() || is_drawn_wandb_id(id)) return {"wandb_run", std::string(id)};
    return {"wandb_run", std::string(project) + "/" + std::string(id)};
}

RunIdentity mlflow_run(std::string_view uuid) {
    return {"mlflow_run", std::string(uuid)};
}

RunIdentity trackio_run(std::string_view key) {
    return {"trackio_run", std::string(key)};
}

RunIdentity training_log(const fs::path& file) {
    return {"training_log", key_of(file)};
}

RunIdentity trainer_folder(const fs::path& folder) {
    return {"trainer_folder", key_of(folder)};
}

RunIdentity study_model(std::string_view name) {
    return {"study_model", std::string(name)};
}

RunIdentity study_model_uuid(std::string_view uuid) {
    return {"study_model_uuid", std::string(uuid)};
}

RunIdentity score_file(const fs::path& file) {
    return {"score_file", key_of(file)};
}

RunIdentity table_folder(const fs::path& folder) {
    return {"table_folder", key_of(folder)};
}

RunIdentity table_run(const fs::path& folder, std::string_view name) {
    return {"table_run", key_of(folder) + "#" + std::string(name)};
}

RunIdentity ruled_run(std::string_view name) {
    return {"ruled_run", std::string(name)};
}

} // namespace identity

std::vector<RunIdentity> known_as_event_folder(const fs::path& folder) {
    std::vector<RunIdentity> identities{identity::event_folder(folder), identity::checkpoint_folder(folder),
                                        identity::trainer_folder(folder), identity::table_folder(folder)};
    for (const char* inside : checkpoint_folders)
        identities.push_back(identity::checkpoint_folder(folder / inside));
    if (is_one_of(folder.filename(), log_folders)) {
        const fs::path around = folder.parent_path();
        identities.push_back(identity::checkpoint_folder(around));
        identities.push_back(identity::trainer_folder(around));
        for (const char* inside : checkpoint_folders)
            identities.push_back(identity::checkpoint_folder(around / inside));
    }
    // Only a trainer's: anyone's runs lie in a folder called runs.
    if (folder.parent_path().filename() == trainer_log_folder)
        identities.push_back(identity::trainer_folder(folder.parent_path().parent_path()));
    return identities;
}

std::vector<RunIdentity> known_as_checkpoint_folder(const fs::path& run_folder) {
    std::vector<RunIdentity> identities{identity::checkpoint_folder(run_folder), identity::event_folder(run_folder),
                                        identity::table_folder(run_folder)};
    const auto add_logs = [&](const fs::path& folder) {
        for (const char* inside : log_folders)
            identities.push_back(identity::event_folder(folder / inside));
    };
    add_logs(run_folder);
    if (is_one_of(run_folder.filename(), checkpoint_folders)) {
        identities.push_back(identity::event_folder(run_folder.parent_path()));
        add_logs(run_folder.parent_path());
    }
    return identities;
}

std::vector<RunIdentity> known_as_harness_model(std::string_view key, const fs::path& local_path) {
    std::vector<RunIdentity> identities{identity::harness_model(key)};
    if (local_path.empty()) return identities;
    fs::path run_folder = local_path;
    if (const auto step = step_in_name(local_path.filename().string())) {
        run_folder = local_path.parent_path();
        if (!step->name_without.empty()) run_folder /= step->name_without;
    }
    for (RunIdentity& known : known_as_checkpoint_folder(run_folder))
        identities.push_back(std::move(known));
    return identities;
}

std::vector<RunIdentity> known_as_wandb_run(std::string_view id, const fs::path& run_folder) {
    std::vector<RunIdentity> identities{identity::event_folder(run_folder),
                                        identity::event_folder(run_folder / "files"),
                                        identity::checkpoint_folder(run_folder / "files")};
    const fs::path all_runs = run_folder.parent_path();
    if (all_runs.filename() != "wandb" || !holds_only_wandb_run(all_runs, id)) return identities;
    for (RunIdentity& known : known_as_event_folder(all_runs.parent_path()))
        identities.push_back(std::move(known));
    return identities;
}

std::vector<RunIdentity> identities_of_trainer_folder(const fs::path& folder) {
    return {identity::trainer_folder(folder), identity::checkpoint_folder(folder)};
}

std::vector<RunIdentity> known_as_trainer_folder(const fs::path& folder) {
    std::vector<RunIdentity> identities = known_as_checkpoint_folder(folder);
    std::error_code none;
    std::vector<fs::path> logs;
    for (auto at = fs::directory_iterator(folder / trainer_log_folder, none);
         !none && at != fs::directory_iterator() && logs.size() < most_log_folders; at.increment(none))
        logs.push_back(at->path());
    std::sort(logs.begin(), logs.end());
    for (const fs::path& log : logs)
        identities.push_back(identity::event_folder(log));
    return identities;
}

} // namespace isoloss
