#pragma once

#include "engine/base/error.h"
#include "engine/inference/backend.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace isoloss {

/// Settings of a measurement that change its result and so belong to the job's identity.
struct MeasureParameters {
    enum class Bos { as_tokenizer, yes, no } bos = Bos::as_tokenizer;
    std::optional<std::int64_t> window; ///< tokens; none: the model's longest sequence
    std::optional<std::int64_t> stride; ///< none: the window, no overlap
    std::string type = "float32";       ///< "float32", "bfloat16", "float16"
    std::uint64_t seed = 0;
    std::optional<std::int64_t> limit; ///< at most so many items or tokens of the data

    std::string canonical_json() const; ///< sorted keys; only what differs from the default
    /// Reads canonical_json back; fails with usage on an unknown name or an impossible number.
    static Expected<MeasureParameters> parse(std::string_view json);
    /// The number type; fails with usage on another word.
    Expected<ComputeType> compute_type() const;
};

} // namespace isoloss
