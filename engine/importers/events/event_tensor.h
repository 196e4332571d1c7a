#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace isoloss {

/// A rank-0 tensor as a number: the bits of a float, or of a double when `wide`.
struct ScalarTensor {
    std::uint64_t bits = 0;
    bool wide = false;
    bool inexact = false; ///< an int64 beyond 2^53 that a double cannot hold exactly
};

/// Decodes a TensorProto of rank 0 (an absent shape is rank 0) of type float, double, int32, int64, half or bfloat16,
/// from tensor_content or from its typed field. half and bfloat16 become float, integers double, all exactly where a
/// double can. Nothing for other types and shapes.
std::optional<ScalarTensor> decode_scalar_tensor(std::span<const std::byte> tensor);

} // namespace isoloss
