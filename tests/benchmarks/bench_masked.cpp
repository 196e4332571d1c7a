// Measures a small masked model as the demo suite has them (BERT, width 32, 2 layers, sentences of 8 tokens). The
// anchor of each line is the plain way on the same weights and rows: batches of 512 rows one after another, unpacked,
// with all threads inside every operation. Both by turns, medians of five.
#include "engine/demo/demo_language.h"
#include "engine/demo/demo_model.h"
#include "engine/demo/masked_sentences.h"
#include "engine/inference/torch/curvature.h"
#include "engine/inference/torch/families.h"
#include "engine/inference/torch/head.h"
#include "engine/inference/torch/prediction_batch.h"
#include "engine/inference/torch/torch_backend.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <algorithm>
#include <array>
#include <c10/core/InferenceMode.h>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <numeric>
#include <thread>

using namespace isoloss;
using torch_module::Network;
using torch_module::PredictionBatch;

namespace {

using Rows = std::span<const PredictionRow>;

constexpr std::size_t batch_rows = 512;
constexpr int rounds = 5;
constexpr int probes = 8;

/// The input as the network would get it without packing.
torch_module::ForwardInput plain_input(Rows rows) {
    std::vector<std::span<const std::int32_t>> views;
    for (const PredictionRow& row : rows)
        views.emplace_back(row.tokens);
    return torch_module::bidirectional_input(torch_module::padded(views, at::kCPU));
}

at::Tensor plain_loss(const Network& network, Rows rows) {
    const PredictionBatch batch(rows, PredictionKind::masked_token, at::kCPU); // for its places and targets
    const at::Tensor hidden = network.hidden(plain_input(rows));
    const at::Tensor states = network.before_head(hidden.reshape({-1, hidden.size(-1)}).index_select(0, batch.places));
    return -at::log_softmax(network.head()(states), -1).gather(1, batch.targets.unsqueeze(1)).sum(at::kDouble);
}

/// The plain loss in batches, one after another.
class PlainSurface final : public torch_module::LossSurface {
public:
    PlainSurface(const Network& network, Rows rows) : network_(network), rows_(rows) {
        for (const torch_module::Parameter& parameter : network.parameters())
            parameters_.push_back(parameter.value);
    }

    const torch_module::ParameterVector& parameters() const override { return parameters_; }

    double count() const override { return static_cast<double>(rows_.size()); }

    std::size_t parts() const override { return (rows_.size() + batch_rows - 1) / batch_rows; }

    at::Tensor part(std::size_t index) const override {
        return plain_loss(network_,
                          rows_.subspan(index * batch_rows, std::min(batch_rows, rows_.size() - index * batch_rows)));
    }

private:
    const Network& network_;
    Rows rows_;
    torch_module::ParameterVector parameters_;
};

double median(std::array<double, rounds> times) {
    std::ranges::sort(times);
    return times[rounds / 2];
}

template <typename Plain, typename Ours>
bool compare(const char* name, const Plain& plain, const Ours& ours) {
    std::array<double, rounds> anchor{}, time{};
    double a = 0, b = 0;
    const auto seconds = [](const auto& function, double& result) {
        const auto start = std::chrono::steady_clock::now();
        result = function();
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    };
    for (std::size_t round = 0; round < rounds; ++round) {
        anchor[round] = seconds(plain, a);
        time[round] = seconds(ours, b);
    }
    std::printf("%-44s plain %.3f s, ours %.3f s, ratio %.2f, values %.6f and %.6f\n", name, median(anchor),
                median(time), median(anchor) / median(time), a, b);
    return std::abs(a - b) <= 1e-4 * std::abs(a);
}

double mean(const std::vector<double>& values) {
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

} // namespace

int main() {
    const auto language = demo_grammar();
    const auto backend = torch_module::create_torch_backend();
    if (!language || !backend) return 1;
    const Architecture shape = demo_architecture(*language->language, {});
    RandomSource random(1);
    const InitialWeights weights(shape, random);
    const auto network = torch_module::load_network(shape, weights, at::kCPU, at::kFloat);
    const auto model = (*backend)->load(shape, weights, {"cpu"});
    if (!network || !model) return 1;
    const auto many = with_one_mask(*language->language, draw_sentences(*language->language, 16384, 1), 1);
    const Rows few = Rows(many).first(1024);

    bool equal = compare(
        "masked-token loss of 16,384 rows",
        [&] {
            const c10::InferenceMode inference;
            double sum = 0;
            for (std::size_t begin = 0; begin < many.size(); begin += batch_rows)
                sum += plain_loss(**network, Rows(many).subspan(begin, batch_rows)).item<double>();
            return sum / static_cast<double>(many.size());
        },
        [&] {
            double sum = 0;
            const auto log_probs = (*model)->score_rows(many, {}, {}).value();
            for (const auto& row : log_probs)
                sum -= row.front();
            return sum / static_cast<double>(many.size());
        });
    equal = compare(
                "Hessian trace of 1,024 rows, 8 probes",
                [&] { return mean(torch_module::hutchinson(PlainSurface(**network, few), probes, 0, {}, {}).value()); },
                [&] { return mean((*model)->hessian_trace(few, {.probes = probes}, {}, {}).value()); }) &&
            equal;
    return equal ? 0 : 1;
}
