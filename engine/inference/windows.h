#pragma once

#include "engine/base/error.h"
#include "engine/inference/backend.h"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace isoloss {

/// How a document that may be longer than the model is cut into windows.
struct WindowOptions {
    std::int64_t max_length = 0; ///< tokens of one forward pass, context included; at least 2
    /// Tokens by which windows advance. 0, or max_length − 1 and more: windows do not overlap. Less: each window
    /// repeats tokens of the one before as context, which is not scored again.
    std::int64_t stride = 0;
    std::optional<std::int32_t> bos; ///< put in front of every window; counts towards max_length
};

/// One item per window, each with one continuation. The continuations in order are the tokens of the document from
/// `skipped` on, each exactly once.
struct WindowPlan {
    std::vector<ScoringItem> items;
    std::int64_t scored = 0;
    std::int64_t skipped = 0; ///< without a BOS token the first token has no context: 1, else 0
};

/// Windows over one document. Fails with usage on a max_length below 2 or a negative stride. Any thread.
Expected<WindowPlan> plan_windows(std::span<const std::int32_t> tokens, const WindowOptions& options);

} // namespace isoloss
