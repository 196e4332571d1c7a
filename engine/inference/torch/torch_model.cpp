#include "engine/inference/torch/torch_model.h"

#include "engine/inference/torch/batch_memory.h"
#include "engine/inference/torch/compute_type.h"
#include "engine/inference/torch/curvature.h"
#include "engine/inference/torch/distribution.h"
#include "engine/inference/torch/exceptions.h"
#include "engine/inference/torch/families.h"
#include "engine/inference/torch/fisher.h"
#include "engine/inference/torch/gradient.h"
#include "engine/inference/torch/input_checks.h"
#include "engine/inference/torch/layer_outputs.h"
#include "engine/inference/torch/layers.h"
#include "engine/inference/torch/prediction_batch.h"
#include "engine/inference/torch/probe.h"
#include "engine/inference/torch/row_kernels.h"
#include "engine/inference/torch/scoring.h"
#include "engine/inference/torch/side_by_side.h"

#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/isfinite.h>
#include <ATen/ops/log_softmax.h>
#include <algorithm>
#include <atomic>
#include <memory>
#include <optional>
#include <set>

namespace isoloss::torch_module {

namespace {

using Sequence = std::vector<std::int32_t>;

/// The mean prediction loss of rows. Batches are small enough for graphs that are differentiated twice.
class PredictionSurface final : public LossSurface {
public:
    PredictionSurface(const Network& network, const Architecture& architecture, std::span<const PredictionRow> rows,
                      const BatchBudget& budget)
        : network_(network), kind_(architecture.prediction()), plan_(rows, budget, architecture.heads),
          side_by_side_(batches_side_by_side(network)) {
        for (const Parameter& parameter : network.parameters())
            parameters_.push_back(parameter.value);
        for (const PredictionRow& row : rows)
            count_ += static_cast<double>(row.targets.size());
    }

    const ParameterVector& parameters() const override { return parameters_; }

    double count() const override { return count_; }

    std::size_t parts() const override { return plan_.batches(); }

    int side_by_side() const override { return side_by_side_; }

    bool keeps_graphs() const override {
        constexpr std::size_t few = 8; // of a small model
        return parts() == 1 || (side_by_side_ > 1 && parts() <= few);
    }

    std::uint64_t units(std::size_t part) const override { return plan_.indices(part).size(); }

    at::Tensor part(std::size_t index) const override {
        const PredictionBatch batch(plan_.rows(index), kind_, network_.device());
        const at::Tensor log_probs = at::log_softmax(at_least_float32(network_.head()(batch.states(network_))), -1);
        return -log_probs.gather(1, batch.targets.unsqueeze(1)).sum(at::kDouble);
    }

private:
    const Network& network_;
    PredictionKind kind_;
    BatchPlan plan_;
    ParameterVector parameters_;
    double count_ = 0;
    int side_by_side_ = 1;
};

class BlackPicture final : public ImageSource {
public:
    std::size_t count() const override { return 1; }

    Expected<void> read(std::size_t, std::span<float> values) const override {
        std::ranges::fill(values, 0.0F);
        return {};
    }
};

/// Whether no weight is infinite or not a number.
bool all_finite(const Network& network) {
    const at::NoGradGuard no_graph;
    return std::ranges::all_of(network.parameters(), [](const Parameter& parameter) {
        const at::Tensor& value = parameter.value;
        if (value.scalar_type() != at::kFloat || !value.is_cpu()) return at::isfinite(value).all().item<bool>();
        std::atomic<bool> finite{true};
        at::parallel_for(0, value.numel(), 1 << 18, [&](std::int64_t begin, std::int64_t end) {
            if (!row_finite(value.data_ptr<float>() + begin, end - begin)) finite = false;
        });
        return finite.load();
    });
}

class TorchModel final : public Model {
public:
    TorchModel(const Architecture& architecture, std::unique_ptr<Network> network, ComputeType type)
        : architecture_(architecture), network_(std::move(network)), type_(type),
          usual_budget_(fitting_budget(*network_, architecture_, free_memory(network_->device()))),
          budget_(usual_budget_) {
        for (const Parameter& parameter : network_->parameters()) {
            parameter_count_ += parameter.value.numel();
            if (parameter.memory != nullptr) memories_.insert(parameter.memory);
        }
    }

    const Architecture& architecture() const override { return architecture_; }

    std::int64_t parameter_count() const override { return parameter_count_; }

    bool has_nonfinite_weights() const override {
        if (!nonfinite_) nonfinite_ = !all_finite(*network_);
        return *nonfinite_;
    }

    std::string device() const override { return network_->device().str(); }

    std::string compute_type() const override { return compute_type_name(type_); }

    std::int64_t batch_tokens() const override { return budget_.tokens; }

    void set_batch_tokens(std::int64_t tokens) override {
        budget_ = usual_budget_.with_tokens(std::max<std::int64_t>(1, tokens));
    }

    int batches_at_once() const override { return batches_side_by_side(*network_); }

    Expected<std::vector<ItemScores>> score(std::span<const ScoringItem> items, const CancellationToken& token,
                                            const StepFunction& step) override {
        return measured("Scoring", [&]() -> Expected<std::vector<ItemScores>> {
            ISOLOSS_TRY_VOID(check_continues_text(architecture_));
            for (const ScoringItem& item : items)
                ISOLOSS_TRY_VOID(check_item(item, architecture_));
            return score_items(*network_, architecture_, items, budget_, token, step);
        });
    }

    Expected<std::vector<std::vector<double>>>
    score_rows(std::span<const PredictionRow> rows, const CancellationToken& token, const StepFunction& step) override {
        return measured("Scoring", [&]() -> Expected<std::vector<std::vector<double>>> {
            ISOLOSS_TRY_VOID(check_rows(rows, architecture_));
            return torch_module::score_rows(*network_, architecture_, rows, budget_, token, step);
        });
    }

    Expected<std::vector<std::vector<TokenDistribution>>> score_distributions(std::span<const PredictionRow> rows,
                                                                              const CancellationToken& token,
                                                                              const StepFunction& step) override {
        return without_exceptions("Scoring", [&]() -> Expected<std::vector<std::vector<TokenDistribution>>> {
            ISOLOSS_TRY_VOID(check_rows(rows, architecture_));
            return torch_module::score_distributions(*network_, architecture_, rows, budget_, token, step);
        });
    }

    Expected<std::vector<FisherBatch>> fisher_trace(std::span<const PredictionRow> rows, const FisherOptions& options,
                                                    const CancellationToken& token, const StepFunction& step) override {
        return measured("Computing the Fisher trace", [&]() -> Expected<std::vector<FisherBatch>> {
            if (options.batch_rows < 1)
                return fail(ErrorKind::usage, "A batch needs at least one row", "Give a batch size of 1 or more");
            ISOLOSS_TRY_VOID(check_rows(rows, architecture_));
            const auto size = static_cast<std::size_t>(options.batch_rows);
            std::vector<FisherBatch> batches((rows.size() + size - 1) / size);
            std::vector<std::uint64_t> rows_of(batches.size(), size);
            rows_of.back() = rows.size() - (batches.size() - 1) * size;
            PartProgress progress(std::move(rows_of), step);
            const auto estimate = [&](std::size_t b) -> Expected<void> {
                const auto batch = rows.subspan(b * size, std::min(size, rows.size() - b * size));
                LabelSampler sampler(mixed_seed(options.seed, options.first_batch + b));
                ISOLOSS_TRY(batches[b], fisher_batch(batch, sampler, token));
                progress.finished(b);
                return {};
            };
            ISOLOSS_TRY_VOID(for_each_part(batches.size(), batches_side_by_side(*network_), estimate));
            return batches;
        });
    }

    Expected<std::vector<double>> hessian_trace(std::span<const PredictionRow> rows, const CurvatureOptions& options,
                                                const CancellationToken& token, const StepFunction& step) override {
        return measured("Computing the Hessian trace", [&]() -> Expected<std::vector<double>> {
            if (options.probes < 1)
                return fail(ErrorKind::usage, "The Hessian trace needs at least one probe", "Give 1 or more probes");
            ISOLOSS_TRY(const PredictionSurface surface, surface_of(rows));
            return hutchinson(surface, options.probes, options.seed, token, step,
                              static_cast<std::uint64_t>(options.first_probe));
        });
    }

    Expected<TopEigenvalue> hessian_top_eigenvalue(std::span<const PredictionRow> rows, const CurvatureOptions& options,
                                                   const CancellationToken& token, const StepFunction& step) override {
        return measured("Computing the top eigenvalue", [&]() -> Expected<TopEigenvalue> {
            ISOLOSS_TRY(const PredictionSurface surface, surface_of(rows));
            std::uint64_t done = 0;
            const auto each = [&](double) {
                if (step) step(++done);
            };
            ISOLOSS_TRY(const PowerIteration top,
                        power_iteration(surface, random_signs(surface.parameters(), options.seed), options.tolerance,
                                        options.iterations, token, each));
            return top.result;
        });
    }

    Expected<double> sam_sharpness(std::span<const PredictionRow> rows, const CurvatureOptions& options,
                                   const CancellationToken& token, const StepFunction& step) override {
        return measured("Computing the sharpness", [&]() -> Expected<double> {
            ISOLOSS_TRY(const PredictionSurface surface, surface_of(rows));
            std::uint64_t done = 0;
            return torch_module::sam_sharpness(surface, options, token, [&] {
                if (step) step(++done);
            });
        });
    }

    Expected<ProbeResult> linear_probe(std::span<const Sequence> sequences, std::span<const ProbeColumn> columns,
                                       const ProbeOptions& options, const CancellationToken& token,
                                       const StepFunction& step) override {
        return measured("Fitting the linear probe", [&]() -> Expected<ProbeResult> {
            if (options.folds < 3)
                return fail(ErrorKind::usage, "A probe needs folds to train, to choose its penalty and to test on",
                            "Give 3 or more folds");
            for (const Sequence& sequence : sequences)
                ISOLOSS_TRY_VOID(check_sequence(sequence, architecture_));
            ISOLOSS_TRY(const SequenceFeatures features,
                        sequence_features(*network_, architecture_, sequences, budget_, token, step));
            ISOLOSS_TRY(ProbeResult result,
                        probe_features(features.values, columns, options, batches_side_by_side(*network_), token));
            result.concatenated = features.concatenated;
            return result;
        });
    }

    Expected<void> hidden_states(const ModelInputs& inputs, const StateOptions& options, const StateSink& sink,
                                 const CancellationToken& token, const StepFunction& step) override {
        return measured("Computing hidden states", [&]() -> Expected<void> {
            ISOLOSS_TRY_VOID(check_inputs(inputs, architecture_));
            ISOLOSS_TRY_VOID(check_layers(options.layers, 0, architecture_));
            return stream_states(*network_, architecture_, inputs, options, budget_, sink, token, step);
        });
    }

    Expected<void> attention_maps(const ModelInputs& inputs, std::span<const std::int64_t> layers,
                                  const AttentionSink& sink, const CancellationToken& token,
                                  const StepFunction& step) override {
        return measured("Computing attention maps", [&]() -> Expected<void> {
            ISOLOSS_TRY_VOID(check_inputs(inputs, architecture_));
            ISOLOSS_TRY_VOID(check_layers(layers, 1, architecture_));
            return stream_attention(*network_, architecture_, inputs, layers, budget_, sink, token, step);
        });
    }

    Expected<double> loss_gradient(std::span<const PredictionRow> rows, const GradientSink& sink,
                                   const CancellationToken& token, const StepFunction& step) override {
        return measured("Computing the gradient", [&]() -> Expected<double> {
            ISOLOSS_TRY(const PredictionSurface surface, surface_of(rows));
            return stream_gradient(surface, network_->parameters(), sink, token, step);
        });
    }

    Expected<std::vector<float>> class_logits(const ImageSource& images, const CancellationToken& token,
                                              const StepFunction& step) override {
        return measured("Classifying images", [&]() -> Expected<std::vector<float>> {
            ISOLOSS_TRY_VOID(check_inputs(std::cref(images), architecture_));
            return image_logits(*network_, architecture_, images, budget_, token, step);
        });
    }

    /// One token or one black picture through the model.
    Expected<void> try_out() {
        if (architecture_.prediction() == PredictionKind::image_class) {
            ISOLOSS_TRY_VOID(class_logits(BlackPicture(), {}, {}));
            return {};
        }
        const std::vector trial{PredictionRow{{0}, {0}, {0}}};
        ISOLOSS_TRY_VOID(score_rows(trial, {}, {}));
        return {};
    }

private:
    /// What `function` returns in the model's number type, unless it throws, or weights changed meanwhile.
    template <typename Function>
    auto measured(std::string_view doing, Function&& function) const -> decltype(function()) {
        const PrecisionScope precision(type_, network_->device());
        auto result = without_exceptions(doing, std::forward<Function>(function));
        if (!result) return result;
        for (const auto& memory : memories_)
            ISOLOSS_TRY_VOID(memory->check());
        return result;
    }

    Expected<PredictionSurface> surface_of(std::span<const PredictionRow> rows) const {
        ISOLOSS_TRY_VOID(check_rows(rows, architecture_));
        return PredictionSurface(*network_, architecture_, rows, graph_budget());
    }

    /// A graph keeps the attention of every layer.
    BatchBudget graph_budget() const {
        BatchBudget budget = budget_;
        budget.attention =
            std::max<std::int64_t>(1, budget.attention / std::max<std::int64_t>(1, architecture_.layers));
        return budget;
    }

    /// One estimate. The gradient is summed over as many rows at a time as fit, which changes nothing but memory.
    Expected<FisherBatch> fisher_batch(std::span<const PredictionRow> batch, LabelSampler& sampler,
                                       const CancellationToken& token) const {
        GradientSum gradient(network_->parameters(), network_->head());
        std::size_t longest = 0;
        for (const PredictionRow& row : batch)
            longest = std::max(longest, row.tokens.size());
        const std::vector lengths(batch.size(), static_cast<std::int64_t>(longest));
        const std::size_t at_once = graph_budget().rows(lengths, architecture_.heads);
        for (std::size_t begin = 0; begin < batch.size(); begin += at_once) {
            if (token.cancelled()) return fail(ErrorKind::cancelled, "The Fisher trace was cancelled");
            const PredictionBatch part(batch.subspan(begin, std::min(at_once, batch.size() - begin)),
                                       architecture_.prediction(), network_->device());
            gradient.add(part.states(*network_), std::ref(sampler));
        }
        const auto positions = static_cast<double>(gradient.positions());
        const SquaredNorms norms = gradient.squared_norms();
        return FisherBatch{gradient.positions(), norms.all_parameters / positions,
                           norms.without_embeddings / positions};
    }

    Architecture architecture_;
    std::unique_ptr<Network> network_;
    ComputeType type_;
    BatchBudget usual_budget_, budget_;
    std::int64_t parameter_count_ = 0;
    mutable std::optional<bool> nonfinite_; ///< known once somebody asked: it takes a look at every weight
    std::set<std::shared_ptr<const TensorMemory>> memories_; ///< files that weights lie in
};

} // namespace

Expected<std::unique_ptr<Model>> load_model(const Architecture& architecture, const TensorSource& tensors,
                                            const at::Device& device, ComputeType type) {
    return without_exceptions("Loading the model", [&]() -> Expected<std::unique_ptr<Model>> {
        ISOLOSS_TRY(auto network, load_network(architecture, tensors, device, scalar_type(type)));
        auto model = std::make_unique<TorchModel>(architecture, std::move(network), type);
        // A kernel that this LibTorch lacks for the type shows here, not in the middle of a measurement. All have
        // float32.
        if (type != ComputeType::float32) ISOLOSS_TRY_VOID(model->try_out());
        return model;
    });
}

} // namespace isoloss::torch_module
