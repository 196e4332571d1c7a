// Curvature of GPT-NeoX models of Pythia's shapes of 14 M and 70 M parameters with random weights. The anchors: of a
// Hessian–vector product the gradient of the same batch, of the Fisher trace of 256 predictions their 256 backward
// passes one by one, from one forward pass. Medians; products and gradients by turns.
#include "engine/checkpoints/checkpoint_folder.h"
#include "engine/checkpoints/safetensors.h"
#include "engine/inference/torch/curvature.h"
#include "engine/inference/torch/families.h"
#include "engine/inference/torch/prediction_batch.h"
#include "engine/inference/torch/torch_backend.h"
#include "tests/benchmarks/measuring.h"
#include "tests/benchmarks/neox_checkpoint.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <cmath>
#include <random>
#include <torch/csrc/autograd/autograd.h>

using namespace isoloss;
using namespace isoloss::bench;
using torch_module::Network;
using torch_module::ParameterVector;

namespace {

constexpr int rounds = 5;

std::vector<PredictionRow> random_rows(std::size_t rows, std::size_t length) {
    std::minstd_rand random(3);
    const auto token = [&] { return static_cast<std::int32_t>(random() % NeoxShape::vocabulary); };
    std::vector<PredictionRow> data(rows);
    for (PredictionRow& row : data)
        for (std::size_t i = 0; i < length; ++i) {
            row.tokens.push_back(token());
            row.positions.push_back(static_cast<std::int32_t>(i));
            row.targets.push_back(token());
        }
    return data;
}

/// −ln p of every prediction, with a graph.
at::Tensor losses(const Network& network, std::span<const PredictionRow> rows) {
    const torch_module::PredictionBatch batch(rows, PredictionKind::next_token, at::kCPU);
    const at::Tensor log_probs = at::log_softmax(network.head()(batch.states(network)), -1);
    return -log_probs.gather(1, batch.targets.unsqueeze(1)).squeeze(1);
}

ParameterVector values_of(const Network& network) {
    ParameterVector values;
    for (const torch_module::Parameter& parameter : network.parameters())
        values.push_back(parameter.value);
    return values;
}

void compare_products(const char* name, const Network& network, std::span<const PredictionRow> rows) {
    const ParameterVector parameters = values_of(network), direction = torch_module::random_signs(parameters, 1);
    const auto gradient = [&](bool differentiable) {
        return torch::autograd::grad({losses(network, rows).sum()}, parameters, {}, differentiable, differentiable,
                                     true);
    };
    const torch_module::HessianProducts products(gradient(true), parameters);
    std::vector<double> gradients, curved;
    for (int round = 0; round <= rounds; ++round) {
        const double first = seconds_of([&] { gradient(false); });
        const double second = seconds_of([&] { products(direction, true); });
        if (round == 0) continue; // warms up
        gradients.push_back(first);
        curved.push_back(second);
    }
    print_goal(name, figure(1e3 * median(curved), 1, " ms"), figure(1e3 * median(gradients), 1, " ms"),
               median(curved) / median(gradients), Goal::at_most, 2.4);
}

/// Σ of the squared norms of the gradients of single predictions; only their time matters here.
double one_by_one(const Network& network, std::span<const PredictionRow> rows) {
    const ParameterVector parameters = values_of(network);
    const at::Tensor all = losses(network, rows);
    double sum = 0;
    for (std::int64_t i = 0; i < all.size(0); ++i)
        for (const at::Tensor& part : torch::autograd::grad({all[i]}, parameters, {}, true, false, true))
            if (part.defined()) sum += part.square().sum().item<double>();
    return sum;
}

void compare_fisher(const char* name, const Network& network, Model& model, std::span<const PredictionRow> rows) {
    std::vector<double> ours;
    const double anchor = seconds_of([&] { one_by_one(network, rows); });
    for (int round = 0; round < rounds; ++round)
        ours.push_back(seconds_of([&] {
            require(model.fisher_trace(rows, {.seed = 1, .batch_rows = static_cast<int>(rows.size())}, {}, {}));
        }));
    print_goal(name, figure(1e3 * median(ours), 1, " ms"), figure(1e3 * anchor, 1, " ms"), anchor / median(ours),
               Goal::at_least, 20);
}

} // namespace

int main(int count, char** arguments) {
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    const auto backend = require(torch_module::create_torch_backend());
    if (count > 1) at::set_num_threads(std::atoi(arguments[1]));
    print_header(("curvature, " + std::to_string(at::get_num_threads()) + " threads").c_str());

    for (const NeoxShape& shape : {neox_14m, neox_70m}) {
        const TemporaryFolder folder;
        write_neox(folder.path(), shape);
        const Architecture architecture = require(read_architecture(folder.path() / "config.json"));
        const auto tensors = require(SafetensorsSource::open_folder(folder.path()));
        const auto network = require(torch_module::load_network(architecture, tensors, at::kCPU, at::kFloat));
        const std::string name = shape.name;
        compare_products((name + ", product, 4 x 128 tokens").c_str(), *network, random_rows(4, 128));
        if (shape.width > neox_14m.width) continue; // 256 single passes of it take minutes
        const auto model = require(backend->load(architecture, tensors, {.device = "cpu"}));
        compare_fisher((name + ", Fisher, 256 predictions").c_str(), *network, *model, random_rows(1, 256));
    }
}
