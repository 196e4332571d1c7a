#include "ui/models/run_sections.h"

#include "engine/analysis/statistics.h"
#include "ui/figures/value_text.h"
#include "ui/models/run_arrangement.h"

#include <QCoreApplication>
#include <algorithm>
#include <cmath>
#include <functional>

namespace isoloss {

namespace {

struct Text {
    Q_DECLARE_TR_FUNCTIONS(RunSections)
};

QString eightDigits(double value) {
    return QString::number(value, 'g', 8);
}

} // namespace

QString runGroupKey(std::string_view field, const FilterValue& value) {
    const auto* number = std::get_if<double>(&value);
    if (!number || field == "started") return runCellText(field, value);
    return std::isfinite(*number) ? exact_number(*number, false) : short_number(*number);
}

QString runGroupTitle(std::string_view field, const QString& groupKey) {
    return groupKey.isEmpty() ? Text::tr("no %1").arg(qtext(field)) : groupKey;
}

SectionCell sectionCell(std::string_view key, std::span<const FilterValue> cells) {
    SectionCell result;
    if (key != "started") {
        std::vector<double> numbers;
        for (const FilterValue& cell : cells)
            if (const auto* number = std::get_if<double>(&cell)) {
                if (std::isfinite(*number))
                    numbers.push_back(*number);
                else
                    ++result.nonFinite;
            }
        result.n = static_cast<int>(numbers.size());
        result.mean = mean(numbers);
        if (const auto variance = sample_variance(numbers)) result.sd = std::sqrt(*variance);
        // Equal numbers vary by nothing, not by what the mean was rounded by.
        if (result.sd && std::adjacent_find(numbers.begin(), numbers.end(), std::not_equal_to<>()) == numbers.end()) {
            result.mean = numbers.front();
            result.sd = 0;
        }
        if (result.n + result.nonFinite > 0) return result;
    }
    for (const FilterValue& cell : cells)
        if (cell != cells.front()) return result;
    if (!cells.empty()) result.common = runCellText(key, cells.front());
    return result;
}

QString sectionCellText(const SectionCell& cell, int count) {
    if (cell.n == 0) return cell.nonFinite > 0 ? Text::tr("n 0") : cell.common;
    const QString text = number_with_error(cell.mean, cell.sd);
    return cell.n == count ? text : Text::tr("%1, n %2").arg(text).arg(cell.n);
}

QString sectionCellTip(const SectionCell& cell, int count) {
    if (cell.n == 0 && cell.nonFinite == 0) return cell.common;
    QStringList lines;
    if (cell.n > 0)
        lines +=
            cell.sd
                ? Text::tr("mean %1, sample standard deviation %2").arg(eightDigits(*cell.mean), eightDigits(*cell.sd))
                : Text::tr("%1, the only one").arg(eightDigits(*cell.mean));
    lines += Text::tr("n = %1 of %2 runs").arg(cell.n).arg(count);
    if (cell.nonFinite > 0) lines += Text::tr("%1 not finite, left out").arg(cell.nonFinite);
    return lines.join(QLatin1Char('\n'));
}

} // namespace isoloss
