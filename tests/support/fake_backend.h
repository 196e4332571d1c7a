#pragma once

#include "engine/inference/backend.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <csignal>
#include <limits>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace isoloss::test {

/// What a test sets and counts. Shared between the test and the engine thread.
struct FakeModelState {
    std::atomic<int> modules{0}, loads{0}, score_calls{0}, row_calls{0}, fisher_calls{0}, hessian_calls{0},
        eigenvalue_calls{0}, sharpness_calls{0}, probe_calls{0};
    std::atomic<bool> blocked{false}; ///< passes wait until this is false or they are cancelled
    std::atomic<bool> waiting{false}; ///< a pass has begun to wait
    std::atomic<bool> gives_nan{false};
    std::atomic<bool> fails_to_load{false};
    std::atomic<bool> fails_to_start{false};
    std::atomic<bool> converges{true}; ///< the power iteration
    std::atomic<std::int64_t> batch_tokens{4096};
    std::atomic<std::int64_t> memory_tokens{1 << 20}; ///< larger batches run out of memory
    std::atomic<int> threads{0};                      ///< as they were set last
    std::atomic<double> scale{1};                     ///< of all results, to make their sums inexact
    std::atomic<int> calls_to_live{-1};               ///< the process kills itself at the next call when this is 0
    std::atomic<int> calls_to_block{-1};              ///< blocked from the next call on when this is 0

    std::vector<std::string> devices{"cpu"}; ///< to be set before the engine starts

    // What the last call of its kind, or the calls for one Fisher trace, were given; to be read while the engine is
    // idle.
    std::vector<PredictionRow> rows;
    FisherOptions fisher;
    CurvatureOptions curvature;
    ProbeOptions probe;
    std::vector<std::vector<std::int32_t>> sequences;
    std::vector<ProbeColumn> columns;
};

/// ln p of token 0, 1, 2, 3 is −0.5, −1.5, −2, −1 (the worked example of METRICS.md section 1), of all others −3.
inline double fake_log_prob(std::int32_t token) {
    constexpr double log_probs[] = {-0.5, -1.5, -2.0, -1.0};
    return token < 4 ? log_probs[token] : -3.0;
}

/// p of token 0, 1, 2 under a mask is .5, .25, .8 (the worked example of `mlm_loss`), of all others 1/e.
inline double fake_masked_log_prob(std::int32_t token) {
    const double log_probs[] = {std::log(.5), std::log(.25), std::log(.8)};
    return token < 3 ? log_probs[token] : -1.0;
}

class FakeModel final : public Model {
public:
    FakeModel(Architecture architecture, std::string device, ComputeType type, std::shared_ptr<FakeModelState> state)
        : architecture_(std::move(architecture)), device_(std::move(device)), type_(type), state_(std::move(state)) {}

    const Architecture& architecture() const override { return architecture_; }

    std::int64_t parameter_count() const override { return 1; }

    bool has_nonfinite_weights() const override { return state_->gives_nan; }

    std::string device() const override { return device_; }

    std::string compute_type() const override {
        return type_ == ComputeType::bfloat16 ? "bfloat16" : type_ == ComputeType::float16 ? "float16" : "float32";
    }

    std::int64_t batch_tokens() const override { return batch_tokens_; }

    void set_batch_tokens(std::int64_t tokens) override { batch_tokens_ = tokens; }

    int batches_at_once() const override { return 1; }

    /// Most likely are the tokens 0 and 4 wherever they stand.
    Expected<std::vector<ItemScores>> score(std::span<const ScoringItem> items, const CancellationToken& token,
                                            const StepFunction& step) override {
        ++state_->score_calls;
        ISOLOSS_TRY_VOID(wait(token));
        std::vector<ItemScores> scores;
        for (const ScoringItem& item : items) {
            ItemScores& of_item = scores.emplace_back();
            for (const auto& continuation : item.continuations) {
                ContinuationScore& score = of_item.emplace_back();
                for (const std::int32_t id : continuation) {
                    score.log_probs.push_back(state_->gives_nan ? std::numeric_limits<double>::quiet_NaN()
                                                                : state_->scale * fake_log_prob(id));
                    score.greedy = score.greedy && (id == 0 || id == 4);
                }
            }
            step(scores.size());
        }
        return scores;
    }

    Expected<std::vector<std::vector<double>>>
    score_rows(std::span<const PredictionRow> rows, const CancellationToken& token, const StepFunction& step) override {
        ++state_->row_calls;
        ISOLOSS_TRY_VOID(begin(rows, token));
        std::vector<std::vector<double>> scores;
        for (const PredictionRow& row : rows) {
            auto& of_row = scores.emplace_back();
            for (const std::int32_t target : row.targets)
                of_row.push_back(state_->gives_nan ? std::numeric_limits<double>::quiet_NaN()
                                                   : state_->scale * fake_masked_log_prob(target));
            step(scores.size());
        }
        return scores;
    }

    /// ln p as in score(), mean −2 and variance .25 everywhere.
    Expected<std::vector<std::vector<TokenDistribution>>> score_distributions(std::span<const PredictionRow> rows,
                                                                              const CancellationToken& token,
                                                                              const StepFunction& step) override {
        ++state_->row_calls;
        ISOLOSS_TRY_VOID(begin(rows, token));
        std::vector<std::vector<TokenDistribution>> scores;
        for (const PredictionRow& row : rows) {
            auto& of_row = scores.emplace_back();
            for (const std::int32_t target : row.targets)
                of_row.push_back(
                    {state_->gives_nan ? std::numeric_limits<double>::quiet_NaN() : fake_log_prob(target), -2.0, .25});
            step(scores.size());
        }
        return scores;
    }

    /// Estimates 1, 2, 3, … for the batches, half of that without embeddings.
    Expected<std::vector<FisherBatch>> fisher_trace(std::span<const PredictionRow> rows, const FisherOptions& options,
                                                    const CancellationToken& token, const StepFunction& step) override {
        ++state_->fisher_calls;
        state_->fisher = options;
        if (options.first_batch == 0) state_->rows.clear();
        state_->rows.insert(state_->rows.end(), rows.begin(), rows.end());
        ISOLOSS_TRY_VOID(wait(token));
        const auto size = static_cast<std::size_t>(options.batch_rows);
        std::vector<FisherBatch> batches;
        for (std::size_t i = 0; i < rows.size(); i += size) {
            FisherBatch& batch = batches.emplace_back();
            for (std::size_t row = i; row < std::min(rows.size(), i + size); ++row)
                batch.positions += static_cast<std::int64_t>(rows[row].positions.size());
            batch.all_parameters = state_->scale * static_cast<double>(options.first_batch + batches.size());
            batch.without_embeddings = 0.5 * batch.all_parameters;
            step(i);
        }
        return batches;
    }

    /// 1, 2, 3, … for the probes.
    Expected<std::vector<double>> hessian_trace(std::span<const PredictionRow> rows, const CurvatureOptions& options,
                                                const CancellationToken& token, const StepFunction& step) override {
        ++state_->hessian_calls;
        state_->curvature = options;
        ISOLOSS_TRY_VOID(begin(rows, token));
        std::vector<double> products;
        for (int probe = 1; probe <= options.probes; ++probe) {
            products.push_back(state_->scale * (options.first_probe + probe));
            step(rows.size() * products.size());
        }
        return products;
    }

    Expected<TopEigenvalue> hessian_top_eigenvalue(std::span<const PredictionRow> rows, const CurvatureOptions& options,
                                                   const CancellationToken& token, const StepFunction& step) override {
        ++state_->eigenvalue_calls;
        state_->curvature = options;
        ISOLOSS_TRY_VOID(begin(rows, token));
        step(1);
        return TopEigenvalue{-2.5, state_->converges ? 7 : options.iterations, state_->converges};
    }

    /// .25 along the gradient, .5 along the eigenvector.
    Expected<double> sam_sharpness(std::span<const PredictionRow> rows, const CurvatureOptions& options,
                                   const CancellationToken& token, const StepFunction& step) override {
        ++state_->sharpness_calls;
        state_->curvature = options;
        ISOLOSS_TRY_VOID(begin(rows, token));
        step(1);
        return options.ascent == CurvatureOptions::Ascent::gradient ? .25 : .5;
    }

    /// Tests every label once, those of the first row twice; right are the labels of class 0.
    Expected<ProbeResult> linear_probe(std::span<const std::vector<std::int32_t>> sequences,
                                       std::span<const ProbeColumn> columns, const ProbeOptions& options,
                                       const CancellationToken& token, const StepFunction& step) override {
        ++state_->probe_calls;
        state_->probe = options;
        state_->sequences.assign(sequences.begin(), sequences.end());
        state_->columns.assign(columns.begin(), columns.end());
        ISOLOSS_TRY_VOID(wait(token));
        ProbeResult result;
        result.features = 4;
        for (const ProbeColumn& column : columns) {
            auto& tested = result.tested.emplace_back();
            auto& correct = result.correct.emplace_back();
            for (const std::int32_t label : column.labels) {
                tested.push_back(label < 0 ? 0 : tested.empty() ? 2 : 1);
                correct.push_back(label == 0 ? tested.back() : 0);
            }
            result.penalties.emplace_back(static_cast<std::size_t>(options.folds), .5);
        }
        step(sequences.size());
        return result;
    }

    /// Every state of layer l of input i is l + 10·i; one token each.
    Expected<void> hidden_states(const ModelInputs& inputs, const StateOptions& options, const StateSink& sink,
                                 const CancellationToken& token, const StepFunction& step) override {
        ISOLOSS_TRY_VOID(wait(token));
        for (std::size_t i = 0; i < count(inputs); ++i) {
            for (const std::int64_t layer : options.layers) {
                const std::vector<float> states(4, static_cast<float>(layer + 10 * static_cast<std::int64_t>(i)));
                ISOLOSS_TRY_VOID(sink({i, layer, 1, 4, states}));
            }
            step(i + 1);
        }
        return {};
    }

    /// One head in which two tokens see each other evenly.
    Expected<void> attention_maps(const ModelInputs& inputs, std::span<const std::int64_t> layers,
                                  const AttentionSink& sink, const CancellationToken& token,
                                  const StepFunction& step) override {
        ISOLOSS_TRY_VOID(wait(token));
        const std::vector<float> even(4, .5F);
        for (std::size_t i = 0; i < count(inputs); ++i) {
            for (const std::int64_t layer : layers)
                ISOLOSS_TRY_VOID(sink({i, layer, 1, 2, 2, even}));
            step(i + 1);
        }
        return {};
    }

    /// Loss 2, one parameter "w" with the gradient (3, 4).
    Expected<double> loss_gradient(std::span<const PredictionRow> rows, const GradientSink& sink,
                                   const CancellationToken& token, const StepFunction& step) override {
        ISOLOSS_TRY_VOID(begin(rows, token));
        const std::vector<std::int64_t> shape{2};
        const std::vector<float> gradient{3, 4};
        ISOLOSS_TRY_VOID(sink({"w", shape, false, gradient}));
        step(rows.size());
        return 2.0;
    }

    /// The first class is the most likely one of every picture.
    Expected<std::vector<float>> class_logits(const ImageSource& images, const CancellationToken& token,
                                              const StepFunction& step) override {
        ISOLOSS_TRY_VOID(wait(token));
        const auto classes = static_cast<std::size_t>(architecture_.vocabulary);
        std::vector<float> logits(images.count() * classes);
        for (std::size_t i = 0; i < images.count(); ++i)
            logits[i * classes] = 1;
        step(images.count());
        return logits;
    }

private:
    static std::size_t count(const ModelInputs& inputs) {
        if (const auto* images = std::get_if<std::reference_wrapper<const ImageSource>>(&inputs))
            return images->get().count();
        return std::get<std::span<const std::vector<std::int32_t>>>(inputs).size();
    }

    Expected<void> begin(std::span<const PredictionRow> rows, const CancellationToken& token) {
        state_->rows.assign(rows.begin(), rows.end());
        return wait(token);
    }

    Expected<void> wait(const CancellationToken& token) {
        if (state_->calls_to_live >= 0 && state_->calls_to_live-- == 0) std::raise(SIGKILL);
        if (state_->calls_to_block >= 0 && state_->calls_to_block-- == 0) state_->blocked = true;
        if (batch_tokens_ > state_->memory_tokens)
            return fail(ErrorKind::limit, "Scoring ran out of memory when it needed 2.00 GiB more");
        while (state_->blocked) {
            state_->waiting = true;
            if (token.cancelled()) return fail(ErrorKind::cancelled, "cancelled");
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        return {};
    }

    Architecture architecture_;
    std::string device_;
    ComputeType type_;
    std::shared_ptr<FakeModelState> state_;
    std::int64_t batch_tokens_ = state_->batch_tokens;
};

class FakeBackend final : public Backend {
public:
    explicit FakeBackend(std::shared_ptr<FakeModelState> state) : state_(std::move(state)) {}

    BackendInfo info() const override { return {"Fake 1.0", state_->devices, std::max(1, state_->threads.load())}; }

    void set_threads(int threads) override { state_->threads = threads; }

    Expected<std::unique_ptr<Model>> load(const Architecture& architecture, const TensorSource& tensors,
                                          const LoadOptions& options) override {
        ++state_->loads;
        const std::string best = state_->devices.size() > 1 ? state_->devices[1] : state_->devices[0];
        const std::string device = options.device == "auto" ? best : options.device;
        if (state_->fails_to_load)
            return fail({ErrorKind::damaged, tensors.description(), "tensor w", "the weights are odd", "Copy them"});
        return std::make_unique<FakeModel>(architecture, device, options.type, state_);
    }

    Expected<std::unique_ptr<Model>> load_script(const Architecture& architecture, const std::filesystem::path& file,
                                                 const LoadOptions& options) override {
        ++state_->loads;
        if (options.trusted.empty())
            return fail({ErrorKind::untrusted, file.string(), {}, "is not trusted", "--trust"});
        return std::make_unique<FakeModel>(
            architecture, options.device == "auto" ? state_->devices.back() : options.device, options.type, state_);
    }

    Expected<void> train(const TrainingTask&, TrainingObserver&, const CancellationToken&) override {
        return fail(ErrorKind::unsupported, "the fake does not train");
    }

    Expected<double> matrix_product_speed() override { return 1.0; }

private:
    std::shared_ptr<FakeModelState> state_;
};

inline BackendFactory fake_backend(std::shared_ptr<FakeModelState> state) {
    return [state]() -> Expected<std::unique_ptr<Backend>> {
        ++state->modules;
        if (state->fails_to_start) return fail(ErrorKind::not_found, "the module is missing", "Install it");
        return std::make_unique<FakeBackend>(state);
    };
}

} // namespace isoloss::test
