#pragma once

#include "engine/inference/metric_catalogue.h"

#include <span>

namespace isoloss {

// The parts of metric_catalogue() that are METRICS.md sections 6 and 3.

std::span<const MetricInfo> task_metrics();
/// Each score of a text by itself, and how well it tells members from non-members, as `score.auc` and so on.
std::span<const MetricInfo> membership_metrics();

} // namespace isoloss
