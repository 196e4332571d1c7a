#pragma once

#include <QString>
#include <optional>
#include <string>
#include <string_view>

namespace isoloss {

struct CheckpointRecord;

inline QString qtext(std::string_view text) {
    return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size()));
}

inline std::string utf8(const QString& text) {
    return text.toStdString();
}

/// A value for tables and labels: four significant digits and no needless zeros ("3.14", "0.4217", "2.5e-05",
/// "1,432,000"); an en dash when there is none, "NaN" and "∞" as themselves.
QString short_number(std::optional<double> value);

/// A value of a quantity as a legend says it: parameters, tokens and steps as people say sizes ("190M", "1.4B"), others
/// as short_number.
QString legend_number(std::string_view key, double value);

/// The same with a sign, for differences: "+0.012", "−0.81".
QString signed_number(std::optional<double> value, int digits = 3);

/// value ± standard error, rounded to the error's second digit.
QString number_with_error(std::optional<double> value, std::optional<double> standard_error);

/// The shortest text that reads back to the same float32 or float64.
QString exact_number(double value, bool is_float32);

/// Steps as people say them: "143000" → "143k", "1500" → "1.5k", no rounding otherwise.
QString step_text(std::optional<std::int64_t> step);

/// "pythia-1.4b @143k"
QString checkpoint_label(const CheckpointRecord& checkpoint);

/// 3570 → "3,570"
QString count_text(std::int64_t count);

} // namespace isoloss
