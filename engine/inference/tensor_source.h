#pragma once

#include "engine/base/error.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace isoloss {

enum class TensorType { boolean, u8, i8, u16, i16, u32, i32, u64, i64, f16, bf16, f32, f64, f8_e4m3, f8_e5m2, unknown };

struct TensorInfo {
    std::string name;
    TensorType type = TensorType::unknown;
    std::string type_name; ///< as the file spells it
    std::vector<std::int64_t> shape;
    std::uint64_t bytes = 0;
};

/// Where the weights of a checkpoint come from. The engine's safetensors reader implements it; tests use fakes.
class TensorSource {
public:
    virtual ~TensorSource() = default;
    /// All tensors; names are unique, bytes match shape × type.
    virtual const std::vector<TensorInfo>& tensors() const = 0;
    /// Copies the bytes of a tensor (little endian, row-major); `buffer` has exactly `bytes` of its TensorInfo.
    virtual Expected<void> read(std::string_view name, std::span<std::byte> buffer) const = 0;
    /// For messages.
    virtual std::string description() const = 0;
};

} // namespace isoloss
