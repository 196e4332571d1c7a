#include "engine/inference/torch/weights.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/from_blob.h>
#include <algorithm>
#include <optional>

namespace isoloss::torch_module {

namespace {

std::optional<at::ScalarType> scalar_type(TensorType type) {
    switch (type) {
    case TensorType::f16:
        return at::kHalf;
    case TensorType::bf16:
        return at::kBFloat16;
    case TensorType::f32:
        return at::kFloat;
    case TensorType::f64:
        return at::kDouble;
    default:
        return std::nullopt;
    }
}

std::string shape_text(const std::vector<std::int64_t>& shape) {
    std::string text = "[";
    for (const std::int64_t size : shape)
        text += (text.size() > 1 ? ", " : "") + std::to_string(size);
    return text + "]";
}

/// Bytes of a shape; nothing on overflow or a negative size.
std::optional<std::uint64_t> shape_bytes(const std::vector<std::int64_t>& shape, std::uint64_t element) {
    std::uint64_t bytes = element;
    for (const std::int64_t size : shape)
        if (size < 0 || __builtin_mul_overflow(bytes, static_cast<std::uint64_t>(size), &bytes)) return std::nullopt;
    return bytes;
}

constexpr const char* other_model = "Check that the weights and config.json belong to the same model";

} // namespace

WeightReader::WeightReader(const TensorSource& source, std::string prefix, at::Device device, at::ScalarType type)
    : source_(source), prefix_(std::move(prefix)), device_(device), type_(type) {
    for (const TensorInfo& info : source.tensors())
        infos_.emplace(info.name, &info);
}

const TensorInfo* WeightReader::find(std::string_view name) const {
    const std::string prefixed = prefix_ + std::string(name);
    if (const auto found = infos_.find(prefixed); found != infos_.end()) return found->second;
    const auto found = infos_.find(name);
    return found == infos_.end() ? nullptr : found->second;
}

Error WeightReader::tensor_error(ErrorKind kind, std::string_view name, std::string reason, std::string remedy) const {
    return {kind, source_.description(), "tensor " + std::string(name), std::move(reason), std::move(remedy)};
}

Expected<WeightReader::Stored> WeightReader::stored_tensor(const TensorInfo& info) {
    const auto type = scalar_type(info.type);
    if (!type)
        return fail(
            tensor_error(ErrorKind::unsupported, info.name,
                         "is stored as " + info.type_name + ", which is no weight type that Isoloss computes with",
                         "Convert the checkpoint to F32, BF16, F16 or F64"));
    if (shape_bytes(info.shape, c10::elementSize(*type)) != info.bytes)
        return fail(tensor_error(ErrorKind::damaged, info.name,
                                 "holds " + std::to_string(info.bytes) + " bytes, which do not fit shape " +
                                     shape_text(info.shape),
                                 "Download or write the file again"));
    if (const auto mapped = source_.map(info.name);
        mapped && reinterpret_cast<std::uintptr_t>(mapped->bytes.data()) % c10::elementSize(*type) == 0) {
        memories_.insert(mapped->memory);
        const auto release = [memory = mapped->memory](void*) {};
        const at::Tensor there = at::from_blob(mapped->bytes.data(), info.shape, release, at::dtype(*type));
        const at::Tensor value = there.to(device_, type_);
        return Stored{&info, value, value.is_alias_of(there) ? mapped->memory : nullptr};
    }
    at::Tensor stored = at::empty(info.shape, *type);
    const std::span buffer(static_cast<std::byte*>(stored.data_ptr()), static_cast<std::size_t>(info.bytes));
    ISOLOSS_TRY_VOID(source_.read(info.name, buffer));
    return Stored{&info, stored.to(device_, type_)};
}

Expected<WeightReader::Stored> WeightReader::read_checked(std::string_view name,
                                                          const std::vector<std::int64_t>& shape) {
    const TensorInfo* info = find(name);
    if (info == nullptr)
        return fail(tensor_error(ErrorKind::damaged, prefix_ + std::string(name),
                                 "is missing; the configuration asks for it with shape " + shape_text(shape),
                                 other_model));
    if (info->shape != shape)
        return fail(tensor_error(ErrorKind::damaged, info->name,
                                 "has shape " + shape_text(info->shape) + ", but the configuration asks for " +
                                     shape_text(shape),
                                 other_model));
    used_.insert(info->name);
    return stored_tensor(*info);
}

at::Tensor WeightReader::registered(Stored stored, WeightRole role) {
    stored.value.requires_grad_(true);
    parameters_.push_back({stored.info->name, stored.value, role == WeightRole::embedding, std::move(stored.memory)});
    return stored.value;
}

Expected<at::Tensor> WeightReader::read(std::string_view name, const std::vector<std::int64_t>& shape,
                                        WeightRole role) {
    ISOLOSS_TRY(Stored stored, read_checked(name, shape));
    return registered(std::move(stored), role);
}

Expected<Linear> WeightReader::read_linear(std::string_view name, std::int64_t out, std::int64_t in, bool bias,
                                           LinearLayout layout) {
    const std::string base(name);
    const bool transposed = layout == LinearLayout::in_out;
    Linear linear;
    ISOLOSS_TRY(Stored weight,
                read_checked(base + ".weight", transposed ? std::vector{in, out} : std::vector{out, in}));
    if (transposed) weight = {weight.info, weight.value.t().contiguous()};
    linear.weight = registered(std::move(weight), WeightRole::ordinary);
    if (bias) {
        ISOLOSS_TRY(linear.bias, read(base + ".bias", {out}));
    }
    return linear;
}

Expected<LayerNorm> WeightReader::read_layer_norm(std::string_view name, std::int64_t width, double epsilon) {
    const std::string base(name);
    LayerNorm norm;
    norm.epsilon = epsilon;
    const bool early = !has(base + ".weight") && has(base + ".gamma");
    ISOLOSS_TRY(norm.weight, read(base + (early ? ".gamma" : ".weight"), {width}));
    ISOLOSS_TRY(norm.bias, read(base + (early ? ".beta" : ".bias"), {width}));
    return norm;
}

Expected<Norm> WeightReader::read_norm(std::string_view name, NormKind kind, std::int64_t width, double epsilon) {
    if (kind == NormKind::layer_without_weights) return LayerNorm{.epsilon = epsilon};
    if (kind == NormKind::layer_without_bias) {
        LayerNorm norm{.epsilon = epsilon};
        ISOLOSS_TRY(norm.weight, read(std::string(name) + ".weight", {width}));
        return norm;
    }
    if (kind == NormKind::layer) {
        ISOLOSS_TRY(const LayerNorm norm, read_layer_norm(name, width, epsilon));
        return norm;
    }
    RmsNorm norm{.epsilon = epsilon, .around_one = kind == NormKind::rms_around_one};
    ISOLOSS_TRY(norm.weight, read(std::string(name) + ".weight", {width}));
    return norm;
}

Expected<at::Tensor> WeightReader::read_head(std::string_view layer, bool tied, const at::Tensor& embedding,
                                             std::int64_t vocabulary, std::int64_t width) {
    const std::string name = std::string(layer) + ".weight";
    const std::vector shape{vocabulary, width};
    if (!tied) return read(name, shape);
    if (find(name) != nullptr) {
        ISOLOSS_TRY(const Stored stored, read_checked(name, shape));
        if (!at::equal(stored.value, embedding))
            return fail(tensor_error(ErrorKind::damaged, name,
                                     "differs from the token embeddings, but the configuration ties the two",
                                     "Set tie_word_embeddings to false in config.json if the output layer is its own"));
    }
    return embedding;
}

Expected<std::vector<Parameter>> WeightReader::finish(const std::vector<std::string_view>& ignored) {
    for (const TensorInfo& info : source_.tensors()) {
        const auto ends_name = [&](std::string_view ending) { return info.name.ends_with(ending); };
        if (used_.contains(info.name) || std::ranges::any_of(ignored, ends_name)) continue;
        return fail(tensor_error(ErrorKind::damaged, info.name,
                                 "of shape " + shape_text(info.shape) + " has no place in the configured architecture",
                                 other_model));
    }
    // What was copied out of a file is right only if the file was whole all the time.
    for (const auto& memory : memories_)
        ISOLOSS_TRY_VOID(memory->check());
    return std::move(parameters_);
}

} // namespace isoloss::torch_module
