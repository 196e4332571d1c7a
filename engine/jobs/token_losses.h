#pragma once

#include "engine/base/cancellation.h"
#include "engine/base/error.h"
#include "engine/jobs/checkpoint_loader.h"
#include "engine/jobs/measure_parameters.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace isoloss {

/// How hard a model finds every token of a text.
struct TokenLosses {
    CheckpointId checkpoint;
    std::string tokenizer_hash; ///< only texts that are cut alike can be compared token by token
    std::vector<std::int32_t> ids;
    std::vector<std::uint32_t> bytes; ///< of the text that each token covers; their sum is the text's size
    /// ln p of each token, nats: of a causal model given those before it in its window, of a masked one given all
    /// others. None for a token without anything before it.
    std::vector<std::optional<double>> log_probs;

    /// −Σ ln p / number of scored tokens, nats; none where nothing was scored.
    std::optional<double> loss() const;
    /// −Σ ln p / (bytes of the whole text · ln 2).
    std::optional<double> bits_per_byte() const;
};

/// Longest text that is read token by token: a person looks at it.
constexpr std::size_t most_read_text = 1 << 20;

/// Windows and first token are those of `loss` and `mlm_loss`, so that the sums agree. Fails with limit on a longer
/// text. The engine's thread.
Expected<TokenLosses> token_losses(const LoadedCheckpoint& checkpoint, std::string_view text,
                                   const MeasureParameters& parameters, const CancellationToken& token);

} // namespace isoloss
