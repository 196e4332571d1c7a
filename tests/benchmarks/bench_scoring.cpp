// Scores four-choice items with GPT-NeoX models of Pythia's shapes and random weights. The anchor is the way of common
// evaluation scripts in PyTorch on the same weights, items and threads (neox_anchor.py): one row per choice, batches of
// 16 padded rows in falling order of length, log-softmax over the whole vocabulary. Both by turns, medians.
//
//     bench_scoring [threads] [items]
//
// Without a number of items smaller sets are used for the larger models, as the anchor takes minutes for 1,000.
#include "engine/base/file.h"
#include "engine/checkpoints/checkpoint_folder.h"
#include "engine/checkpoints/safetensors.h"
#include "engine/inference/torch/torch_backend.h"
#include "tests/benchmarks/measuring.h"
#include "tests/benchmarks/neox_checkpoint.h"
#include "tests/benchmarks/python_anchor.h"

#include <ATen/Parallel.h>
#include <cmath>
#include <fstream>
#include <numeric>
#include <random>
#include <thread>

using namespace isoloss;
using namespace isoloss::bench;

namespace {

constexpr int rounds = 3;

struct Case {
    const NeoxShape& shape;
    std::size_t items;
    double single_goal, longer_goal;
};

std::vector<ScoringItem> random_items(std::size_t count, bool single_tokens) {
    std::minstd_rand random(7);
    const auto tokens = [&](std::size_t length) {
        std::vector<std::int32_t> ids(length);
        for (std::int32_t& id : ids)
            id = static_cast<std::int32_t>(random() % NeoxShape::vocabulary);
        return ids;
    };
    std::vector<ScoringItem> items(count);
    for (ScoringItem& item : items) {
        item.context = tokens(20 + random() % 131);
        for (int choice = 0; choice < 4; ++choice)
            item.continuations.push_back(tokens(single_tokens ? 1 : 3 + random() % 10));
    }
    return items;
}

void write_items(const std::filesystem::path& file, const std::vector<ScoringItem>& items) {
    std::ofstream out(file);
    const auto list = [&](const std::vector<std::int32_t>& ids) {
        for (std::size_t i = 0; i < ids.size(); ++i)
            out << (i == 0 ? "[" : ",") << ids[i];
        out << "]";
    };
    for (std::size_t i = 0; i < items.size(); ++i) {
        out << (i == 0 ? "[" : ",") << R"({"context":)";
        list(items[i].context);
        out << R"(,"continuations":[)";
        for (std::size_t c = 0; c < items[i].continuations.size(); ++c) {
            out << (c == 0 ? "" : ",");
            list(items[i].continuations[c]);
        }
        out << "]}";
    }
    out << "]";
}

std::vector<double> sums_of(const std::vector<ItemScores>& scores) {
    std::vector<double> sums;
    for (const ItemScores& item : scores)
        for (const ContinuationScore& score : item)
            sums.push_back(std::accumulate(score.log_probs.begin(), score.log_probs.end(), 0.0));
    return sums;
}

/// The most that a log-probability differs from the anchor's.
double largest_difference(const std::filesystem::path& file, const std::vector<double>& sums) {
    std::vector<double> others(sums.size());
    std::ifstream in(file, std::ios::binary);
    in.read(reinterpret_cast<char*>(others.data()), static_cast<std::streamsize>(8 * others.size()));
    if (!in) return INFINITY;
    double largest = 0;
    for (std::size_t i = 0; i < sums.size(); ++i)
        largest = std::max(largest, std::abs(sums[i] - others[i]));
    return largest;
}

/// Whether the log-probabilities agree.
bool compare(const Case& what, const std::filesystem::path& folder, Model& model, bool single_tokens, int threads) {
    const auto items = random_items(what.items, single_tokens);
    write_items(folder / "items.json", items);
    auto anchor = PythonAnchor::start("neox_anchor.py", {"score", folder.string(), (folder / "items.json").string(),
                                                         std::to_string(threads), (folder / "sums").string()});
    std::vector<double> ours, theirs, sums;
    for (int round = 0; round < rounds; ++round) {
        ours.push_back(seconds_of([&] { sums = sums_of(require(model.score(items, {}, {}))); }));
        if (anchor) theirs.push_back(anchor->seconds());
    }
    const std::string name = std::string(what.shape.name) + ", " + std::to_string(what.items) + " items, " +
                             (single_tokens ? "single tokens" : "3 to 12 tokens");
    if (!anchor) {
        std::printf("%-36s %16s   anchor missing\n", name.c_str(), figure(median(ours), 3, " s").c_str());
        return true;
    }
    print_goal(name.c_str(), figure(median(ours), 3, " s"), figure(median(theirs), 3, " s"),
               median(theirs) / median(ours), Goal::at_least, single_tokens ? what.single_goal : what.longer_goal);
    const double difference = largest_difference(folder / "sums", sums);
    std::printf("%-36s %16.2g\n", "    largest difference", difference);
    return difference < 1e-4;
}

/// Peak resident memory of this process, bytes.
double peak_memory() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("VmHWM:")) return 1024 * std::atof(line.c_str() + 6);
    return NAN;
}

} // namespace

int main(int count, char** arguments) {
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    const auto backend = require(torch_module::create_torch_backend());
    const int threads = count > 1 ? std::atoi(arguments[1]) : at::get_num_threads();
    at::set_num_threads(threads);
    const std::size_t asked = count > 2 ? static_cast<std::size_t>(std::atoi(arguments[2])) : 0;
    bool equal = true;
    print_header(("four choices, " + std::to_string(threads) + " threads").c_str());
    for (const Case& what : {Case{neox_14m, 100, 8, 5}, Case{neox_70m, 40, 4, 2.5}, Case{neox_160m, 16, 3, 1.5}}) {
        Case here = what;
        if (asked > 0) here.items = asked;
        const TemporaryFolder folder;
        write_neox(folder.path(), here.shape);
        const Architecture architecture = require(read_architecture(folder.path() / "config.json"));
        const auto tensors = require(SafetensorsSource::open_folder(folder.path()));
        const auto model = require(backend->load(architecture, tensors, {.device = "cpu"}));
        for (const bool single : {true, false})
            equal = compare(here, folder.path(), *model, single, threads) && equal;
        const double weights = static_cast<double>(std::filesystem::file_size(folder.path() / "model.safetensors"));
        print_goal((std::string(here.shape.name) + ", peak memory").c_str(), figure(peak_memory() / 1e6, 0, " MB"),
                   figure(weights / 1e6, 0, " MB weights"), (peak_memory() - 512e6) / weights, Goal::at_most, 1.2);
    }
    return equal ? 0 : 1;
}
