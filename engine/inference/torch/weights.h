#pragma once

#include "engine/base/error.h"
#include "engine/inference/architecture.h"
#include "engine/inference/tensor_source.h"
#include "engine/inference/torch/layers.h"
#include "engine/inference/torch/network.h"

#include <ATen/core/Tensor.h>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace isoloss::torch_module {

enum class WeightRole { ordinary, embedding };
/// How a file stores the weight of a linear layer: [out, in], or [in, out] as GPT-2's Conv1D does.
enum class LinearLayout { out_in, in_out };

/// Takes the weights of one model out of a TensorSource: checks names, shapes and types, converts to the compute type
/// on the device and registers every weight as a parameter.
class WeightReader {
public:
    /// Names may stand in the file with or without `prefix`.
    WeightReader(const TensorSource& source, std::string prefix, at::Device device, at::ScalarType type);

    Expected<at::Tensor> read(std::string_view name, const std::vector<std::int64_t>& shape,
                              WeightRole role = WeightRole::ordinary);
    /// `name`.weight and, when asked for, `name`.bias.
    Expected<Linear> read_linear(std::string_view name, std::int64_t out, std::int64_t in, bool bias,
                                 LinearLayout layout);
    /// `name`.weight and `name`.bias, which early BERT files call gamma and beta.
    Expected<LayerNorm> read_layer_norm(std::string_view name, std::int64_t width, double epsilon);
    /// The normalisation of kind `kind`; without weights nothing is read.
    Expected<Norm> read_norm(std::string_view name, NormKind kind, std::int64_t width, double epsilon);
    /// The weight of the output layer, `name`.weight, or `embedding` when the two are tied; a tied file that also holds
    /// a different output layer is refused.
    Expected<at::Tensor> read_head(std::string_view name, bool tied, const at::Tensor& embedding,
                                   std::int64_t vocabulary, std::int64_t width);

    bool has(std::string_view name) const { return find(name) != nullptr; }

    /// Call last: fails when a tensor was not used, but for those whose names end in one of `ignored` (buffers that
    /// follow from the configuration).
    Expected<std::vector<Parameter>> finish(const std::vector<std::string_view>& ignored);

private:
    const TensorInfo* find(std::string_view name) const;
    Error tensor_error(ErrorKind kind, std::string_view name, std::string reason, std::string remedy) const;

    /// A tensor of the file with what the file says of it.
    struct Stored {
        const TensorInfo* info = nullptr;
        at::Tensor value;
        std::shared_ptr<const TensorMemory> memory{}; ///< the value lies in it
    };

    Expected<Stored> stored_tensor(const TensorInfo& info);

    Expected<Stored> read_checked(std::string_view name, const std::vector<std::int64_t>& shape);
    at::Tensor registered(Stored stored, WeightRole role);

    const TensorSource& source_;
    std::string prefix_;
    at::Device device_;
    at::ScalarType type_;
    std::unordered_map<std::string_view, const TensorInfo*> infos_;
    std::set<std::string_view> used_;
    std::vector<Parameter> parameters_;
    std::set<std::shared_ptr<const TensorMemory>> memories_; ///< that tensors were read from
};

} // namespace isoloss::torch_module
