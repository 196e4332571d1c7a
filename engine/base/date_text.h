#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace isoloss {

/// UTC seconds of a date and time: "2022-10-15 15:10:02", "2025-07-29T12:34:56.789+02:00", "…Z". Without a zone it is
/// taken as UTC. Nothing when the whole text is no such date.
std::optional<double> parse_date(std::string_view text);

/// "2022-10-15 15:10:02 UTC"; empty for what is no time.
std::string date_text(double utc_seconds);

} // namespace isoloss
