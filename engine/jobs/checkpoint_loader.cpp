#include "engine/jobs/checkpoint_loader.h"

#include "engine/checkpoints/checkpoint_folder.h"
#include "engine/checkpoints/safetensors.h"

namespace isoloss {

namespace {

Expected<ComparedModel> load_model(const std::filesystem::path& folder, const Architecture& architecture,
                                   Backend& backend, const LoadOptions& options, const CancellationToken& token) {
    const auto with_type = [&](ComputeType type) {
        LoadOptions typed = options;
        typed.type = type;
        return typed;
    };
    if (architecture.family == ModelFamily::script)
        return load_compared(
            [&](ComputeType type) {
                return backend.load_script(architecture, folder / script_module_name, with_type(type));
            },
            options.type, token);
    ISOLOSS_TRY(const auto tensors, SafetensorsSource::open_folder(folder));
    return load_compared([&](ComputeType type) { return backend.load(architecture, tensors, with_type(type)); },
                         options.type, token);
}

} // namespace

Expected<LoadedCheckpoint> load_checkpoint(const CheckpointRecord& checkpoint, Backend& backend,
                                           const LoadOptions& options, std::shared_ptr<TokenCache> token_cache,
                                           const CancellationToken& token) {
    const std::filesystem::path folder = checkpoint.path;
    if (checkpoint.path.empty()) return fail(ErrorKind::not_found, "the checkpoint has no files", "Import its folder");
    LoadedCheckpoint loaded;
    loaded.id = checkpoint.id;
    loaded.type = options.type;
    loaded.token_cache = std::move(token_cache);
    ISOLOSS_TRY(loaded.architecture, read_architecture(folder / "config.json"));
    ISOLOSS_TRY(loaded.tokenizer, load_tokenizer(folder));
    ISOLOSS_TRY(loaded.content_hash, checkpoint_content_hash(folder, token));
    ISOLOSS_TRY(ComparedModel compared, load_model(folder, loaded.architecture, backend, options, token));
    loaded.model = std::move(compared.model);
    loaded.precision = compared.difference;
    loaded.batch_tokens = loaded.model->batch_tokens();
    return loaded;
}

} // namespace isoloss
