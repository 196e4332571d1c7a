#include "ui/models/run_arrangement.h"

#include "ui/figures/value_text.h"
#include "ui/models/run_columns.h"

#include <QCollator>
#include <QCoreApplication>
#include <QDateTime>
#include <QLocale>
#include <algorithm>
#include <cmath>
#include <numeric>

namespace isoloss {

namespace {

/// Orders missing cells last in both directions, then numbers before texts.
struct SortCell {
    int kind = 2; ///< 0 number, 1 text, 2 nothing or NaN
    double number = 0;
    std::optional<QCollatorSortKey> text;
};

SortCell sortCell(const FilterValue& value, const QCollator& collator) {
    if (const auto* number = std::get_if<double>(&value))
        return std::isnan(*number) ? SortCell{} : SortCell{0, *number, {}};
    const QString text = runCellText({}, value);
    return text.isEmpty() ? SortCell{} : SortCell{1, 0, collator.sortKey(text)};
}

/// Negative, zero, positive; `descending` leaves missing cells last.
int compare(const SortCell& a, const SortCell& b, bool descending) {
    if (a.kind == 2 || b.kind == 2) return a.kind - b.kind == 0 ? 0 : (a.kind == 2 ? 1 : -1);
    int order = a.kind - b.kind;
    if (order == 0) {
        if (a.kind == 0)
            order = a.number < b.number ? -1 : (a.number > b.number ? 1 : 0);
        else
            order = a.text->compare(*b.text);
    }
    return descending ? -order : order;
}

template <typename T>
std::vector<T> permuted(std::vector<T>&& values, const std::vector<std::size_t>& order) {
    std::vector<T> result;
    result.reserve(values.size());
    for (const std::size_t index : order)
        result.push_back(std::move(values[index]));
    return result;
}

} // namespace

ArrangedRuns arrangeRuns(const RunFields& fields, const RunArrangement& arrangement) {
    ArrangedRuns result;
    Filter filter;
    if (auto parsed = Filter::parse(arrangement.filter))
        filter = std::move(*parsed);
    else
        result.filterError = std::move(parsed).error();

    // Two more columns ride along for sorting and grouping and are taken off again.
    std::vector<std::string> keys = arrangement.columns;
    keys.push_back(arrangement.sortKey.empty() ? "name" : arrangement.sortKey);
    keys.push_back(arrangement.groupKey.empty() ? "name" : arrangement.groupKey);
    RunTable all = make_run_table(fields, filter, keys);

    // The C locale has no collation that counts numbers.
    const QLocale locale;
    QCollator collator(locale.language() == QLocale::C ? QLocale(QLocale::English) : locale);
    collator.setNumericMode(true);
    collator.setCaseSensitivity(Qt::CaseInsensitive);
    std::vector<std::size_t> order;
    std::vector<SortCell> sortCells(all.runs.size()), groupCells(all.runs.size());
    const bool grouped = !arrangement.groupKey.empty();
    for (std::size_t i = 0; i < all.runs.size(); ++i) {
        const RunRecord& run = all.runs[i];
        if (run.trashed != arrangement.trash) continue;
        if (run.archived && !arrangement.withArchived && !arrangement.trash) {
            ++result.archivedHidden;
            continue;
        }
        order.push_back(i);
        sortCells[i] = sortCell(all.columns[keys.size() - 2].cells[i], collator);
        if (grouped) groupCells[i] = sortCell(all.columns[keys.size() - 1].cells[i], collator);
    }
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        if (grouped)
            if (const int byGroup = compare(groupCells[a], groupCells[b], false)) return byGroup < 0;
        if (all.runs[a].pinned != all.runs[b].pinned) return all.runs[a].pinned;
        return compare(sortCells[a], sortCells[b], arrangement.descending) < 0;
    });

    if (grouped)
        for (std::size_t row = 0; row < order.size(); ++row) {
            const FilterValue& value = all.columns.back().cells[order[row]];
            const bool begins = row == 0 || compare(groupCells[order[row - 1]], groupCells[order[row]], false) != 0;
            if (begins) {
                QString title = runCellText(arrangement.groupKey, value);
                if (title.isEmpty())
                    title = QCoreApplication::translate("RunArrangement", "no %1").arg(qtext(arrangement.groupKey));
                result.sections.push_back({std::move(title), static_cast<int>(row), 0});
            }
            ++result.sections.back().count;
        }

    result.table.total =
        static_cast<std::size_t>(std::count_if(fields.runs().begin(), fields.runs().end(), [&](const RunRecord& run) {
            return run.trashed == arrangement.trash && (arrangement.trash || arrangement.withArchived || !run.archived);
        }));
    all.columns.resize(arrangement.columns.size());
    shortenTitles(all.columns);
    for (RunColumn& column : all.columns)
        column.cells = permuted(std::move(column.cells), order);
    result.table.columns = std::move(all.columns);
    result.table.runs = permuted(std::move(all.runs), order);
    return result;
}

QString runCellText(std::string_view key, const FilterValue& value) {
    if (const auto* text = std::get_if<std::string>(&value)) return qtext(*text);
    if (const auto* texts = std::get_if<std::vector<std::string>>(&value)) {
        QStringList words;
        for (const auto& text : *texts)
            words += qtext(text);
        return words.join(QStringLiteral(", "));
    }
    const auto* number = std::get_if<double>(&value);
    if (!number) return {};
    if (key == "started")
        return QLocale().toString(QDateTime::fromMSecsSinceEpoch(static_cast<qint64>(*number * 1000)),
                                  QLocale::ShortFormat);
    return short_number(*number);
}

} // namespace isoloss
