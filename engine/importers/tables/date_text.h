#pragma once

#include <optional>
#include <string_view>

namespace isoloss {

/// UTC seconds of an ISO 8601 date: 2024-05-01, 2024-05-01 12:30:00.25, 2024-05-01T12:30:00Z, …+02:00. Without a zone
/// it is taken as UTC.
std::optional<double> date_seconds(std::string_view text);

} // namespace isoloss
