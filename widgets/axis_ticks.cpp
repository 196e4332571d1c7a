#include "widgets/axis_ticks.h"

#include "widgets/axis_transform.h"

#include <QDateTime>
#include <QLocale>
#include <QTimeZone>
#include <algorithm>
#include <array>
#include <cmath>
#include <span>

namespace isoloss {

namespace {

const QString minus = QStringLiteral("−");

QString signed_text(QString text) {
    if (text.startsWith(QLatin1Char('-'))) text.replace(0, 1, minus);
    return text;
}

QString superscript(int number) {
    static constexpr std::array<char16_t, 10> digits = {u'⁰', u'¹', u'²', u'³', u'⁴', u'⁵', u'⁶', u'⁷', u'⁸', u'⁹'};
    QString text;
    for (const QChar c : QString::number(number))
        text += c == QLatin1Char('-') ? QChar(u'⁻') : QChar(digits[static_cast<std::size_t>(c.digitValue())]);
    return text;
}

int decimals_for(double step) {
    if (!(step > 0)) return 0;
    // 2.5 and 0.25 need one digit more than their power of ten says.
    const int digits = static_cast<int>(std::ceil(-std::log10(step) - 1e-9));
    const double scaled = step * std::pow(10, std::max(0, digits));
    const bool half = std::abs(scaled - std::round(scaled)) > 1e-6;
    return std::clamp(digits + (half ? 1 : 0), 0, 15);
}

struct Suffix {
    double unit;
    const char* text;
};

/// One way of writing for all labels of an axis: plain, with k M B T, or as a power of ten.
struct NumberForm {
    double unit = 1;
    QString suffix;
    int decimals = 0;

    static NumberForm of(double largest, double step) {
        static constexpr std::array<Suffix, 4> suffixes = {{{1e12, "T"}, {1e9, "B"}, {1e6, "M"}, {1e3, "k"}}};
        NumberForm form;
        if (largest >= 1e15 || (largest > 0 && largest < 1e-4)) {
            const int power = static_cast<int>(std::floor(std::log10(largest) + 1e-12));
            form.unit = std::pow(10, power);
            form.suffix = QStringLiteral("×10") + superscript(power);
        } else if (largest >= 1e4) {
            for (const Suffix& candidate : suffixes)
                if (largest >= candidate.unit && decimals_for(step / candidate.unit) <= 3) {
                    form.unit = candidate.unit;
                    form.suffix = QLatin1String(candidate.text);
                    break;
                }
        }
        form.decimals = decimals_for(step / form.unit);
        return form;
    }

    QString text(double value) const {
        if (value == 0) return QStringLiteral("0");
        return signed_text(QString::number(value / unit, 'f', decimals)) + suffix;
    }
};

/// The smallest step of {1, 2, 2.5, 5}·10^k (or of a list) that gives at most `wanted` ticks.
double nice_step(double span, int wanted, bool integer) {
    const double rough = span / std::max(1, wanted);
    const double power = std::pow(10, std::floor(std::log10(rough)));
    for (const double multiple : {1.0, 2.0, 2.5, 5.0, 10.0}) {
        const double step = multiple * power;
        if (step >= rough * (1 - 1e-9) && (!integer || (step >= 1 && step == std::floor(step)))) return step;
    }
    return integer ? std::max(1.0, std::ceil(10 * power)) : 10 * power;
}

double listed_step(double span, int wanted, std::span<const double> steps) {
    const double rough = span / std::max(1, wanted);
    for (const double step : steps)
        if (step >= rough) return step;
    return nice_step(span / steps.back(), wanted, true) * steps.back();
}

std::vector<double> multiples(const AxisRange& range, double step) {
    std::vector<double> values;
    const double first = std::ceil(range.min / step - 1e-9);
    const double last = std::floor(range.max / step + 1e-9);
    for (double i = first; i <= last && values.size() < 200; i += 1)
        values.push_back(i * step);
    return values;
}

std::vector<AxisTick> number_ticks(const AxisRange& range, int wanted, bool integer) {
    double step = nice_step(range.span(), wanted, integer);
    std::vector<double> values = multiples(range, step);
    // One label says nothing about a scale.
    for (int finer = wanted + 1; values.size() < 2 && finer < 4 * wanted; ++finer) {
        step = nice_step(range.span(), finer, integer);
        values = multiples(range, step);
    }
    double largest = 0;
    for (const double value : values)
        largest = std::max(largest, std::abs(value));
    const NumberForm form = NumberForm::of(largest, step);
    std::vector<AxisTick> ticks;
    for (const double value : values)
        ticks.push_back({value, form.text(value)});
    return ticks;
}

QString power_text(double multiple, int power) {
    if (power >= -3 && power <= 3) return QString::number(multiple * std::pow(10, power), 'f', power < 0 ? -power : 0);
    if (multiple == 1) return QStringLiteral("10") + superscript(power);
    return QString::number(multiple, 'f', 0) + QStringLiteral("×10") + superscript(power);
}

std::vector<AxisTick> log_ticks(const AxisRange& range, int wanted) {
    const double low = std::log10(range.min);
    const double high = std::log10(range.max);
    // Within a decade round values of a linear axis read best; their places are still logarithmic.
    if (high - low < 1) return number_ticks(range, wanted, false);

    const int first = static_cast<int>(std::floor(low));
    const int last = static_cast<int>(std::ceil(high));
    static constexpr std::array<std::array<bool, 10>, 3> labelled = {{
        {false, true, true, false, false, true, false, false, false, false},  // 1 2 5
        {false, true, false, true, false, false, false, false, false, false}, // 1 3
        {false, true, false, false, false, false, false, false, false, false},
    }};
    const auto inside = [&](double value) {
        return value >= range.min * (1 - 1e-9) && value <= range.max * (1 + 1e-9);
    };
    const auto count = [&](const std::array<bool, 10>& set) {
        int total = 0;
        for (int power = first; power <= last; ++power)
            for (std::size_t m = 1; m < 10; ++m)
                if (set[m] && inside(static_cast<double>(m) * std::pow(10, power))) ++total;
        return total;
    };
    std::size_t chosen = 0;
    while (chosen + 1 < labelled.size() && count(labelled[chosen]) > wanted)
        ++chosen;
    if (count(labelled[chosen]) < 2) chosen = 0;
    // Powers of ten are thinned evenly from the first one inside.
    const int first_inside = static_cast<int>(std::ceil(low - 1e-9));
    const int powers = static_cast<int>(std::floor(high + 1e-9)) - first_inside + 1;
    const int stride = std::max(1, (powers + wanted - 1) / std::max(1, wanted));
    std::vector<AxisTick> ticks;
    for (int power = first; power <= last; ++power)
        for (std::size_t m = 1; m < 10; ++m) {
            const double value = static_cast<double>(m) * std::pow(10, power);
            if (!inside(value)) continue;
            const bool label = labelled[chosen][m] && (stride == 1 || (power - first_inside) % stride == 0);
            if (label)
                ticks.push_back({value, power_text(static_cast<double>(m), power)});
            else if (powers <= 2 * wanted)
                ticks.push_back({value, {}});
        }
    return ticks;
}

std::vector<AxisTick> symlog_ticks(const ChartAxis& axis, const AxisRange& range, int wanted) {
    const double threshold = axis.symlog_threshold > 0 ? axis.symlog_threshold : 1;
    const double largest = std::max(std::abs(range.min), std::abs(range.max));
    if (largest <= 3 * threshold || range.min > threshold * 3 || range.max < -threshold * 3)
        return number_ticks(range, wanted, false);
    const int first = static_cast<int>(std::ceil(std::log10(threshold) - 1e-9));
    const int last = static_cast<int>(std::floor(std::log10(largest) + 1e-9));
    const int sides = range.min < 0 && range.max > 0 ? 2 : 1;
    const int stride = std::max(1, (sides * (last - first + 1) + wanted - 1) / std::max(1, wanted));
    std::vector<AxisTick> ticks;
    for (int power = last; power >= first; --power)
        if ((power - first) % stride == 0 && -std::pow(10, power) >= range.min)
            ticks.push_back({-std::pow(10, power), minus + power_text(1, power)});
    if (range.contains(0)) ticks.push_back({0, QStringLiteral("0")});
    for (int power = first; power <= last; ++power)
        if ((power - first) % stride == 0 && std::pow(10, power) <= range.max)
            ticks.push_back({std::pow(10, power), power_text(1, power)});
    std::erase_if(ticks, [&range](const AxisTick& tick) { return !range.contains(tick.value); });
    return ticks;
}

QString hours_text(double hours, double step) {
    if (step >= 1) return signed_text(QString::number(hours, 'f', 0));
    const auto seconds = static_cast<qint64>(std::llround(std::abs(hours) * 3600));
    QString text = QString::asprintf("%lld:%02lld", static_cast<long long>(seconds / 3600),
                                     static_cast<long long>(seconds / 60 % 60));
    if (step < 1 / 60.0 * 0.999) text += QString::asprintf(":%02lld", static_cast<long long>(seconds % 60));
    return hours < 0 && seconds ? minus + text : text;
}

QString time_text(double seconds, double step) {
    if (!(std::abs(seconds) < 1e12)) return QString::number(seconds, 'g', 6);
    const QDateTime time =
        QDateTime::fromMSecsSinceEpoch(static_cast<qint64>(std::llround(seconds * 1000)), QTimeZone::utc());
    const QLocale c = QLocale::c();
    if (step < 1) return c.toString(time, QStringLiteral("HH:mm:ss.zzz"));
    if (step < 60) return c.toString(time, QStringLiteral("HH:mm:ss"));
    const bool midnight = time.time() == QTime(0, 0);
    if (step < 86400 && !midnight) return c.toString(time, QStringLiteral("HH:mm"));
    if (step < 200 * 86400.0) return c.toString(time, QStringLiteral("MMM d"));
    return c.toString(time, QStringLiteral("yyyy-MM-dd"));
}

constexpr std::array hour_steps = {1 / 3600.0, 5 / 3600.0, 15 / 3600.0, 30 / 3600.0, 1 / 60.0, 2 / 60.0, 5 / 60.0,
                                   10 / 60.0,  0.25,       0.5,         1.0,         2.0,      3.0,      6.0,
                                   12.0,       24.0,       48.0,        120.0,       240.0};
constexpr std::array time_steps = {1.0,    2.0,     5.0,     10.0,    15.0,     30.0,     60.0,      120.0,
                                   300.0,  600.0,   900.0,   1800.0,  3600.0,   7200.0,   10800.0,   21600.0,
                                   43200., 86400.0, 172800., 604800., 1209600., 2592000., 7776000.0, 31536000.0};

} // namespace

std::vector<AxisTick> axis_ticks(const ChartAxis& axis, const AxisRange& requested, int wanted) {
    const AxisRange range = drawable_range(requested, axis.scale);
    const bool timed = axis.numbers == AxisNumbers::hours || axis.numbers == AxisNumbers::utc;
    if (axis.scale == AxisScale::linear && timed) {
        const bool hours = axis.numbers == AxisNumbers::hours;
        const double step =
            hours ? listed_step(range.span(), wanted, hour_steps) : listed_step(range.span(), wanted, time_steps);
        std::vector<AxisTick> ticks;
        for (const double value : multiples(range, step))
            ticks.push_back({value, hours ? hours_text(value, step) : time_text(value, step)});
        return ticks;
    }
    switch (axis.scale) {
    case AxisScale::log:
        return log_ticks(range, wanted);
    case AxisScale::symlog:
        return symlog_ticks(axis, range, wanted);
    case AxisScale::linear:
        break;
    }
    return number_ticks(range, wanted, axis.numbers == AxisNumbers::integer);
}

QString axis_value_text(const ChartAxis& axis, double value, double resolution) {
    if (!std::isfinite(value)) return QStringLiteral("–");
    if (axis.numbers == AxisNumbers::hours) return hours_text(value, std::min(resolution, 0.5));
    if (axis.numbers == AxisNumbers::utc) {
        if (!(std::abs(value) < 1e12)) return QString::number(value, 'g', 6);
        return QLocale::c().toString(
            QDateTime::fromMSecsSinceEpoch(static_cast<qint64>(std::llround(value * 1000)), QTimeZone::utc()),
            QStringLiteral("yyyy-MM-dd HH:mm:ss"));
    }
    if (axis.numbers == AxisNumbers::integer && std::abs(value) < 1e15)
        return signed_text(QLocale::c().toString(static_cast<qlonglong>(std::llround(value))));
    const double size = std::abs(value);
    if (size >= 1e7 || (size > 0 && size < 1e-4)) return signed_text(QString::number(value, 'g', 5));
    const int decimals = std::clamp(decimals_for(std::pow(10, std::floor(std::log10(resolution)))), 0, 8);
    return signed_text(QString::number(value, 'f', decimals));
}

} // namespace isoloss
