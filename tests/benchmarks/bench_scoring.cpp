// Scores windows of a synthetic Llama (width 256, 4 layers, vocabulary 32,000) and answers of multiple-choice items.
// The anchor in both cases is the plain way on the same weights: every sequence alone through the network, then
// log_softmax over the whole vocabulary at all positions.
#include "engine/inference/torch/families.h"
#include "engine/inference/torch/scoring.h"
#include "tests/support/memory_tensors.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <numeric>
#include <random>
#include <thread>

using namespace isoloss;
using torch_module::Network;

namespace {

using Tokens = std::vector<std::int32_t>;

std::mt19937 engine{1};

Tokens random_tokens(std::size_t count) {
    Tokens tokens(count);
    for (std::int32_t& token : tokens)
        token = static_cast<std::int32_t>(engine() % 32000);
    return tokens;
}

void add(test::MemoryTensors& tensors, const std::string& name, std::vector<std::int64_t> shape) {
    const auto count = std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
    std::vector<float> values(static_cast<std::size_t>(count));
    for (float& value : values)
        value = shape.size() == 1 ? 1.0F : static_cast<float>(static_cast<int>(engine() % 2001) - 1000) / 20000;
    tensors.add(name, std::move(shape), values);
}

Architecture architecture() {
    Architecture llama;
    llama.family = ModelFamily::llama;
    llama.vocabulary = 32000;
    llama.width = 256;
    llama.layers = 4;
    llama.heads = llama.key_value_heads = 8;
    llama.head_width = 32;
    llama.mlp_width = 688;
    llama.positions = 512;
    llama.activation = Activation::silu;
    return llama;
}

test::MemoryTensors weights(const Architecture& shape) {
    test::MemoryTensors tensors;
    add(tensors, "model.embed_tokens.weight", {shape.vocabulary, shape.width});
    for (std::int64_t layer = 0; layer < shape.layers; ++layer) {
        const std::string base = "model.layers." + std::to_string(layer) + ".";
        add(tensors, base + "input_layernorm.weight", {shape.width});
        for (const char* name : {"q_proj", "k_proj", "v_proj", "o_proj"})
            add(tensors, base + "self_attn." + name + ".weight", {shape.width, shape.width});
        add(tensors, base + "post_attention_layernorm.weight", {shape.width});
        for (const char* name : {"gate_proj", "up_proj"})
            add(tensors, base + "mlp." + name + ".weight", {shape.mlp_width, shape.width});
        add(tensors, base + "mlp.down_proj.weight", {shape.width, shape.mlp_width});
    }
    add(tensors, "model.norm.weight", {shape.width});
    return tensors;
}

/// Σ ln p over all continuations, the plain way.
double naive(const Network& network, const std::vector<ScoringItem>& items) {
    const c10::InferenceMode inference;
    double sum = 0;
    for (const ScoringItem& item : items)
        for (const Tokens& continuation : item.continuations) {
            Tokens sequence = item.context;
            sequence.insert(sequence.end(), continuation.begin(), continuation.end());
            const std::vector<std::span<const std::int32_t>> row{sequence};
            const at::Tensor tokens = torch_module::padded(row, at::kCPU);
            const at::Tensor hidden = network.hidden(torch_module::causal_input(tokens));
            const at::Tensor log_probs = at::log_softmax(at::matmul(hidden, network.head().weight.t()), -1)[0];
            for (std::size_t i = item.context.size(); i < sequence.size(); ++i)
                sum += log_probs[static_cast<std::int64_t>(i) - 1][sequence[i]].item<double>();
        }
    return sum;
}

double gathered(const Network& network, const Architecture& shape, const std::vector<ScoringItem>& items) {
    const auto scores = torch_module::score_items(network, shape, items, {}, {}, {});
    if (!scores) return std::nan("");
    double sum = 0;
    for (const ItemScores& item : *scores)
        for (const ContinuationScore& score : item)
            sum = std::accumulate(score.log_probs.begin(), score.log_probs.end(), sum);
    return sum;
}

template <typename Function>
double best_seconds(const Function& function) {
    double best = 1e9;
    for (int round = 0; round < 3; ++round) {
        const auto start = std::chrono::steady_clock::now();
        function();
        best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    }
    return best;
}

bool compare(const char* name, const Network& network, const Architecture& shape,
             const std::vector<ScoringItem>& items) {
    double plain = 0, ours = 0;
    const double anchor = best_seconds([&] { plain = naive(network, items); });
    const double time = best_seconds([&] { ours = gathered(network, shape, items); });
    std::printf("%-34s naive %.3f s, gathered %.3f s, ratio %.2f, sums %.3f and %.3f\n", name, anchor, time,
                anchor / time, plain, ours);
    return std::abs(plain - ours) <= 1e-5 * std::abs(plain);
}

} // namespace

int main() {
    at::set_num_threads(static_cast<int>(std::max(1u, std::thread::hardware_concurrency())));
    const Architecture shape = architecture();
    const auto network = torch_module::load_llama(shape, weights(shape), at::kCPU, at::kFloat);
    if (!network) {
        std::fprintf(stderr, "%s\n", network.error().text().c_str());
        return 1;
    }
    std::vector<ScoringItem> windows, last_words, choices, letters;
    for (int i = 0; i < 4; ++i)
        windows.push_back({random_tokens(1), {random_tokens(255)}});
    for (int i = 0; i < 8; ++i)
        last_words.push_back({random_tokens(120), {random_tokens(4)}});
    for (std::size_t i = 0; i < 4; ++i)
        choices.push_back(
            {random_tokens(60 + i), {random_tokens(3), random_tokens(5), random_tokens(4), random_tokens(6)}});
    for (std::size_t i = 0; i < 8; ++i)
        letters.push_back({random_tokens(60 + i), {{10}, {11}, {12}, {13}}});
    bool equal = compare("windows, every token scored", **network, shape, windows);
    equal = compare("4 tokens after 120", **network, shape, last_words) && equal;
    equal = compare("4 choices of 3 to 6 tokens", **network, shape, choices) && equal;
    equal = compare("4 single-token choices", **network, shape, letters) && equal;
    return equal ? 0 : 1;
}
