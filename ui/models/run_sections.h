#pragma once

#include "engine/analysis/run_table.h"

#include <QString>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace isoloss {

/// What the runs of a section have in one column: statistics of the numbers, or the text that all of them share.
struct SectionCell {
    std::optional<double> mean; ///< of the finite numbers
    std::optional<double> sd;   ///< of the sample, n − 1 in the denominator; nothing below two numbers
    int n = 0;                  ///< finite numbers
    int nonFinite = 0;          ///< NaN and infinities, which are in neither mean nor sd
    QString common;             ///< empty where there are numbers, or where the runs differ
};

/// Runs that share a value of the field that they are grouped by.
struct RunSection {
    QString key;   ///< the value as a text, empty for runs without one; no two sections have the same
    QString title; ///< the same, or "no lr"
    int first = 0; ///< index into ArrangedRuns::table
    int count = 0;
    std::vector<SectionCell> cells; ///< one for each column of the table
};

/// The value of a field as the name of a group: exact, so that different numbers are different groups. Empty for
/// nothing.
QString runGroupKey(std::string_view field, const FilterValue& value);
QString runGroupTitle(std::string_view field, const QString& groupKey);

SectionCell sectionCell(std::string_view key, std::span<const FilterValue> cells);

/// "2.31 ± 0.04", with ", n 3" where that is not `count`, the number of runs in the section.
QString sectionCellText(const SectionCell& cell, int count);
/// The same in words; empty where there is nothing to say.
QString sectionCellTip(const SectionCell& cell, int count);

} // namespace isoloss
