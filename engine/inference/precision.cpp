#include "engine/inference/precision.h"

#include "engine/base/random.h"

#include <algorithm>
#include <cmath>

namespace isoloss {

namespace {

constexpr std::uint64_t seed = 20;
constexpr std::size_t rows = 4;
constexpr std::int64_t longest = 64;

std::vector<PredictionRow> probe_rows(const Architecture& architecture) {
    RandomSource random(seed);
    const auto vocabulary = static_cast<std::size_t>(architecture.vocabulary);
    const auto length = static_cast<std::size_t>(std::min(longest, architecture.positions));
    std::vector<PredictionRow> probe(rows);
    for (PredictionRow& row : probe)
        for (std::size_t i = 0; i < length; ++i) {
            row.tokens.push_back(static_cast<std::int32_t>(random.below(vocabulary)));
            row.positions.push_back(static_cast<std::int32_t>(i));
            row.targets.push_back(static_cast<std::int32_t>(random.below(vocabulary)));
        }
    return probe;
}

class ProbePictures final : public ImageSource {
public:
    std::size_t count() const override { return rows; }

    Expected<void> read(std::size_t index, std::span<float> values) const override {
        RandomSource random(seed + index);
        std::ranges::generate(values, [&] { return static_cast<float>(random.normal()); });
        return {};
    }
};

std::vector<double> log_softmax(std::span<const float> logits) {
    std::vector<double> log_probs(logits.begin(), logits.end());
    const double largest = *std::ranges::max_element(log_probs);
    double sum = 0;
    for (const double logit : log_probs)
        sum += std::exp(logit - largest);
    for (double& value : log_probs)
        value -= largest + std::log(sum);
    return log_probs;
}

Expected<std::vector<double>> probe_log_probs(Model& model, const CancellationToken& token) {
    const StepFunction unheard = [](std::uint64_t) {};
    std::vector<double> all;
    if (model.architecture().prediction() == PredictionKind::image_class) {
        ISOLOSS_TRY(const auto logits, model.class_logits(ProbePictures(), token, unheard));
        const auto classes = static_cast<std::size_t>(model.architecture().vocabulary);
        for (std::size_t picture = 0; picture < rows; ++picture)
            for (const double log_prob : log_softmax(std::span(logits).subspan(picture * classes, classes)))
                all.push_back(log_prob);
        return all;
    }
    ISOLOSS_TRY(const auto scores, model.score_rows(probe_rows(model.architecture()), token, unheard));
    for (const auto& row : scores)
        all.insert(all.end(), row.begin(), row.end());
    return all;
}

/// NaN where one of them is not a number: then the type does not represent the model at all.
PrecisionDifference difference(const std::vector<double>& exact, const std::vector<double>& coarse) {
    PrecisionDifference result;
    result.predictions = static_cast<std::int64_t>(exact.size());
    for (std::size_t i = 0; i < exact.size(); ++i) {
        const double apart = std::abs(exact[i] - coarse[i]);
        result.mean += apart / static_cast<double>(exact.size());
        result.largest = std::max(result.largest, apart);
    }
    if (std::isnan(result.mean)) result.largest = result.mean;
    return result;
}

} // namespace

Expected<ComparedModel> load_compared(const std::function<Expected<std::unique_ptr<Model>>(ComputeType)>& load,
                                      ComputeType type, const CancellationToken& token) {
    ComparedModel compared;
    if (type == ComputeType::float32) {
        ISOLOSS_TRY(compared.model, load(type));
        return compared;
    }
    std::vector<double> exact;
    {
        ISOLOSS_TRY(const auto reference, load(ComputeType::float32));
        ISOLOSS_TRY(exact, probe_log_probs(*reference, token));
    }
    ISOLOSS_TRY(compared.model, load(type));
    ISOLOSS_TRY(const auto coarse, probe_log_probs(*compared.model, token));
    compared.difference = difference(exact, coarse);
    return compared;
}

} // namespace isoloss
