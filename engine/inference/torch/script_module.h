#pragma once

#include "engine/base/error.h"
#include "engine/inference/architecture.h"
#include "engine/inference/script_archive.h"

#include <ATen/core/Tensor.h>
#include <string>
#include <torch/csrc/jit/api/module.h>
#include <vector>

namespace isoloss::torch_module {

/// A TorchScript module whose methods are called with one tensor: token ids [rows, length] int64 or pictures [n,
/// channels, height, width]. What a method does wrong is an error that names it.
class ScriptModule {
public:
    /// Only of an archive that is trusted: what is in it runs.
    static Expected<ScriptModule> open(ScriptArchive archive, std::string file, at::Device device, at::ScalarType type);

    bool has(const char* method) const { return module_.find_method(method).has_value(); }

    /// The tensor that a method returns, or the first of a tuple.
    Expected<at::Tensor> tensor(const char* method, const at::Tensor& input) const;
    /// The tensors that a method returns as a list, a tuple, or behind each other in the first dimension of one.
    Expected<std::vector<at::Tensor>> tensors(const char* method, const at::Tensor& input) const;

    /// Distinct parameters.
    std::vector<at::Tensor> parameters() const;

    /// `method` gives something else than it should.
    Error wrong(const char* method, std::string reason, std::string remedy) const;

private:
    ScriptModule(torch::jit::Module module, std::string file) : module_(std::move(module)), file_(std::move(file)) {}

    Expected<c10::IValue> call(const char* method, const at::Tensor& input) const;

    torch::jit::Module module_;
    std::string file_;
};

} // namespace isoloss::torch_module
