#include "engine/inference/torch/script_model.h"

#include "engine/inference/torch/compute_type.h"
#include "engine/inference/torch/exceptions.h"
#include "engine/inference/torch/input_batches.h"
#include "engine/inference/torch/input_checks.h"
#include "engine/inference/torch/layer_outputs.h"
#include "engine/inference/torch/layers.h"
#include "engine/inference/torch/script_module.h"
#include "engine/inference/torch/script_rows.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/isfinite.h>
#include <ATen/ops/zeros.h>
#include <algorithm>

namespace isoloss::torch_module {

namespace {

using Sequence = std::vector<std::int32_t>;

class ScriptModel final : public Model {
public:
    ScriptModel(const Architecture& architecture, ScriptModule module, const at::Device& device, ComputeType type)
        : architecture_(architecture), module_(std::move(module)), device_(device), type_(type) {
        const at::NoGradGuard no_graph;
        for (const at::Tensor& parameter : module_.parameters()) {
            parameter_count_ += parameter.numel();
            nonfinite_ = nonfinite_ || !at::isfinite(parameter).all().item<bool>();
        }
        usual_budget_ = budget_ =
            BatchBudget::for_device(device, 2 * static_cast<double>(std::max<std::int64_t>(1, parameter_count_)));
    }

    const Architecture& architecture() const override { return architecture_; }

    std::int64_t parameter_count() const override { return parameter_count_; }

    bool has_nonfinite_weights() const override { return nonfinite_; }

    std::string device() const override { return device_.str(); }

    std::string compute_type() const override { return compute_type_name(type_); }

    std::int64_t batch_tokens() const override { return budget_.tokens; }

    void set_batch_tokens(std::int64_t tokens) override {
        budget_ = usual_budget_.with_tokens(std::max<std::int64_t>(1, tokens));
    }

    int batches_at_once() const override { return 1; }

    /// One input through every method that is there; learns layers, width and heads.
    Expected<void> try_out() {
        const at::NoGradGuard no_graph;
        const bool images = architecture_.prediction() == PredictionKind::image_class;
        at::Tensor input = at::zeros({1, 1}, at::kLong);
        if (images) {
            const ImageShape& shape = *architecture_.image;
            input = at::zeros({1, shape.channels, shape.height, shape.width}, scalar_type(type_));
        }
        input = input.to(device_);
        ISOLOSS_TRY_VOID(logits(input));
        if (module_.has("hidden")) {
            ISOLOSS_TRY(const auto layers, module_.tensors("hidden", input));
            architecture_.layers = std::max<std::int64_t>(1, static_cast<std::int64_t>(layers.size()) - 1);
            architecture_.width = layers.front().size(-1);
        }
        if (module_.has("attn")) {
            ISOLOSS_TRY(const auto layers, module_.tensors("attn", input));
            if (layers.front().dim() != 4) return fail(wrong_attention());
            architecture_.heads = architecture_.key_value_heads = layers.front().size(1);
        }
        return {};
    }

    Expected<std::vector<ItemScores>> score(std::span<const ScoringItem> items, const CancellationToken& token,
                                            const StepFunction& step) override {
        return computed("Scoring", [&]() -> Expected<std::vector<ItemScores>> {
            ISOLOSS_TRY_VOID(check_continues_text(architecture_));
            std::vector<PredictionRow> rows;
            for (const ScoringItem& item : items) {
                ISOLOSS_TRY_VOID(check_item(item, architecture_));
                for (const Sequence& continuation : item.continuations)
                    rows.push_back(continuation_row(item.context, continuation));
            }
            ISOLOSS_TRY(const auto scores, scored(rows, token, step, true));
            std::vector<ItemScores> results;
            auto next = scores.begin();
            for (const ScoringItem& item : items) {
                ItemScores& of_item = results.emplace_back();
                for (std::size_t c = 0; c < item.continuations.size(); ++c, ++next)
                    of_item.push_back({next->log_probs, next->greedy});
            }
            return results;
        });
    }

    Expected<std::vector<std::vector<double>>>
    score_rows(std::span<const PredictionRow> rows, const CancellationToken& token, const StepFunction& step) override {
        return computed("Scoring", [&]() -> Expected<std::vector<std::vector<double>>> {
            ISOLOSS_TRY_VOID(check_rows(rows, architecture_));
            ISOLOSS_TRY(auto scores, scored(rows, token, step, false));
            std::vector<std::vector<double>> log_probs;
            for (RowScore& score : scores)
                log_probs.push_back(std::move(score.log_probs));
            return log_probs;
        });
    }

    Expected<std::vector<std::vector<TokenDistribution>>>
    score_distributions(std::span<const PredictionRow>, const CancellationToken&, const StepFunction&) override {
        return fail(ErrorKind::unsupported,
                    "The distribution over the vocabulary is not read from a TorchScript module",
                    "Use a checkpoint of a family that Isoloss knows");
    }

    Expected<std::vector<FisherBatch>> fisher_trace(std::span<const PredictionRow>, const FisherOptions&,
                                                    const CancellationToken&, const StepFunction&) override {
        return no_gradients();
    }

    Expected<std::vector<double>> hessian_trace(std::span<const PredictionRow>, const CurvatureOptions&,
                                                const CancellationToken&, const StepFunction&) override {
        return no_gradients();
    }

    Expected<TopEigenvalue> hessian_top_eigenvalue(std::span<const PredictionRow>, const CurvatureOptions&,
                                                   const CancellationToken&, const StepFunction&) override {
        return no_gradients();
    }

    Expected<double> sam_sharpness(std::span<const PredictionRow>, const CurvatureOptions&, const CancellationToken&,
                                   const StepFunction&) override {
        return no_gradients();
    }

    Expected<double> loss_gradient(std::span<const PredictionRow>, const GradientSink&, const CancellationToken&,
                                   const StepFunction&) override {
        return no_gradients();
    }

    Expected<ProbeResult> linear_probe(std::span<const Sequence>, std::span<const ProbeColumn>, const ProbeOptions&,
                                       const CancellationToken&, const StepFunction&) override {
        return fail(ErrorKind::unsupported, "A TorchScript module is not probed",
                    "Use a checkpoint of a family that Isoloss knows");
    }

    Expected<void> hidden_states(const ModelInputs& inputs, const StateOptions& options, const StateSink& sink,
                                 const CancellationToken& token, const StepFunction& step) override {
        return computed("Computing hidden states", [&]() -> Expected<void> {
            ISOLOSS_TRY_VOID(check_inputs(inputs, architecture_));
            ISOLOSS_TRY_VOID(check_layers(options.layers, 0, architecture_));
            const bool one_vector = options.pooling != StateOptions::Pooling::all_tokens &&
                                    options.layers.front() == architecture_.layers && module_.has("embed");
            if (!module_.has("hidden") && one_vector) return embeddings(inputs, sink, token, step);
            return each_batch(inputs, token, step, [&](const InputBatch& batch) -> Expected<void> {
                ISOLOSS_TRY(const auto layers, module_.tensors("hidden", batch.input.tokens));
                for (std::size_t i = 0; i < batch.indices.size(); ++i)
                    for (const std::int64_t layer : options.layers) {
                        if (!is_batch(layers, layer, 3, batch))
                            return fail(module_.wrong("hidden", "gives no states of layer " + std::to_string(layer),
                                                      "Return [rows, length, width] per layer, embeddings first"));
                        const at::Tensor own = layers[static_cast<std::size_t>(layer)][static_cast<std::int64_t>(i)];
                        const at::Tensor states = as_floats(pooled(own, options.pooling));
                        ISOLOSS_TRY_VOID(
                            sink({batch.indices[i], layer, states.size(0), states.size(1), floats(states)}));
                    }
                return {};
            });
        });
    }

    Expected<void> attention_maps(const ModelInputs& inputs, std::span<const std::int64_t> layers,
                                  const AttentionSink& sink, const CancellationToken& token,
                                  const StepFunction& step) override {
        return computed("Computing attention maps", [&]() -> Expected<void> {
            ISOLOSS_TRY_VOID(check_inputs(inputs, architecture_));
            ISOLOSS_TRY_VOID(check_layers(layers, 1, architecture_));
            return each_batch(inputs, token, step, [&](const InputBatch& batch) -> Expected<void> {
                ISOLOSS_TRY(const auto maps, module_.tensors("attn", batch.input.tokens));
                for (std::size_t i = 0; i < batch.indices.size(); ++i)
                    for (const std::int64_t layer : layers) {
                        if (!is_batch(maps, layer - 1, 4, batch)) return fail(wrong_attention());
                        const at::Tensor own =
                            as_floats(maps[static_cast<std::size_t>(layer - 1)][static_cast<std::int64_t>(i)]);
                        ISOLOSS_TRY_VOID(
                            sink({batch.indices[i], layer, own.size(0), own.size(1), own.size(2), floats(own)}));
                    }
                return {};
            });
        });
    }

    Expected<std::vector<float>> class_logits(const ImageSource& images, const CancellationToken& token,
                                              const StepFunction& step) override {
        return computed("Classifying images", [&]() -> Expected<std::vector<float>> {
            const ModelInputs inputs = std::cref(images);
            ISOLOSS_TRY_VOID(check_inputs(inputs, architecture_));
            std::vector<float> all(images.count() * static_cast<std::size_t>(architecture_.vocabulary));
            ISOLOSS_TRY_VOID(each_batch(inputs, token, step, [&](const InputBatch& batch) -> Expected<void> {
                ISOLOSS_TRY(const at::Tensor of_batch, logits(batch.input.tokens));
                std::ranges::copy(floats(of_batch), all.begin() + static_cast<std::ptrdiff_t>(batch.indices.front()) *
                                                                      architecture_.vocabulary);
                return {};
            }));
            return all;
        });
    }

private:
    /// Contract of `function`, in the number type of the model and without exceptions.
    template <typename Function>
    auto computed(std::string_view doing, const Function& function) const -> decltype(function()) {
        return without_exceptions(doing, [&] {
            const PrecisionScope precision(type_, device_);
            return function();
        });
    }

    static tl::unexpected<Error> no_gradients() {
        return fail(ErrorKind::unsupported, "A TorchScript module is measured by what it gives, not by its gradients",
                    "Use a checkpoint of a family that Isoloss knows");
    }

    Error wrong_attention() const {
        return module_.wrong("attn", "gives no attention of the layers that were asked for",
                             "Return [rows, heads, length, length] per layer");
    }

    static bool is_batch(const std::vector<at::Tensor>& layers, std::int64_t layer, std::int64_t dimensions,
                         const InputBatch& batch) {
        return layer < static_cast<std::int64_t>(layers.size()) &&
               layers[static_cast<std::size_t>(layer)].dim() == dimensions &&
               layers[static_cast<std::size_t>(layer)].size(0) == static_cast<std::int64_t>(batch.indices.size());
    }

    /// Rows of one length at a time: a module knows nothing of padding.
    template <typename Take>
    Expected<void> each_batch(const ModelInputs& inputs, const CancellationToken& token, const StepFunction& step,
                              const Take& take) const {
        const at::NoGradGuard no_graph;
        const InputBatches batches(inputs, architecture_, budget(), InputBatches::Lengths::equal);
        std::uint64_t done = 0;
        for (std::size_t b = 0; b < batches.count(); ++b) {
            if (token.cancelled()) return fail(ErrorKind::cancelled, "The pass over the inputs was cancelled");
            ISOLOSS_TRY(const InputBatch batch, batches.batch(b, device_, scalar_type(type_)));
            ISOLOSS_TRY_VOID(take(batch));
            done += batch.indices.size();
            if (step) step(done);
        }
        return {};
    }

    /// The logits of all positions of a batch exist at the same time.
    BatchBudget budget() const {
        constexpr std::int64_t most_logits = 32 << 20;
        BatchBudget budget = budget_;
        budget.tokens = std::clamp<std::int64_t>(most_logits / architecture_.vocabulary, 1, budget.tokens);
        return budget;
    }

    Expected<void> embeddings(const ModelInputs& inputs, const StateSink& sink, const CancellationToken& token,
                              const StepFunction& step) const {
        return each_batch(inputs, token, step, [&](const InputBatch& batch) -> Expected<void> {
            ISOLOSS_TRY(const at::Tensor vectors, module_.tensor("embed", batch.input.tokens));
            if (!is_batch({vectors}, 0, 2, batch))
                return fail(module_.wrong("embed", "gives no vector per input", "Return [rows, width]"));
            const at::Tensor all = as_floats(vectors);
            for (std::size_t i = 0; i < batch.indices.size(); ++i)
                ISOLOSS_TRY_VOID(sink({batch.indices[i], architecture_.layers, 1, all.size(1),
                                       floats(all[static_cast<std::int64_t>(i)])}));
            return {};
        });
    }

    /// Of forward, checked: float32 on the CPU for pictures, on the device for texts.
    Expected<at::Tensor> logits(const at::Tensor& input) const {
        ISOLOSS_TRY(const at::Tensor logits, module_.tensor("forward", input));
        const bool images = architecture_.prediction() == PredictionKind::image_class;
        const std::vector<std::int64_t> shape =
            images ? std::vector{input.size(0), architecture_.vocabulary}
                   : std::vector{input.size(0), input.size(1), architecture_.vocabulary};
        if (logits.sizes() != at::IntArrayRef(shape))
            return fail(module_.wrong("forward",
                                      "gives " + c10::str(logits.sizes()) + " for an input of " +
                                          c10::str(input.sizes()) + ", not " + c10::str(at::IntArrayRef(shape)),
                                      "Return logits; check vocab_size or num_labels in config.json"));
        return images ? as_floats(logits) : at_least_float32(logits);
    }

    /// `step` counts targets, or rows.
    Expected<std::vector<RowScore>> scored(std::span<const PredictionRow> rows, const CancellationToken& token,
                                           const StepFunction& step, bool counts_targets) const {
        std::vector<Sequence> sequences;
        for (const PredictionRow& row : rows)
            sequences.push_back(row.tokens);
        const ModelInputs inputs = std::span<const Sequence>(sequences);
        std::vector<RowScore> scores(rows.size());
        std::uint64_t done = 0;
        ISOLOSS_TRY_VOID(each_batch(inputs, token, {}, [&](const InputBatch& batch) -> Expected<void> {
            ISOLOSS_TRY(const at::Tensor of_batch, logits(batch.input.tokens));
            for (std::size_t i = 0; i < batch.indices.size(); ++i) {
                const PredictionRow& row = rows[batch.indices[i]];
                scores[batch.indices[i]] = row_score(of_batch[static_cast<std::int64_t>(i)], row);
                done += counts_targets ? row.targets.size() : 1;
            }
            if (step) step(done);
            return {};
        }));
        return scores;
    }

    Architecture architecture_;
    ScriptModule module_;
    at::Device device_;
    ComputeType type_;
    BatchBudget usual_budget_, budget_;
    std::int64_t parameter_count_ = 0;
    bool nonfinite_ = false;
};

} // namespace

Expected<std::unique_ptr<Model>> load_script_model(const Architecture& architecture, ScriptArchive archive,
                                                   const std::string& file, const at::Device& device,
                                                   ComputeType type) {
    return without_exceptions("Loading the module", [&]() -> Expected<std::unique_ptr<Model>> {
        ISOLOSS_TRY(ScriptModule module, ScriptModule::open(std::move(archive), file, device, scalar_type(type)));
        auto model = std::make_unique<ScriptModel>(architecture, std::move(module), device, type);
        ISOLOSS_TRY_VOID(model->try_out());
        return model;
    });
}

} // namespace isoloss::torch_module
