#include "engine/importers/checkpoint_import.h"

#include "engine/base/file.h"
#include "engine/checkpoints/checkpoint_folder.h"
#include "engine/importers/run_joining.h"

#include <optional>

namespace isoloss {

namespace {

namespace fs = std::filesystem;

// Larger ones are hashed when they are first measured, where the bytes are read anyway.
constexpr std::uintmax_t largest_hashed_at_once = 64u << 20;

std::string hash_if_small(const fs::path& folder, const CancellationToken& cancellation) {
    std::uintmax_t bytes = 0;
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(folder, ignored))
        if (entry.is_regular_file(ignored)) bytes += entry.file_size(ignored);
    if (bytes >= largest_hashed_at_once) return {};
    const auto hash = checkpoint_content_hash(folder, cancellation);
    return hash ? *hash : std::string();
}

const CheckpointRecord* find_checkpoint(const std::vector<CheckpointRecord>& known, const CheckpointFolder& found) {
    for (const CheckpointRecord& checkpoint : known)
        if (checkpoint.attempt == 1 && checkpoint.step == found.step) return &checkpoint;
    return nullptr;
}

} // namespace

Expected<void> import_checkpoint_folder(ImportSession& session, const fs::path& folder) {
    session.set_subject(path_text(folder.filename()));
    const auto found = read_checkpoint_folder(folder);
    if (!found) {
        session.skip(found.error());
        return {};
    }
    if (found->only_pickled_weights) {
        session.skip(
            folder, {},
            "the weights are pickled (pytorch_model.bin), which can run code and is never opened. Convert them "
            "with save_pretrained(…, safe_serialization=True) and import the folder again");
        return {};
    }
    if (!found->has_weights) {
        session.skip(folder, {}, "has a config but no weights. Add model.safetensors and import the folder again");
        return {};
    }
    const auto identities = known_as_checkpoint_folder(found->run_folder);
    ISOLOSS_TRY(std::optional<RunId> run, session.find_run(identities));
    std::vector<CheckpointRecord> known;
    if (run) {
        ISOLOSS_TRY(known, session.reader().checkpoints(*run));
    }
    const CheckpointRecord* before = find_checkpoint(known, *found);
    CheckpointRecord record;
    record.path = path_text(found->path);
    record.format = "huggingface";
    record.parameter_count = found->parameter_count;
    record.architecture = found->model_type;
    record.content_hash = hash_if_small(found->path, session.cancellation());
    if (session.cancelled()) return {};
    const bool is_new_run = !run;
    const auto store_all = [&](WriteSession& store) -> Expected<void> {
        if (!run) {
            ISOLOSS_TRY(run, store.ensure_run(identities.front(), found->run_name));
        } else {
            ISOLOSS_TRY_VOID(store.add_identity(*run, identities.front()));
        }
        ISOLOSS_TRY_VOID(store.merge_run_config(*run, found->config));
        ISOLOSS_TRY(const CheckpointId checkpoint, store.ensure_checkpoint(*run, 1, found->step));
        return store.update_checkpoint(checkpoint, record);
    };
    ISOLOSS_TRY_VOID(session.write(store_all));
    ++session.report.files;
    if (is_new_run) ++session.report.runs;
    if (before == nullptr) ++session.report.checkpoints;
    if (found->step)
        session.count_note(found->run_name + ": steps read from the " + found->step_source);
    else
        session.count_note(found->run_name + ": no step given, taken as the run's last checkpoint");
    return {};
}

} // namespace isoloss
