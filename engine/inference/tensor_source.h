#pragma once

#include "engine/base/error.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
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

/// What mapped tensors lie in.
class TensorMemory {
public:
    virtual ~TensorMemory() = default;
    /// Fails when the bytes are no longer what they were when the source was opened: what was computed from them since
    /// is worth nothing. Any thread.
    virtual Expected<void> check() const = 0;
};

/// The bytes of a tensor where they lie. They may be written to, which nobody else sees.
struct MappedTensor {
    std::span<std::byte> bytes;
    std::shared_ptr<const TensorMemory> memory; ///< the bytes stay as long as it does
};

/// Where the weights of a checkpoint come from. The engine's safetensors reader implements it; tests use fakes.
class TensorSource {
public:
    virtual ~TensorSource() = default;
    /// All tensors; names are unique, bytes match shape × type.
    virtual const std::vector<TensorInfo>& tensors() const = 0;
    /// Copies the bytes of a tensor (little endian, row-major); `buffer` has exactly `bytes` of its TensorInfo.
    virtual Expected<void> read(std::string_view name, std::span<std::byte> buffer) const = 0;

    /// The same bytes without a copy; nothing where the source has no such memory. One thread at a time.
    virtual std::optional<MappedTensor> map(std::string_view) const { return std::nullopt; }

    /// For messages.
    virtual std::string description() const = 0;
};

} // namespace isoloss
