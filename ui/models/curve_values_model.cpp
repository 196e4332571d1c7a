#include "ui/models/curve_values_model.h"

#include "ui/figures/value_text.h"
#include "widgets/axis_ticks.h"
#include "widgets/item_roles.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace isoloss {
namespace {

/// Values logged in float32 are written with as many digits as that needs.
bool is_float32(double value) {
    return static_cast<double>(static_cast<float>(value)) == value;
}

} // namespace

void CurveValuesModel::setLines(const std::vector<ChartLine>& lines, const ChartAxis& x) {
    const bool same =
        lines.size() == lines_.size() && std::ranges::equal(lines, lines_, [](const ChartLine& a, const Line& b) {
            return a.id == b.id && a.name == b.name && a.color == b.color;
        });
    x_ = x;
    if (same) return;
    beginResetModel();
    lines_.clear();
    for (const ChartLine& line : lines)
        lines_.push_back({line.id, line.name, line.color, {}, static_cast<int>(lines_.size()), {}});
    order_.resize(lines_.size());
    std::iota(order_.begin(), order_.end(), std::size_t{0});
    arrange();
    endResetModel();
}

void CurveValuesModel::setRangeValues(std::vector<CurveRangeValues> values) {
    for (std::size_t i = 0; i < std::min(values.size(), lines_.size()); ++i)
        lines_[i].range = values[i];
    rearrange();
}

void CurveValuesModel::setCursor(const QList<HoverRow>& rows) {
    if (rows.isEmpty() || lines_.empty()) return;
    for (Line& line : lines_) {
        line.cursor.reset();
        line.rank = static_cast<int>(lines_.size());
    }
    for (qsizetype i = 0; i < rows.size(); ++i) {
        const auto place = static_cast<std::size_t>(rows[i].line);
        if (rows[i].line < 0 || place >= lines_.size() || lines_[place].cursor) continue;
        lines_[place].cursor = rows[i];
        lines_[place].rank = static_cast<int>(i);
    }
    rearrange();
}

std::optional<double> CurveValuesModel::number(const Line& line, int column) const {
    const CurveRangeValues& range = line.range;
    switch (column) {
    case valueColumn:
        return line.cursor ? std::optional(line.cursor->y) : std::nullopt;
    case xColumn:
        return line.cursor ? std::optional(line.cursor->x) : std::nullopt;
    case startColumn:
        return range.start;
    case endColumn:
        return range.end;
    case changeColumn:
        return range.start && range.end ? std::optional(*range.end - *range.start) : std::nullopt;
    case minColumn:
        return range.min;
    case minXColumn:
        return range.x_of_min;
    case maxColumn:
        return range.max;
    case maxXColumn:
        return range.x_of_max;
    case countColumn:
        return static_cast<double>(range.count);
    case gapColumn:
        return range.nonfinite > 0 ? std::optional(static_cast<double>(range.nonfinite)) : std::nullopt;
    default:
        return {};
    }
}

QString CurveValuesModel::text(const Line& line, int column, bool exact) const {
    if (column == nameColumn) return line.name;
    const std::optional<double> value = number(line, column);
    if (!value) return {};
    switch (column) {
    case xColumn:
    case minXColumn:
    case maxXColumn:
        return exact ? exact_number(*value, false) : axis_value_text(x_, *value, std::abs(*value) * 1e-4 + 1e-12);
    case countColumn:
    case gapColumn:
        return exact ? QString::number(static_cast<qint64>(*value)) : count_text(static_cast<std::int64_t>(*value));
    case changeColumn:
        return exact ? exact_number(*value, false) : signed_number(value, 4);
    case valueColumn: // what is drawn is kept as float
        return exact ? exact_number(*value, true) : short_number(value);
    default:
        return exact ? exact_number(*value, is_float32(*value)) : short_number(value);
    }
}

void CurveValuesModel::arrange() {
    const auto before = [this](std::size_t a, std::size_t b) {
        const Line &first = lines_[a], &second = lines_[b];
        if (sort_column_ < 0) return first.rank < second.rank;
        const bool falling = sort_order_ == Qt::DescendingOrder;
        if (sort_column_ == nameColumn) {
            const int order = first.name.compare(second.name, Qt::CaseInsensitive);
            return falling ? order > 0 : order < 0;
        }
        const auto x = number(first, sort_column_), y = number(second, sort_column_);
        if (!x || !y) return x.has_value() && !y.has_value();
        return falling ? *x > *y : *x < *y;
    };
    std::ranges::stable_sort(order_, before);
}

void CurveValuesModel::rearrange() {
    Q_EMIT layoutAboutToBeChanged();
    const std::vector<std::size_t> former = order_;
    arrange();
    std::vector<int> row_of(order_.size());
    for (std::size_t row = 0; row < order_.size(); ++row)
        row_of[order_[row]] = static_cast<int>(row);
    const QModelIndexList kept = persistentIndexList();
    for (const QModelIndex& at : kept)
        changePersistentIndex(at, index(row_of[former[static_cast<std::size_t>(at.row())]], at.column()));
    Q_EMIT layoutChanged();
}

void CurveValuesModel::sort(int column, Qt::SortOrder order) {
    sort_column_ = column;
    sort_order_ = order;
    rearrange();
}

QString CurveValuesModel::table(const QModelIndexList& rows) const {
    QStringList lines;
    QStringList cells;
    for (int column = 0; column < columnTotal; ++column)
        cells << headerData(column, Qt::Horizontal, Qt::DisplayRole).toString();
    lines << cells.join(u'\t');
    for (const QModelIndex& row : rows) {
        cells.clear();
        for (int column = 0; column < columnTotal; ++column)
            cells << text(lines_[order_[static_cast<std::size_t>(row.row())]], column, true);
        lines << cells.join(u'\t');
    }
    return lines.join(u'\n') + u'\n';
}

int CurveValuesModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(lines_.size());
}

int CurveValuesModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : columnTotal;
}

QVariant CurveValuesModel::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
    const Line& line = lines_[order_[static_cast<std::size_t>(index.row())]];
    const int column = index.column();
    switch (role) {
    case Qt::DisplayRole:
        return column != nameColumn && !number(line, column) ? QStringLiteral("–") : text(line, column, false);
    case Qt::ToolTipRole:
        return text(line, column, true);
    case Qt::TextAlignmentRole:
        return QVariant((column == nameColumn ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter);
    case SwatchRole:
        return column == nameColumn ? QVariant(line.color) : QVariant();
    case MutedRole:
        return column != nameColumn && !number(line, column);
    default:
        return {};
    }
}

QVariant CurveValuesModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal || section < 0 || section >= columnTotal) return {};
    if (role == Qt::TextAlignmentRole)
        return QVariant((section == nameColumn ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter);
    const QString x = x_.title.isEmpty() ? tr("x") : x_.title;
    const QString titles[columnTotal] = {tr("curve"), tr("value"), tr("at"),  tr("start"), tr("end"), tr("Δ"),
                                         tr("min"),   tr("at"),    tr("max"), tr("at"),    tr("n"),   tr("NaN")};
    const QString explained[columnTotal] = {tr("The curves of this chart, the nearest to the cursor first"),
                                            tr("Value under the cursor, as it is drawn"),
                                            tr("%1 of that value").arg(x),
                                            tr("First value of the range"),
                                            tr("Last value of the range"),
                                            tr("End − start"),
                                            tr("Smallest value of the range"),
                                            tr("%1 of the smallest value").arg(x),
                                            tr("Largest value of the range"),
                                            tr("%1 of the largest value").arg(x),
                                            tr("Finite values in the range"),
                                            tr("Values in the range that are not finite")};
    if (role == Qt::DisplayRole) return titles[section];
    if (role == Qt::ToolTipRole || role == Qt::AccessibleTextRole) return explained[section];
    return {};
}

} // namespace isoloss
