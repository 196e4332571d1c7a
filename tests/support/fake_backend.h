#pragma once

#include "engine/inference/backend.h"

#include <atomic>
#include <chrono>
#include <limits>
#include <memory>
#include <string>
#include <thread>

namespace isoloss::test {

/// What a test sets and counts. Shared between the test and the engine thread.
struct FakeModelState {
    std::atomic<int> modules{0}, loads{0}, score_calls{0}, fisher_calls{0};
    std::atomic<bool> blocked{false}; ///< passes wait until this is false or they are cancelled
    std::atomic<bool> waiting{false}; ///< a pass has begun to wait
    std::atomic<bool> gives_nan{false};
    std::atomic<bool> fails_to_load{false};
    std::atomic<bool> fails_to_start{false};
};

/// ln p of token 0, 1, 2, 3 is −0.5, −1.5, −2, −1 (the worked example of METRICS.md section 1), of all others −3.
inline double fake_log_prob(std::int32_t token) {
    constexpr double log_probs[] = {-0.5, -1.5, -2.0, -1.0};
    return token < 4 ? log_probs[token] : -3.0;
}

class FakeModel final : public Model {
public:
    FakeModel(Architecture architecture, std::shared_ptr<FakeModelState> state)
        : architecture_(std::move(architecture)), state_(std::move(state)) {}

    const Architecture& architecture() const override { return architecture_; }

    std::int64_t parameter_count() const override { return 1; }

    bool has_nonfinite_weights() const override { return state_->gives_nan; }

    std::string device() const override { return "cpu"; }

    std::string compute_type() const override { return "float32"; }

    Expected<std::vector<ItemScores>> score(std::span<const ScoringItem> items, const CancellationToken& token,
                                            const StepFunction& step) override {
        ++state_->score_calls;
        ISOLOSS_TRY_VOID(wait(token));
        std::vector<ItemScores> scores;
        for (const ScoringItem& item : items) {
            ItemScores& of_item = scores.emplace_back();
            for (const auto& continuation : item.continuations) {
                ContinuationScore& score = of_item.emplace_back();
                for (const std::int32_t id : continuation)
                    score.log_probs.push_back(state_->gives_nan ? std::numeric_limits<double>::quiet_NaN()
                                                                : fake_log_prob(id));
            }
            step(scores.size());
        }
        return scores;
    }

    /// Estimates 1, 2, 3, … for the batches, half of that without embeddings.
    Expected<std::vector<FisherBatch>> fisher_trace(std::span<const std::vector<std::int32_t>> sequences,
                                                    const FisherOptions& options, const CancellationToken& token,
                                                    const StepFunction& step) override {
        ++state_->fisher_calls;
        ISOLOSS_TRY_VOID(wait(token));
        std::vector<FisherBatch> batches;
        for (std::size_t i = 0; i < sequences.size(); i += static_cast<std::size_t>(options.batch_sequences)) {
            FisherBatch& batch = batches.emplace_back();
            for (std::size_t s = i;
                 s < std::min(sequences.size(), i + static_cast<std::size_t>(options.batch_sequences)); ++s)
                batch.positions += static_cast<std::int64_t>(sequences[s].size()) - 1;
            batch.all_parameters = static_cast<double>(batches.size());
            batch.without_embeddings = 0.5 * batch.all_parameters;
            step(i);
        }
        return batches;
    }

private:
    Expected<void> wait(const CancellationToken& token) {
        while (state_->blocked) {
            state_->waiting = true;
            if (token.cancelled()) return fail(ErrorKind::cancelled, "cancelled");
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        return {};
    }

    Architecture architecture_;
    std::shared_ptr<FakeModelState> state_;
};

class FakeBackend final : public Backend {
public:
    explicit FakeBackend(std::shared_ptr<FakeModelState> state) : state_(std::move(state)) {}

    BackendInfo info() const override { return {"Fake 1.0", {"cpu"}, 1}; }

    Expected<std::unique_ptr<Model>> load(const Architecture& architecture, const TensorSource& tensors,
                                          const LoadOptions&) override {
        ++state_->loads;
        if (state_->fails_to_load)
            return fail({ErrorKind::damaged, tensors.description(), "tensor w", "the weights are odd", "Copy them"});
        return std::make_unique<FakeModel>(architecture, state_);
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
