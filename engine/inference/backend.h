#pragma once

#include "engine/base/cancellation.h"
#include "engine/base/error.h"
#include "engine/inference/architecture.h"
#include "engine/inference/tensor_source.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace isoloss {

enum class ComputeType { float32, bfloat16, float16 };

struct LoadOptions {
    std::string device = "auto"; ///< "auto", "cpu", "cuda:0", …
    ComputeType type = ComputeType::float32;
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

struct FisherOptions {
    std::uint64_t seed = 0;
    int batch_sequences = 8; ///< sequences in one backward pass
};

/// Estimates of one batch: n·‖∇ of the mean sampled-label loss over its n positions‖².
struct FisherBatch {
    std::int64_t positions = 0;
    double all_parameters = 0;
    double without_embeddings = 0;
};

/// Called between batches with units done so far (tokens for scoring, sequences for fisher_trace).
using StepFunction = std::function<void(std::uint64_t done)>;

/// A model in memory, in eval mode. Lives and dies on the thread that loaded it. No exception leaves it.
class Model {
public:
    virtual ~Model() = default;
    virtual const Architecture& architecture() const = 0;
    virtual std::int64_t parameter_count() const = 0; ///< tied weights once
    virtual bool has_nonfinite_weights() const = 0;
    virtual std::string device() const = 0;
    virtual std::string compute_type() const = 0;

    /// Scores in the order of the items. Fails with cancelled when the token says so, limit when memory runs out.
    virtual Expected<std::vector<ItemScores>> score(std::span<const ScoringItem> items, const CancellationToken& token,
                                                    const StepFunction& step) = 0;

    /// METRICS.md `fisher_trace`, one estimate per batch. Each sequence has at least two tokens; position t predicts
    /// token t+1, its label is drawn from the model.
    virtual Expected<std::vector<FisherBatch>> fisher_trace(std::span<const std::vector<std::int32_t>> sequences,
                                                            const FisherOptions& options,
                                                            const CancellationToken& token,
                                                            const StepFunction& step) = 0;
};

struct BackendInfo {
    std::string library; ///< "LibTorch 1.13.1"
    std::vector<std::string> devices;
    int threads = 1;
};

/// The library that computes. Created and used on the engine thread only.
class Backend {
public:
    virtual ~Backend() = default;
    virtual BackendInfo info() const = 0;
    virtual Expected<std::unique_ptr<Model>> load(const Architecture& architecture, const TensorSource& tensors,
                                                  const LoadOptions& options) = 0;
    /// Speed of a 1,024 × 1,024 float32 matrix product on the CPU, GFLOP/s.
    virtual Expected<double> matrix_product_speed() = 0;
};

/// Opens the backend at the first job; app passes the loader of the Torch module, tests a fake.
using BackendFactory = std::function<Expected<std::unique_ptr<Backend>>()>;

} // namespace isoloss
