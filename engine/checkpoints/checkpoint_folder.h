#pragma once

#include "engine/base/cancellation.h"
#include "engine/base/error.h"
#include "engine/inference/architecture.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace isoloss {

/// config.json → Architecture. An unknown model_type says what is unknown; impossible sizes are refused before anything
/// is allocated (BAD_INPUTS.md row 71).
Expected<Architecture> read_architecture(const std::filesystem::path& config_json);

/// The TorchScript module of a folder whose config.json has the model_type "torchscript".
inline constexpr const char* script_module_name = "model.pt";

/// What a Hugging Face checkpoint folder says about itself without its weights being read.
struct CheckpointFolder {
    std::filesystem::path path;
    std::string model_type;
    std::string config = "{}";        ///< config.json as compact JSON
    std::optional<std::int64_t> step; ///< from the folder name: checkpoint-500, step1000, global_step500, …
    std::string step_source;          ///< "folder name", "trainer_state.json", empty
    std::string run_name;             ///< the folder's or its parent's name, step suffix taken off
    /// The run's identity: the folder that holds its checkpoints. For "a-step10" beside "b-step10" that is the parent
    /// folder with the name without the step, which need not exist.
    std::filesystem::path run_folder;
    std::optional<std::int64_t> parameter_count; ///< from the safetensors header; tied weights are stored once
    bool has_weights = false;
    bool only_pickled_weights = false; ///< pytorch_model.bin and no safetensors: never opened
};

bool looks_like_checkpoint_folder(const std::filesystem::path& folder);
Expected<CheckpointFolder> read_checkpoint_folder(const std::filesystem::path& folder);

/// Finds the step in a name ("step1000", "checkpoint-500", "160m_step1000", "revision=step3000") and answers the name
/// without it.
struct StepInName {
    std::int64_t step = 0;
    std::string name_without;
};

std::optional<StepInName> step_in_name(std::string_view name);

/// Content hash over the weight files and the config, in name order; stops between blocks of 4 MiB when cancelled. A
/// folder with only pickled weights is ErrorKind::untrusted and its remedy says how to convert it.
Expected<std::string> checkpoint_content_hash(const std::filesystem::path& folder, const CancellationToken& token = {});

} // namespace isoloss
