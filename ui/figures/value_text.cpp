#include "ui/figures/value_text.h"

#include "engine/base/number_text.h"
#include "engine/store/records.h"

#include <QLocale>
#include <array>
#include <cmath>
#include <utility>

namespace isoloss {
namespace {

const QChar en_dash(0x2013);
const QChar minus(0x2212);

QString without_trailing_zeros(QString text) {
    if (!text.contains(u'.') || text.contains(u'e')) return text;
    while (text.endsWith(u'0'))
        text.chop(1);
    if (text.endsWith(u'.')) text.chop(1);
    return text;
}

QString grouped(QString digits) {
    const qsizetype start = digits.startsWith(u'-') ? 1 : 0;
    for (qsizetype i = digits.size() - 3; i > start; i -= 3)
        digits.insert(i, u',');
    return digits;
}

/// Sizes are read as people say them: 190M, 1.4B.
QString magnitude_text(double value) {
    static constexpr std::array<std::pair<double, char16_t>, 4> units{
        {{1e12, u'T'}, {1e9, u'B'}, {1e6, u'M'}, {1e3, u'k'}}};
    for (const auto& [unit, letter] : units)
        if (std::abs(value) >= unit && value < 1e15) return QString::number(value / unit, 'g', 3) + QChar(letter);
    return short_number(value);
}

QString non_finite(double value) {
    if (std::isnan(value)) return QStringLiteral("NaN");
    return value > 0 ? QStringLiteral("∞") : QStringLiteral("−∞");
}

} // namespace

QString short_number(std::optional<double> value) {
    if (!value) return QString(en_dash);
    if (!std::isfinite(*value)) return non_finite(*value);
    const double magnitude = std::abs(*value);
    QString text;
    if (magnitude == 0) {
        text = QStringLiteral("0");
    } else if (magnitude >= 1e15 || magnitude < 1e-4) {
        text = QString::number(*value, 'e', 3);
        const qsizetype e = text.indexOf(u'e');
        text = without_trailing_zeros(text.left(e)) + text.mid(e);
    } else if (magnitude >= 1000 || (magnitude >= 1 && magnitude == std::floor(magnitude))) {
        text = grouped(QString::number(*value, 'f', 0));
    } else {
        const int decimals = 3 - static_cast<int>(std::floor(std::log10(magnitude)));
        text = QString::number(*value, 'f', decimals);
    }
    return text.replace(u'-', minus);
}

QString legend_number(std::string_view key, double value) {
    const bool is_size = key == "parameters" || key == "tokens" || key == "step";
    return is_size ? magnitude_text(value) : short_number(value);
}

QString signed_number(std::optional<double> value, int digits) {
    if (!value) return QString(en_dash);
    if (!std::isfinite(*value)) return non_finite(*value);
    const double magnitude = std::abs(*value);
    const QString sign = *value < 0 ? QString(minus) : QStringLiteral("+");
    if (magnitude == 0) return QStringLiteral("0");
    if (magnitude >= 1e6 || magnitude < 1e-4) return sign + QString::number(magnitude, 'e', digits - 1);
    const int decimals = std::max(0, digits - 1 - static_cast<int>(std::floor(std::log10(magnitude))));
    return sign + QString::number(magnitude, 'f', magnitude < 1 ? std::max(decimals, digits) : decimals);
}

QString number_with_error(std::optional<double> value, std::optional<double> standard_error) {
    if (!value || !standard_error || !std::isfinite(*value) || !std::isfinite(*standard_error) || *standard_error <= 0)
        return short_number(value);
    const int decimals = 1 - static_cast<int>(std::floor(std::log10(*standard_error)));
    if (decimals < 0 || decimals > 8) return short_number(value) + QStringLiteral(" ± ") + short_number(standard_error);
    QString text = QString::number(*value, 'f', decimals) + QStringLiteral(" ± ") +
                   QString::number(*standard_error, 'f', decimals);
    if (*value < 0) text.replace(0, 1, minus);
    return text;
}

QString exact_number(double value, bool is_float32) {
    return qtext(is_float32 ? number_text(static_cast<float>(value)) : number_text(value));
}

QString step_text(std::optional<std::int64_t> step) {
    if (!step) return QStringLiteral("final");
    const std::int64_t value = *step;
    if (value >= 1'000'000 && value % 10'000 == 0)
        return without_trailing_zeros(QString::number(static_cast<double>(value) / 1e6, 'f', 2)) + QStringLiteral("M");
    if (value >= 1000 && value % 100 == 0)
        return without_trailing_zeros(QString::number(static_cast<double>(value) / 1e3, 'f', 1)) + QStringLiteral("k");
    return QString::number(value);
}

QString checkpoint_label(const CheckpointRecord& checkpoint) {
    QString label = qtext(checkpoint.run_name);
    if (checkpoint.attempt > 1) label += QStringLiteral(" #%1").arg(checkpoint.attempt);
    return label + QStringLiteral(" @") + step_text(checkpoint.step);
}

QString count_text(std::int64_t count) {
    return grouped(QString::number(count));
}

} // namespace isoloss
