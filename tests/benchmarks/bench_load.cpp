// From a safetensors file of 160 M parameters, which the system has in its cache, to all tensors of a GPT-NeoX. Anchors
// are read() of the file into memory, and torch.load in python3 of the same weights from a .pt file. By turns, medians.
#include "engine/base/file.h"
#include "engine/checkpoints/checkpoint_folder.h"
#include "engine/checkpoints/safetensors.h"
#include "engine/inference/torch/families.h"
#include "engine/inference/torch/torch_backend.h"
#include "tests/benchmarks/measuring.h"
#include "tests/benchmarks/neox_checkpoint.h"
#include "tests/benchmarks/python_anchor.h"

using namespace isoloss;
using namespace isoloss::bench;

int main() {
    constexpr int rounds = 7;
    const TemporaryFolder folder;
    write_neox(folder.path(), neox_160m);
    const std::filesystem::path file = folder.path() / "model.safetensors";
    const Architecture architecture = require(read_architecture(folder.path() / "config.json"));
    const auto backend = require(torch_module::create_torch_backend());
    auto anchor =
        PythonAnchor::start("neox_anchor.py", {"load", folder.path().string(), "", "1", folder.path() / "weights.pt"});

    std::vector<double> tensors, models, reads, pickles;
    std::vector<std::byte> buffer;
    for (int round = 0; round < rounds; ++round) {
        tensors.push_back(seconds_of([&] {
            const auto source = require(SafetensorsSource::open_folder(folder.path()));
            require(torch_module::load_network(architecture, source, at::kCPU, at::kFloat));
        }));
        models.push_back(seconds_of([&] {
            const auto source = require(SafetensorsSource::open_folder(folder.path()));
            const auto model = require(backend->load(architecture, source, {.device = "cpu"}));
            if (model->has_nonfinite_weights()) give_up("a weight is not finite");
        }));
        reads.push_back(seconds_of([&] {
            const InputFile input = require(InputFile::open(file));
            buffer.resize(input.size());
            require(input.read_exact(0, buffer));
        }));
        if (anchor) pickles.push_back(anchor->seconds());
    }
    const auto milliseconds = [](const std::vector<double>& seconds) {
        return figure(1e3 * median(seconds), 2, " ms");
    };
    print_header("160 M parameters, file in the cache");
    print_goal("all tensors", milliseconds(tensors), "10 ms", median(tensors) / 10e-3, Goal::at_most, 1);
    if (anchor)
        print_goal("all tensors, torch.load", milliseconds(tensors), milliseconds(pickles),
                   median(pickles) / median(tensors), Goal::at_least, 50);
    else
        std::printf("%-36s %16s   anchor missing\n", "all tensors, torch.load", milliseconds(tensors).c_str());
    print_goal("all tensors, read()", milliseconds(tensors), milliseconds(reads), median(reads) / median(tensors),
               Goal::at_least, 1);
    std::printf("%-36s %16s\n", "model, every weight looked at", milliseconds(models).c_str());
}
