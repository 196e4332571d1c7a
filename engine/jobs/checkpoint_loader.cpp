#include "engine/jobs/checkpoint_loader.h"

#include "engine/checkpoints/checkpoint_folder.h"
#include "engine/checkpoints/safetensors.h"

namespace isoloss {

Expected<LoadedCheckpoint> load_checkpoint(const CheckpointRecord& checkpoint, Backend& backend,
                                           const LoadOptions& options, const CancellationToken& token) {
    const std::filesystem::path folder = checkpoint.path;
    if (checkpoint.path.empty()) return fail(ErrorKind::not_found, "the checkpoint has no files", "Import its folder");
    LoadedCheckpoint loaded;
    loaded.id = checkpoint.id;
    loaded.type = options.type;
    ISOLOSS_TRY(loaded.architecture, read_architecture(folder / "config.json"));
    ISOLOSS_TRY(loaded.tokenizer, load_tokenizer(folder));
    ISOLOSS_TRY(const auto tensors, SafetensorsSource::open_folder(folder));
    ISOLOSS_TRY(loaded.content_hash, checkpoint_content_hash(folder, token));
    ISOLOSS_TRY(loaded.model, backend.load(loaded.architecture, tensors, options));
    return loaded;
}

} // namespace isoloss
