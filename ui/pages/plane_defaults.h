#pragma once

#include "engine/analysis/checkpoint_table.h"
#include "engine/analysis/equal_loss.h"
#include "ui/figures/figure_spec.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace isoloss {

/// Loss, bits per byte, perplexity: quantities that the band of equal loss is made for.
bool is_loss_like(std::string_view key);
/// Loss-like and read on a logarithmic axis.
bool is_perplexity(std::string_view key);
/// What a probe reads out of a model: an outcome like a score, though the engine measures it.
bool is_probe_score(std::string_view key);

/// What the plane shows before anyone chose: the loss-like quantity that most checkpoints have against the mean
/// accuracy, or the score that most checkpoints have; without scores a probe's accuracy, then any measurement. Nothing
/// when there is no pair.
struct PlaneAxes {
    std::string x, y;
    AxisScale x_scale = AxisScale::linear;
};

std::optional<PlaneAxes> default_axes(const std::vector<QuantityChoice>& choices);

/// A band in the better half of the losses where most runs have a checkpoint, in round numbers. Nothing below two
/// points.
std::optional<FigureBand> default_band(const std::vector<LossScorePoint>& points);

/// The place of each value among the distinct ones, equal for equal values: {5, 5, 2, NaN} is {1, 1, 0, nothing}.
/// Settings of equal ranks tell the same runs apart, so that only one of them is worth a test.
std::vector<std::optional<std::size_t>> dense_ranks(const std::vector<double>& values);

/// The same score in another metric: `lambada_openai/acc` with `ppl` is `lambada_openai/ppl`, `mean(*/acc)` with
/// `acc_norm` is `mean(*/acc_norm)`. Nothing where the key has no metric.
std::optional<std::string> key_with_metric(std::string_view key, std::string_view metric);
/// The metric of such a key.
std::string_view metric_of_key(std::string_view key);

} // namespace isoloss
