#pragma once

#include "engine/base/cancellation.h"
#include "engine/base/error.h"
#include "engine/inference/architecture.h"
#include "engine/inference/tensor_source.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace isoloss {

struct TrainingTask;
class TrainingObserver;

/// tf32: float32 whose matrix products round their factors to ten bits, on NVIDIA GPUs only.
enum class ComputeType { float32, bfloat16, float16, tf32 };

constexpr const char* compute_type_name(ComputeType type) {
    constexpr const char* names[] = {"float32", "bfloat16", "float16", "tf32"};
    return names[static_cast<int>(type)];
}

struct LoadOptions {
    std::string device = "auto"; ///< "auto", "cpu", "cuda:0", …
    ComputeType type = ComputeType::float32;
    std::vector<std::string> trusted{}; ///< SHA-256 of the TorchScript modules that may run
};

/// One context with one or more continuations to be scored after it. The context has at least one token; context plus
/// continuation are at most Architecture::positions long.
struct ScoringItem {
    std::vector<std::int32_t> context;
    std::vector<std::vector<std::int32_t>> continuations;
};

struct ContinuationScore {
    std::vector<double> log_probs; ///< ln p of each continuation token, nats
    bool greedy = true;            ///< every token was the most likely one
};

using ItemScores = std::vector<ContinuationScore>;

/// One row of tokens that goes through the network, and the columns whose output is read: at positions[i] the data has
/// targets[i]. Of a causal model the output at a position predicts the token after it; of a masked model the token
/// under the mask there. Positions are in rising order.
struct PredictionRow {
    std::vector<std::int32_t> tokens; ///< as the network sees them, masks in place
    std::vector<std::int32_t> positions;
    std::vector<std::int32_t> targets;
};

/// How likely a token was, and how likely tokens are in its place: ln p of it, and mean and variance of ln p over the
/// vocabulary, weighted with p.
struct TokenDistribution {
    double log_prob = 0;
    double mean = 0;
    double variance = 0;
};

struct FisherOptions {
    std::uint64_t seed = 0;
    int batch_rows = 8;            ///< rows in one backward pass
    std::uint64_t first_batch = 0; ///< number of the first batch of the rows, by which its labels are drawn
};

/// Estimates of one batch: n·‖∇ of the mean sampled-label loss over its n positions‖².
struct FisherBatch {
    std::int64_t positions = 0;
    double all_parameters = 0;
    double without_embeddings = 0;
};

/// METRICS.md section 2 without the Fisher trace. L is the mean of −ln p(target) over all positions of the rows, its
/// derivatives are with respect to all parameters, shared weights once.
struct CurvatureOptions {
    std::uint64_t seed = 0;
    int probes = 16;         ///< hessian_trace: random sign vectors
    int first_probe = 0;     ///< hessian_trace: number of the first of them, by which it is drawn
    double tolerance = 1e-3; ///< hessian_top_eigenvalue: relative change at which the power iteration ends
    int iterations = 100;    ///< hessian_top_eigenvalue: at most so many
    double radius = .05;     ///< sam_sharpness: ρ
    /// sam_sharpness: where to climb. At a minimum the gradient vanishes and the top eigenvector is the direction; of
    /// its two signs the one that raises the loss more.
    enum class Ascent { gradient, eigenvector } ascent = Ascent::gradient;
};

struct TopEigenvalue {
    double value = 0;       ///< of largest magnitude, with its sign
    int iterations = 0;     ///< products with the Hessian
    bool converged = false; ///< the tolerance was reached
};

/// Labels of one kind for the rows of a probe: classes 0 … classes − 1.
struct ProbeColumn {
    int classes = 0;
    std::vector<std::int32_t> labels; ///< one per row; −1: this row has none
};

struct ProbeOptions {
    std::uint64_t seed = 0; ///< of the order in which rows are dealt out to folds
    int folds = 5;          ///< at least 3: each is tested once, with the next for validation and the others training
};

/// METRICS.md `linear_probe_accuracy`: what a ridge classifier on frozen states gets right. Every row is tested exactly
/// once, so that accuracies of two models pair row by row.
struct ProbeResult {
    std::vector<std::vector<int>> tested, correct; ///< [column][row]; 0 tested: the row has no such label
    std::vector<std::vector<double>> penalties;    ///< [column][fold], chosen on the validation rows
    std::int64_t features = 0;
    bool concatenated = true; ///< states of all tokens behind each other; else their mean over the tokens
};

/// Pictures for a vision model, read one after the other. Engine thread.
class ImageSource {
public:
    virtual ~ImageSource() = default;
    virtual std::size_t count() const = 0;
    /// Writes picture `index` as [channels, height, width] of the model's ImageShape, preprocessed as it says.
    virtual Expected<void> read(std::size_t index, std::span<float> values) const = 0;
};

/// What goes through a model: sequences of tokens (each at least one and at most Architecture::positions), or pictures.
using ModelInputs = std::variant<std::span<const std::vector<std::int32_t>>, std::reference_wrapper<const ImageSource>>;

struct StateOptions {
    /// 0: embeddings; i: after layer i; Architecture::layers: after the last layer and the last normalisation, what the
    /// output layer reads. Rising, none twice.
    std::vector<std::int64_t> layers;
    enum class Pooling { all_tokens, last_token, mean } pooling = Pooling::all_tokens;
};

/// States of one input in one layer; valid during the call only.
struct LayerStates {
    std::size_t input = 0; ///< number of the sequence or picture
    std::int64_t layer = 0;
    std::int64_t rows = 0; ///< tokens, or 1 where pooled; of a picture the class token and the patches
    std::int64_t width = 0;
    std::span<const float> values; ///< [rows, width]
};

/// Shares of attention (probabilities, each row sums to 1) of one input in one layer; valid during the call only.
struct AttentionMaps {
    std::size_t input = 0;
    std::int64_t layer = 0; ///< from 1
    std::int64_t heads = 0, queries = 0, keys = 0;
    std::span<const float> values; ///< [heads, queries, keys]
};

/// The gradient of one parameter, in the layout that the forward pass uses (GPT-2's linear layers as [out, in]); valid
/// during the call only.
struct ParameterGradient {
    std::string_view name; ///< in the file
    std::span<const std::int64_t> shape;
    bool embedding = false; ///< token or position embedding
    std::span<const float> values;
};

/// What takes results as they come, one batch after the other, so that they never are in memory at once. Its error ends
/// the pass and is returned.
using StateSink = std::function<Expected<void>(const LayerStates&)>;
using AttentionSink = std::function<Expected<void>(const AttentionMaps&)>;
using GradientSink = std::function<Expected<void>(const ParameterGradient&)>;

/// Called between batches with units done so far (tokens for scoring, rows for fisher_trace, …).
using StepFunction = std::function<void(std::uint64_t done)>;

/// A model in memory, in eval mode. Lives and dies on the thread that loaded it. No exception leaves it. Every
/// measurement fails with cancelled when its token says so, with limit when memory runs out.
class Model {
public:
    virtual ~Model() = default;
    virtual const Architecture& architecture() const = 0;
    virtual std::int64_t parameter_count() const = 0; ///< tied weights once
    virtual bool has_nonfinite_weights() const = 0;
    virtual std::string device() const = 0;
    virtual std::string compute_type() const = 0;

    /// Tokens of one batch, padding included: as many as suit the device and fit into the memory that was free when
    /// the model was loaded.
    virtual std::int64_t batch_tokens() const = 0;
    /// For all later measurements, after memory ran out. At least 1.
    virtual void set_batch_tokens(std::int64_t tokens) = 0;
    /// How many batches it computes at the same time.
    virtual int batches_at_once() const = 0;

    /// Scores in the order of the items. Causal models only.
    virtual Expected<std::vector<ItemScores>> score(std::span<const ScoringItem> items, const CancellationToken& token,
                                                    const StepFunction& step) = 0;

    /// ln p(target) of every position of every row, nats. `step` counts rows.
    virtual Expected<std::vector<std::vector<double>>>
    score_rows(std::span<const PredictionRow> rows, const CancellationToken& token, const StepFunction& step) = 0;

    /// The distribution at every position of every row, with its target. `step` counts rows.
    virtual Expected<std::vector<std::vector<TokenDistribution>>>
    score_distributions(std::span<const PredictionRow> rows, const CancellationToken& token,
                        const StepFunction& step) = 0;

    /// METRICS.md `fisher_trace`, one estimate per batch; labels are drawn from the model, the targets are not used.
    virtual Expected<std::vector<FisherBatch>> fisher_trace(std::span<const PredictionRow> rows,
                                                            const FisherOptions& options,
                                                            const CancellationToken& token,
                                                            const StepFunction& step) = 0;

    /// METRICS.md `hessian_trace` (Hutchinson): vᵀHv of each probe. `step` counts rows over all probes.
    virtual Expected<std::vector<double>> hessian_trace(std::span<const PredictionRow> rows,
                                                        const CurvatureOptions& options, const CancellationToken& token,
                                                        const StepFunction& step) = 0;

    /// METRICS.md `hessian_top_eigenvalue`. `step` counts iterations.
    virtual Expected<TopEigenvalue> hessian_top_eigenvalue(std::span<const PredictionRow> rows,
                                                           const CurvatureOptions& options,
                                                           const CancellationToken& token,
                                                           const StepFunction& step) = 0;

    /// METRICS.md `sam_sharpness`. The weights are as before when it returns. `step` counts passes over the rows.
    virtual Expected<double> sam_sharpness(std::span<const PredictionRow> rows, const CurvatureOptions& options,
                                           const CancellationToken& token, const StepFunction& step) = 0;

    /// `sequences` are the rows, each of at least one token. Ridge regression to one-hot labels with an intercept,
    /// features standardised by the training rows. Where all rows have one length and the states of all their tokens
    /// are at most 4,096 numbers, these are the features, else the mean over the tokens. `step` counts rows read.
    virtual Expected<ProbeResult> linear_probe(std::span<const std::vector<std::int32_t>> sequences,
                                               std::span<const ProbeColumn> columns, const ProbeOptions& options,
                                               const CancellationToken& token, const StepFunction& step) = 0;

    /// States of the chosen layers of every input, by batch; inputs of a batch come in any order, the layers of one
    /// input together and rising. `step` counts inputs.
    virtual Expected<void> hidden_states(const ModelInputs& inputs, const StateOptions& options, const StateSink& sink,
                                         const CancellationToken& token, const StepFunction& step) = 0;

    /// Attention of the chosen layers (from 1, rising) of every input, by batch, in the same order. `step` counts
    /// inputs.
    virtual Expected<void> attention_maps(const ModelInputs& inputs, std::span<const std::int64_t> layers,
                                          const AttentionSink& sink, const CancellationToken& token,
                                          const StepFunction& step) = 0;

    /// The mean of −ln p(target) over all positions of the rows, nats, and its gradient by every parameter, shared
    /// weights once. `step` counts rows.
    virtual Expected<double> loss_gradient(std::span<const PredictionRow> rows, const GradientSink& sink,
                                           const CancellationToken& token, const StepFunction& step) = 0;

    /// Logits of every picture, [pictures, Architecture::vocabulary]. Vision models only. `step` counts pictures.
    virtual Expected<std::vector<float>> class_logits(const ImageSource& images, const CancellationToken& token,
                                                      const StepFunction& step) = 0;
};

struct BackendInfo {
    std::string library; ///< "LibTorch 1.13.1"
    std::vector<std::string> devices;
    int threads = 1;
};

/// The library that computes. Created and used on one thread, but for train().
class Backend {
public:
    virtual ~Backend() = default;
    virtual BackendInfo info() const = 0;
    /// CPU threads of this thread's computations; 0: one per physical core.
    virtual void set_threads(int threads) = 0;
    virtual Expected<std::unique_ptr<Model>> load(const Architecture& architecture, const TensorSource& tensors,
                                                  const LoadOptions& options) = 0;
    /// A TorchScript module, which is a program: one whose SHA-256 is not among options.trusted is
    /// ErrorKind::untrusted, and nothing of it runs. What of it can be measured are its outputs.
    virtual Expected<std::unique_ptr<Model>>
    load_script(const Architecture& architecture, const std::filesystem::path& file, const LoadOptions& options) = 0;
    /// Trains on the CPU, in the calling thread alone; several threads may train at the same time. The same input gives
    /// the same numbers. Fails with cancelled, or with what the observer fails with.
    virtual Expected<void> train(const TrainingTask& task, TrainingObserver& observer,
                                 const CancellationToken& token) = 0;
    /// Speed of a 1,024 × 1,024 float32 matrix product on the CPU, GFLOP/s.
    virtual Expected<double> matrix_product_speed() = 0;
};

/// Opens the backend at the first job; app passes the loader of the Torch module, tests a fake.
using BackendFactory = std::function<Expected<std::unique_ptr<Backend>>()>;

} // namespace isoloss
