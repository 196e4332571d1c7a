#include "engine/inference/torch/script_module.h"

#include "engine/inference/torch/exceptions.h"

#include <algorithm>
#include <sstream>
#include <torch/csrc/jit/serialization/import.h>

namespace isoloss::torch_module {

namespace {

/// The interpreter's message ends with what went wrong; before it stands where.
std::string last_line(std::string text) {
    while (!text.empty() && text.back() == '\n')
        text.pop_back();
    return text.substr(text.rfind('\n') + 1);
}

std::vector<at::Tensor> tensors_in(const c10::IValue& value) {
    std::vector<at::Tensor> tensors;
    if (value.isTensorList()) tensors = value.toTensorVector();
    if (value.isTuple())
        for (const c10::IValue& element : value.toTupleRef().elements())
            if (element.isTensor()) tensors.push_back(element.toTensor());
    return tensors;
}

} // namespace

Expected<ScriptModule> ScriptModule::open(ScriptArchive archive, std::string file, at::Device device,
                                          at::ScalarType type) {
    try {
        std::istringstream stream(std::move(archive.bytes));
        torch::jit::Module module = torch::jit::load(stream, device);
        module.eval();
        if (type != at::kFloat) module.to(type);
        return ScriptModule(std::move(module), std::move(file));
    } catch (...) {
        Error error = current_exception_as_error("Opening the module");
        if (error.kind == ErrorKind::internal) error.kind = ErrorKind::damaged;
        error.file = std::move(file);
        error.remedy = "Save the module again with torch.jit.save of a version that is not newer than this LibTorch";
        return fail(std::move(error));
    }
}

Error ScriptModule::wrong(const char* method, std::string reason, std::string remedy) const {
    return {ErrorKind::unsupported, file_, std::string("method ") + method, std::move(reason), std::move(remedy)};
}

Expected<c10::IValue> ScriptModule::call(const char* method, const at::Tensor& input) const {
    const auto found = module_.find_method(method);
    if (!found) return fail(wrong(method, "is missing", "Export the module with @torch.jit.export on this method"));
    const auto& arguments = found->function().getSchema().arguments();
    const auto needed = std::ranges::count_if(arguments, [](const auto& a) { return !a.default_value().has_value(); });
    if (needed != 2) // the module itself is the first
        return fail(wrong(method, "takes " + std::to_string(needed - 1) + " inputs, not one",
                          "Export a module whose methods take one tensor"));
    try {
        return (*found)({input});
    } catch (const std::exception& exception) {
        Error error = current_exception_as_error("The module");
        if (error.kind == ErrorKind::limit) return fail(std::move(error));
        return fail(wrong(method, "fails: " + last_line(exception.what()),
                          "Export a module whose methods take one tensor of any number of rows"));
    }
}

Expected<at::Tensor> ScriptModule::tensor(const char* method, const at::Tensor& input) const {
    ISOLOSS_TRY(const c10::IValue value, call(method, input));
    if (value.isTensor()) return value.toTensor();
    const auto several = tensors_in(value);
    if (several.empty()) return fail(wrong(method, "returns no tensor", "Return a tensor, or a tuple of tensors"));
    return several.front();
}

Expected<std::vector<at::Tensor>> ScriptModule::tensors(const char* method, const at::Tensor& input) const {
    ISOLOSS_TRY(const c10::IValue value, call(method, input));
    if (value.isTensor() && value.toTensor().dim() > 0) return value.toTensor().unbind(0);
    auto several = tensors_in(value);
    if (several.empty()) return fail(wrong(method, "returns no tensors", "Return a list of tensors, one per layer"));
    return several;
}

std::vector<at::Tensor> ScriptModule::parameters() const {
    std::vector<at::Tensor> distinct;
    for (const at::Tensor& parameter : module_.parameters()) {
        const auto same = [&](const at::Tensor& other) { return other.is_same(parameter); };
        if (std::ranges::none_of(distinct, same)) distinct.push_back(parameter);
    }
    return distinct;
}

} // namespace isoloss::torch_module
