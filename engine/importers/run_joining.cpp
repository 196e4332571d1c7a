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

} // namespace identity

std::vector<RunIdentity> known_as_event_folder(const fs::path& folder) {
    std::vector<RunIdentity> identities{identity::event_folder(folder), identity::checkpoint_folder(folder)};
    for (const char* inside : checkpoint_folders)
        identities.push_back(identity::checkpoint_folder(folder / inside));
    if (is_one_of(folder.filename(), log_folders)) {
        const fs::path around = folder.parent_path();
        identities.push_back(identity::checkpoint_folder(around));
        for (const char* inside : checkpoint_folders)
            identities.push_back(identity::checkpoint_folder(around / inside));
    }
    return identities;
}

std::vector<RunIdentity> known_as_checkpoint_folder(const fs::path& run_folder) {
    std::vector<RunIdentity> identities{identity::checkpoint_folder(run_folder), identity::event_folder(run_folder)};
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

} // namespace isoloss
