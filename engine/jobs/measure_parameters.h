#pragma once

#include "engine/base/error.h"
#include "engine/inference/backend.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace isoloss {

/// Curvature passes, which need all of their data at once, measure so many tokens from its front when there is no
/// limit.
constexpr std::int64_t curvature_tokens = 16'384;

/// Settings of a measurement that change its result and so belong to the job's identity.
struct MeasureParameters {
    enum class Bos { as_tokenizer, yes, no } bos = Bos::as_tokenizer;
    std::optional<std::int64_t> window; ///< tokens; none: the model's longest sequence
    std::optional<std::int64_t> stride; ///< none: the window, no overlap
    std::string type = "float32";       ///< "float32", "bfloat16", "float16", "tf32"
    std::uint64_t seed = 0;
    /// At most so many items, labelled rows or tokens of the data. None: all; for curvature the first
    /// curvature_tokens.
    std::optional<std::int64_t> limit;
    int probes = CurvatureOptions{}.probes;                               ///< hessian_trace: random sign vectors
    CurvatureOptions::Ascent ascent = CurvatureOptions::Ascent::gradient; ///< sam_sharpness: where to climb

    static constexpr int most_probes = 1'000'000;

    std::string canonical_json() const; ///< sorted keys; only what differs from the default
    /// Reads canonical_json back; fails with usage on an unknown name or an impossible number.
    static Expected<MeasureParameters> parse(std::string_view json);
    /// The number type; fails with usage on another word.
    Expected<ComputeType> compute_type() const;
};

} // namespace isoloss
