#include "ui/models/run_arrangement.h"

#include "ui/figures/value_text.h"
#include "ui/models/run_columns.h"

#include <QCollator>
#include <QDateTime>
#include <QJsonArray>
#include <QLocale>
#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>
#include <unordered_map>

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

/// The places of the runs' groups among each other: groups sort by their value, what has none comes last.
struct Groups {
    std::vector<QString> keys;      ///< by rank
    std::vector<std::size_t> ranks; ///< of each run
};

Groups groupsOf(std::string_view field, const std::vector<FilterValue>& cells, const QCollator& collator) {
    Groups groups;
    std::unordered_map<QString, std::size_t> known;
    std::vector<SortCell> sortCells;
    for (const FilterValue& cell : cells) {
        QString key = runGroupKey(field, cell);
        const auto [entry, isNew] = known.try_emplace(key, groups.keys.size());
        if (isNew) {
            sortCells.push_back(sortCell(cell, collator));
            groups.keys.push_back(std::move(key));
        }
        groups.ranks.push_back(entry->second);
    }
    std::vector<std::size_t> order(groups.keys.size()), rankOf(groups.keys.size());
    std::iota(order.begin(), order.end(), std::size_t(0));
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        if (const int byValue = compare(sortCells[a], sortCells[b], false)) return byValue < 0;
        return groups.keys[a] < groups.keys[b];
    });
    for (std::size_t rank = 0; rank < order.size(); ++rank)
        rankOf[order[rank]] = rank;
    for (std::size_t& group : groups.ranks)
        group = rankOf[group];
    groups.keys = permuted(std::move(groups.keys), order);
    return groups;
}

std::vector<RunSection> sectionsOf(std::string_view field, const Groups& groups, const std::vector<std::size_t>& order,
                                   const std::vector<RunColumn>& columns) {
    std::vector<RunSection> sections;
    for (std::size_t first = 0; first < order.size();) {
        const std::size_t rank = groups.ranks[order[first]];
        std::size_t end = first;
        while (end < order.size() && groups.ranks[order[end]] == rank)
            ++end;
        const QString& key = groups.keys[rank];
        RunSection section{key, runGroupTitle(field, key), static_cast<int>(first), static_cast<int>(end - first), {}};
        for (const RunColumn& column : columns)
            section.cells.push_back(sectionCell(column.key, std::span(column.cells).subspan(first, end - first)));
        sections.push_back(std::move(section));
        first = end;
    }
    return sections;
}

} // namespace

QJsonObject runArrangementJson(const RunArrangement& arrangement) {
    QJsonArray columns;
    for (const std::string& key : arrangement.columns)
        columns.append(qtext(key));
    QJsonObject json{{QStringLiteral("columns"), columns}, {QStringLiteral("sort"), qtext(arrangement.sortKey)}};
    if (arrangement.descending) json.insert(QStringLiteral("descending"), true);
    if (!arrangement.groupKey.empty()) json.insert(QStringLiteral("group"), qtext(arrangement.groupKey));
    return json;
}

RunArrangement runArrangementOf(const QJsonObject& json) {
    RunArrangement arrangement;
    for (const QJsonValue& key : json.value(QStringLiteral("columns")).toArray())
        if (key.isString()) arrangement.columns.push_back(utf8(key.toString()));
    arrangement.sortKey = utf8(json.value(QStringLiteral("sort")).toString(qtext(arrangement.sortKey)));
    arrangement.descending = json.value(QStringLiteral("descending")).toBool();
    arrangement.groupKey = utf8(json.value(QStringLiteral("group")).toString());
    return arrangement;
}

Expected<ArrangedRuns> arrangeRuns(Reader& reader, const RunFields& fields, const RunArrangement& arrangement) {
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
    auto passing = make_run_table(reader, fields, filter, keys);
    if (!passing && passing.error().kind == ErrorKind::usage) {
        result.filterError = std::move(passing).error();
        passing = make_run_table(reader, fields, Filter(), keys);
    }
    if (!passing) return fail(std::move(passing).error());
    RunTable all = std::move(*passing);

    // The C locale has no collation that counts numbers.
    const QLocale locale;
    QCollator collator(locale.language() == QLocale::C ? QLocale(QLocale::English) : locale);
    collator.setNumericMode(true);
    collator.setCaseSensitivity(Qt::CaseInsensitive);
    std::vector<std::size_t> order;
    std::vector<SortCell> sortCells(all.runs.size());
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
    }
    const Groups groups = grouped ? groupsOf(arrangement.groupKey, all.columns.back().cells, collator) : Groups();
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        if (grouped && groups.ranks[a] != groups.ranks[b]) return groups.ranks[a] < groups.ranks[b];
        if (all.runs[a].pinned != all.runs[b].pinned) return all.runs[a].pinned;
        return compare(sortCells[a], sortCells[b], arrangement.descending) < 0;
    });

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
    result.groupKey = arrangement.groupKey;
    if (grouped) result.sections = sectionsOf(arrangement.groupKey, groups, order, result.table.columns);
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
