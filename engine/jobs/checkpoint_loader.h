#pragma once

#include "engine/base/cancellation.h"
#include "engine/base/error.h"
#include "engine/datasets/tokenizers/tokenizer.h"
#include "engine/inference/backend.h"
#include "engine/inference/precision.h"
#include "engine/jobs/token_cache.h"
#include "engine/store/records.h"

#include <memory>
#include <optional>
#include <string>

namespace isoloss {

/// A checkpoint in memory, ready to be measured. The engine thread's.
struct LoadedCheckpoint {
    CheckpointId id;
    ComputeType type = ComputeType::float32;
    std::string content_hash;
    Architecture architecture;
    std::unique_ptr<Tokenizer> tokenizer;
    std::shared_ptr<TokenCache> token_cache; ///< outlives the checkpoint: the next one may have the same tokenizer
    std::unique_ptr<Model> model;
    std::optional<PrecisionDifference> precision; ///< from float32, where the type is another
    std::int64_t batch_tokens = 0;                ///< of the model when it was loaded: every pass begins with these
};

/// Reads config, tokenizer and weights of the checkpoint's folder and hands the weights to the backend. Every error
/// names the file that it is about.
Expected<LoadedCheckpoint> load_checkpoint(const CheckpointRecord& checkpoint, Backend& backend,
                                           const LoadOptions& options, std::shared_ptr<TokenCache> token_cache,
                                           const CancellationToken& token);

} // namespace isoloss
