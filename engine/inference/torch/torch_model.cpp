#include "engine/inference/torch/torch_model.h"

#include "engine/inference/torch/exceptions.h"
#include "engine/inference/torch/families.h"
#include "engine/inference/torch/fisher.h"
#include "engine/inference/torch/scoring.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/isfinite.h>
#include <algorithm>

namespace isoloss::torch_module {

namespace {

using Sequence = std::vector<std::int32_t>;

at::ScalarType scalar_type(ComputeType type) {
    switch (type) {
    case ComputeType::bfloat16:
        return at::kBFloat16;
    case ComputeType::float16:
        return at::kHalf;
    case ComputeType::float32:
        break;
    }
    return at::kFloat;
}

const char* compute_type_name(ComputeType type) {
    switch (type) {
    case ComputeType::bfloat16:
        return "bfloat16";
    case ComputeType::float16:
        return "float16";
    case ComputeType::float32:
        break;
    }
    return "float32";
}

Expected<void> check_tokens(std::span<const std::int32_t> tokens, const Architecture& architecture) {
    for (const std::int32_t token : tokens)
        if (token < 0 || token >= architecture.vocabulary)
            return fail(ErrorKind::usage,
                        "Token id " + std::to_string(token) + " is outside the model's vocabulary of " +
                            std::to_string(architecture.vocabulary),
                        "Use the tokenizer that belongs to the checkpoint");
    return {};
}

Expected<void> check_length(std::size_t length, const Architecture& architecture) {
    if (static_cast<std::int64_t>(length) <= architecture.positions) return {};
    return fail(ErrorKind::usage,
                "A sequence of " + std::to_string(length) + " tokens is longer than the model's " +
                    std::to_string(architecture.positions) + " positions",
                "Use a shorter window");
}

Expected<void> check_item(const ScoringItem& item, const Architecture& architecture) {
    if (item.context.empty())
        return fail(ErrorKind::usage, "An item has no context token", "Put a beginning-of-sequence token in front");
    ISOLOSS_TRY_VOID(check_tokens(item.context, architecture));
    ISOLOSS_TRY_VOID(check_length(item.context.size(), architecture));
    for (const Sequence& continuation : item.continuations) {
        ISOLOSS_TRY_VOID(check_tokens(continuation, architecture));
        ISOLOSS_TRY_VOID(check_length(item.context.size() + continuation.size(), architecture));
    }
    return {};
}

Expected<void> check_sequence(const Sequence& sequence, const Architecture& architecture) {
    if (sequence.size() < 2)
        return fail(ErrorKind::usage, "A sequence has fewer than 2 tokens, so it predicts nothing",
                    "Leave out sequences of one token");
    ISOLOSS_TRY_VOID(check_tokens(sequence, architecture));
    return check_length(sequence.size(), architecture);
}

class TorchModel final : public Model {
public:
    TorchModel(const Architecture& architecture, std::unique_ptr<Network> network, ComputeType type)
        : architecture_(architecture), network_(std::move(network)), type_(type),
          budget_(BatchBudget::for_device(network_->head().device())) {
        const at::NoGradGuard no_graph;
        for (const Parameter& parameter : network_->parameters()) {
            parameter_count_ += parameter.value.numel();
            nonfinite_ = nonfinite_ || !at::isfinite(parameter.value).all().item<bool>();
        }
    }

    const Architecture& architecture() const override { return architecture_; }

    std::int64_t parameter_count() const override { return parameter_count_; }

    bool has_nonfinite_weights() const override { return nonfinite_; }

    std::string device() const override { return network_->head().device().str(); }

    std::string compute_type() const override { return compute_type_name(type_); }

    Expected<std::vector<ItemScores>> score(std::span<const ScoringItem> items, const CancellationToken& token,
                                            const StepFunction& step) override {
        return without_exceptions("Scoring", [&]() -> Expected<std::vector<ItemScores>> {
            for (const ScoringItem& item : items)
                ISOLOSS_TRY_VOID(check_item(item, architecture_));
            return score_items(*network_, architecture_, items, budget_, token, step);
        });
    }

    Expected<std::vector<FisherBatch>> fisher_trace(std::span<const Sequence> sequences, const FisherOptions& options,
                                                    const CancellationToken& token, const StepFunction& step) override {
        return without_exceptions("Computing the Fisher trace", [&]() -> Expected<std::vector<FisherBatch>> {
            if (options.batch_sequences < 1)
                return fail(ErrorKind::usage, "A batch needs at least one sequence", "Give a batch size of 1 or more");
            for (const Sequence& sequence : sequences)
                ISOLOSS_TRY_VOID(check_sequence(sequence, architecture_));
            LabelSampler sampler(options.seed);
            std::vector<FisherBatch> batches;
            std::uint64_t done = 0;
            const auto size = static_cast<std::size_t>(options.batch_sequences);
            for (std::size_t begin = 0; begin < sequences.size(); begin += size) {
                const auto batch = sequences.subspan(begin, std::min(size, sequences.size() - begin));
                ISOLOSS_TRY(const FisherBatch estimate, fisher_batch(batch, sampler, token));
                batches.push_back(estimate);
                done += batch.size();
                if (step) step(done);
            }
            return batches;
        });
    }

private:
    /// One estimate. The gradient is summed over as many sequences at a time as fit, which changes nothing but memory.
    Expected<FisherBatch> fisher_batch(std::span<const Sequence> batch, LabelSampler& sampler,
                                       const CancellationToken& token) const {
        GradientSum gradient(network_->parameters(), network_->head());
        for (std::size_t begin = 0; begin < batch.size();) {
            if (token.cancelled()) return fail(ErrorKind::cancelled, "The Fisher trace was cancelled");
            const auto part = batch.subspan(begin, sequences_at_once(batch.subspan(begin)));
            gradient.add(predicting_states(part), std::ref(sampler));
            begin += part.size();
        }
        const auto positions = static_cast<double>(gradient.positions());
        const SquaredNorms norms = gradient.squared_norms();
        return FisherBatch{gradient.positions(), norms.all_parameters / positions,
                           norms.without_embeddings / positions};
    }

    std::size_t sequences_at_once(std::span<const Sequence> sequences) const {
        std::size_t longest = 0;
        for (const Sequence& sequence : sequences)
            longest = std::max(longest, sequence.size());
        // The backward pass keeps the attention of every layer.
        const std::vector lengths(sequences.size(), static_cast<std::int64_t>(longest));
        return budget_.rows(lengths, 0, architecture_.heads * architecture_.layers);
    }

    /// States of every position but the last of each sequence, [positions, width], with their graph.
    at::Tensor predicting_states(std::span<const Sequence> sequences) const {
        std::vector<std::span<const std::int32_t>> rows;
        std::vector<std::int64_t> predicting;
        std::size_t longest = 0;
        for (const Sequence& sequence : sequences)
            longest = std::max(longest, sequence.size() - 1);
        for (std::size_t r = 0; r < sequences.size(); ++r) {
            rows.push_back(std::span(sequences[r]).first(sequences[r].size() - 1));
            for (std::size_t i = 0; i < rows.back().size(); ++i)
                predicting.push_back(static_cast<std::int64_t>(r * longest + i));
        }
        const at::Device device = network_->head().device();
        const at::Tensor indices = at::tensor(predicting, at::kLong).to(device);
        const at::Tensor hidden = network_->hidden(causal_input(padded(rows, device)));
        return hidden.reshape({-1, hidden.size(-1)}).index_select(0, indices);
    }

    Architecture architecture_;
    std::unique_ptr<Network> network_;
    ComputeType type_;
    BatchBudget budget_;
    std::int64_t parameter_count_ = 0;
    bool nonfinite_ = false;
};

} // namespace

Expected<std::unique_ptr<Model>> load_model(const Architecture& architecture, const TensorSource& tensors,
                                            const at::Device& device, ComputeType type) {
    return without_exceptions("Loading the model", [&]() -> Expected<std::unique_ptr<Model>> {
        const auto load = architecture.family == ModelFamily::gpt2 ? load_gpt2 : load_llama;
        ISOLOSS_TRY(auto network, load(architecture, tensors, device, scalar_type(type)));
        auto model = std::make_unique<TorchModel>(architecture, std::move(network), type);
        // A kernel that this LibTorch lacks for the type shows here, not in the middle of a measurement.
        const std::vector trial{ScoringItem{{0}, {{0}}}};
        if (architecture.positions > 1) ISOLOSS_TRY_VOID(model->score(trial, {}, {}));
        return model;
    });
}

} // namespace isoloss::torch_module
