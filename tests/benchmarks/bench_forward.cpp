// Forward passes of Pythia's shapes of 70 M and 160 M parameters with random weights, 1,024 tokens a batch. The anchor
// is the engine's own product of two matrices of 1,024 × 1,024, by turns with them; the figure is the rate of the
// network's matrix products (attention's at half, as half is masked) over the whole time of the pass.
#include "engine/checkpoints/checkpoint_folder.h"
#include "engine/checkpoints/safetensors.h"
#include "engine/inference/torch/families.h"
#include "tests/benchmarks/measuring.h"
#include "tests/benchmarks/neox_checkpoint.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>
#include <thread>

using namespace isoloss;
using namespace isoloss::bench;
using torch_module::Network;

namespace {

constexpr int rounds = 9;
constexpr std::int64_t batch_tokens = 1024;

void measure(const NeoxShape& shape, const Network& network, std::int64_t length, double goal) {
    const c10::InferenceMode inference;
    constexpr std::int64_t size = 1024;
    const at::Tensor a = at::rand({size, size}), b = at::rand({size, size});
    const torch_module::Linear product{b};
    const at::Tensor tokens = at::randint(shape.vocabulary, {batch_tokens / length, length}, at::kLong);
    const double per_token =
        2 * shape.layer_parameters() + 2.0 * shape.layers * shape.width * static_cast<double>(length + 1);
    const double operations = per_token * static_cast<double>(batch_tokens);
    std::vector<double> blas, products, passes;
    for (int round = 0; round <= rounds; ++round) {
        const double mm = seconds_of([&] { at::mm(a, b); });
        double own = seconds_of([&] { product(a); });
        const double pass = seconds_of([&] { network.hidden(torch_module::causal_input(tokens)); });
        own = (own + seconds_of([&] { product(a); })) / 2;
        if (round == 0) continue; // warms up
        blas.push_back(2e-9 * size * size * size / mm);
        products.push_back(2e-9 * size * size * size / own);
        passes.push_back(1e-9 * operations / pass);
    }
    const double rate = median(passes), own = median(products);
    print_goal((std::string(shape.name) + ", T " + std::to_string(length)).c_str(), figure(rate, 1, " GFLOP/s"),
               figure(own, 1, " GFLOP/s"), rate / own, Goal::at_least, goal);
    std::printf("%-36s %16s %16s %8.2f   at::mm\n", "", "", figure(median(blas), 1, " GFLOP/s").c_str(),
                rate / median(blas));
}

} // namespace

int main(int count, char** arguments) {
    const int cores = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
    const int threads = count > 1 ? std::atoi(arguments[1]) : cores;
    at::set_num_threads(threads);
    const TemporaryFolder folder;
    print_header(("forward, " + std::to_string(threads) + " threads").c_str());
    for (const NeoxShape& shape : {neox_70m, neox_160m}) {
        write_neox(folder.path(), shape);
        const Architecture architecture = require(read_architecture(folder.path() / "config.json"));
        const auto tensors = require(SafetensorsSource::open_folder(folder.path()));
        const auto network = require(torch_module::load_network(architecture, tensors, at::kCPU, at::kFloat));
        const double goal = shape.width == neox_70m.width ? .75 : .70;
        measure(shape, *network, 128, goal);
        measure(shape, *network, 512, goal);
    }
}
