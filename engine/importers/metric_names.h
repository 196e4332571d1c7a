#pragma once

#include "engine/store/records.h"

#include <string_view>

namespace isoloss {

/// From the names that evaluation harnesses use: accuracies up, losses, perplexities and bits down, anything else
/// descriptive.
Direction direction_of_metric(std::string_view metric);

/// The unit that a metric's name implies, else empty.
std::string_view unit_of_metric(std::string_view metric);

} // namespace isoloss
