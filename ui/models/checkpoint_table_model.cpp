#include "ui/models/checkpoint_table_model.h"

#include "engine/base/number_text.h"
#include "ui/figures/value_text.h"
#include "widgets/item_roles.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace isoloss {
namespace {

constexpr double heat_tail = 0.02; ///< share of values at either end that saturates, so that outliers do not grey out

double quantile(const std::vector<double>& sorted, double share) {
    const double position = share * static_cast<double>(sorted.size() - 1);
    const auto below = static_cast<std::size_t>(position);
    const std::size_t above = std::min(below + 1, sorted.size() - 1);
    return std::lerp(sorted[below], sorted[above], position - static_cast<double>(below));
}

} // namespace

CheckpointTableModel::CheckpointTableModel(QObject* parent) : QAbstractTableModel(parent) {}

void CheckpointTableModel::setTheme(const Theme& theme) {
    theme_ = theme;
    if (rowCount() > 0) Q_EMIT dataChanged(index(0, RunColumn), index(rowCount() - 1, RunColumn), {SwatchRole});
}

void CheckpointTableModel::setTable(std::shared_ptr<const CheckpointTable> table) {
    beginResetModel();
    table_ = std::move(table);
    rows_.resize(table_ ? table_->checkpoints.size() : 0);
    std::iota(rows_.begin(), rows_.end(), std::size_t{0});
    measureRanges();
    if (sort_column_ >= columnCount()) sort_column_ = -1;
    sortRows();
    endResetModel();
}

int CheckpointTableModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(rows_.size());
}

int CheckpointTableModel::columnCount(const QModelIndex& parent) const {
    if (parent.isValid() || !table_) return 0;
    return FirstQuantityColumn + static_cast<int>(table_->columns.size());
}

const QuantityColumn* CheckpointTableModel::quantity(int column) const {
    const int index = column - FirstQuantityColumn;
    if (!table_ || index < 0 || index >= static_cast<int>(table_->columns.size())) return nullptr;
    return &table_->columns[static_cast<std::size_t>(index)];
}

CheckpointId CheckpointTableModel::checkpoint(int row) const {
    if (row < 0 || row >= rowCount()) return {};
    return table_->checkpoints[rows_[static_cast<std::size_t>(row)]].id;
}

int CheckpointTableModel::rowOf(CheckpointId checkpoint) const {
    const auto found = std::find_if(rows_.begin(), rows_.end(),
                                    [&](std::size_t row) { return table_->checkpoints[row].id == checkpoint; });
    return found == rows_.end() ? -1 : static_cast<int>(found - rows_.begin());
}

QVariant CheckpointTableModel::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
    const std::size_t row = rows_[static_cast<std::size_t>(index.row())];
    const CheckpointRecord& checkpoint = table_->checkpoints[row];
    const QuantityColumn* column = quantity(index.column());
    switch (role) {
    case Qt::DisplayRole:
        if (index.column() == RunColumn) return qtext(checkpoint.run_name);
        if (index.column() == StepColumn) return step_text(checkpoint.step);
        return column->is_text ? qtext(column->texts[row]) : short_number(column->cells[row].value);
    case Qt::ToolTipRole:
        return toolTip(row, index.column());
    case Qt::TextAlignmentRole:
        if (index.column() == RunColumn || (column != nullptr && column->is_text))
            return QVariant(Qt::AlignLeft | Qt::AlignVCenter);
        return QVariant(Qt::AlignRight | Qt::AlignVCenter);
    case Qt::AccessibleTextRole:
        return QStringLiteral("%1 %2").arg(headerData(index.column(), Qt::Horizontal, Qt::DisplayRole).toString(),
                                           data(index, Qt::DisplayRole).toString());
    case HeatRole:
        return heat(row, index.column());
    case CheckpointRole:
        return QVariant::fromValue<qlonglong>(checkpoint.id.value);
    case SwatchRole: {
        const RunRecord* run = index.column() == RunColumn ? table_->run_of(row) : nullptr;
        return run == nullptr ? QVariant() : QVariant(theme_.series(run->color).color);
    }
    case MutedRole:
        return column != nullptr && !column->is_text && !column->cells[row].value;
    default:
        return {};
    }
}

QVariant CheckpointTableModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal || section < 0 || section >= columnCount()) return {};
    const QuantityColumn* column = quantity(section);
    switch (role) {
    case Qt::DisplayRole:
        if (section == RunColumn) return tr("run");
        if (section == StepColumn) return tr("step");
        return qtext(column->title.empty() ? column->key : column->title);
    case Qt::TextAlignmentRole:
        return QVariant((section == RunColumn ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter);
    case Qt::ToolTipRole: {
        if (column == nullptr) return {};
        QStringList lines;
        if (!column->title.empty() && column->title != column->key) lines << qtext(column->title);
        lines << qtext(column->key);
        if (!column->unit.empty()) lines << tr("in %1").arg(qtext(column->unit));
        if (column->direction == Direction::up) lines << tr("larger is better");
        if (column->direction == Direction::down) lines << tr("smaller is better");
        if (!column->note.empty()) lines << qtext(column->note);
        return lines.join(u'\n');
    }
    default:
        return {};
    }
}

void CheckpointTableModel::sort(int column, Qt::SortOrder order) {
    Q_EMIT layoutAboutToBeChanged({}, VerticalSortHint);
    const QModelIndexList before = persistentIndexList();
    std::vector<std::size_t> table_rows;
    for (const QModelIndex& index : before)
        table_rows.push_back(rows_[static_cast<std::size_t>(index.row())]);
    sort_column_ = column;
    sort_order_ = order;
    sortRows();
    std::vector<int> position(rows_.size());
    for (std::size_t i = 0; i < rows_.size(); ++i)
        position[rows_[i]] = static_cast<int>(i);
    QModelIndexList after;
    for (qsizetype i = 0; i < before.size(); ++i)
        after << createIndex(position[table_rows[static_cast<std::size_t>(i)]], before[i].column());
    changePersistentIndexList(before, after);
    Q_EMIT layoutChanged({}, VerticalSortHint);
}

void CheckpointTableModel::sortRows() {
    std::sort(rows_.begin(), rows_.end());
    if (sort_column_ < 0 || !table_) return;
    const bool descending = sort_order_ == Qt::DescendingOrder;
    const auto by_number = [&](auto value_of) {
        std::stable_sort(rows_.begin(), rows_.end(), [&](std::size_t a, std::size_t b) {
            const std::optional<double> left = value_of(a), right = value_of(b);
            const bool left_known = left && !std::isnan(*left), right_known = right && !std::isnan(*right);
            if (!left_known || !right_known) return left_known && !right_known;
            return descending ? *left > *right : *left < *right;
        });
    };
    const auto by_text = [&](auto text_of) {
        std::stable_sort(rows_.begin(), rows_.end(), [&](std::size_t a, std::size_t b) {
            return descending ? text_of(a) > text_of(b) : text_of(a) < text_of(b);
        });
    };
    const QuantityColumn* column = quantity(sort_column_);
    if (sort_column_ == RunColumn) {
        by_text([&](std::size_t row) -> const std::string& { return table_->checkpoints[row].run_name; });
    } else if (sort_column_ == StepColumn) {
        by_number([&](std::size_t row) -> std::optional<double> {
            const auto& step = table_->checkpoints[row].step;
            return step ? std::optional<double>(static_cast<double>(*step)) : std::nullopt;
        });
    } else if (column != nullptr && column->is_text) {
        by_text([&](std::size_t row) -> const std::string& { return column->texts[row]; });
    } else if (column != nullptr) {
        by_number([&](std::size_t row) { return column->cells[row].value; });
    }
}

void CheckpointTableModel::measureRanges() {
    ranges_.clear();
    if (!table_) return;
    std::vector<double> finite;
    for (const QuantityColumn& column : table_->columns) {
        finite.clear();
        for (const Cell& cell : column.cells)
            if (cell.value && std::isfinite(*cell.value)) finite.push_back(*cell.value);
        std::sort(finite.begin(), finite.end());
        ranges_.push_back(finite.empty() ? Range{}
                                         : Range{quantile(finite, heat_tail), quantile(finite, 1 - heat_tail)});
    }
}

QVariant CheckpointTableModel::heat(std::size_t table_row, int column) const {
    const QuantityColumn* quantity_column = quantity(column);
    if (quantity_column == nullptr || quantity_column->is_text) return {};
    const std::optional<double>& value = quantity_column->cells[table_row].value;
    const Range& range = ranges_[static_cast<std::size_t>(column - FirstQuantityColumn)];
    if (!value || !std::isfinite(*value) || range.high <= range.low) return {};
    const double share = std::clamp((*value - range.low) / (range.high - range.low), 0.0, 1.0);
    return quantity_column->direction == Direction::down ? 1 - share : share;
}

QString CheckpointTableModel::fullText(std::size_t table_row, int column) const {
    const CheckpointRecord& checkpoint = table_->checkpoints[table_row];
    if (column == RunColumn) return qtext(checkpoint.run_name);
    if (column == StepColumn) return checkpoint.step ? QString::number(*checkpoint.step) : QStringLiteral("final");
    const QuantityColumn* quantity_column = quantity(column);
    if (quantity_column->is_text) return qtext(quantity_column->texts[table_row]);
    const std::optional<double>& value = quantity_column->cells[table_row].value;
    return value ? qtext(number_text(*value)) : QString();
}

QString CheckpointTableModel::toolTip(std::size_t table_row, int column) const {
    const CheckpointRecord& checkpoint = table_->checkpoints[table_row];
    if (column == RunColumn || column == StepColumn) return checkpoint_label(checkpoint);
    const QuantityColumn* quantity_column = quantity(column);
    if (quantity_column->is_text) return fullText(table_row, column);
    const Cell& cell = quantity_column->cells[table_row];
    if (!cell.value) return cell.reason.empty() ? tr("not measured") : qtext(cell.reason);
    QString text = fullText(table_row, column);
    if (cell.standard_error) text += QStringLiteral(" ± ") + qtext(number_text(*cell.standard_error));
    if (cell.n) text += tr(" over %1 items").arg(count_text(*cell.n));
    if (!cell.reason.empty()) text += QStringLiteral("\n") + qtext(cell.reason);
    return text;
}

QString CheckpointTableModel::tabSeparated(const std::vector<int>& rows, const std::vector<int>& columns) const {
    const auto one_line = [](QString text) { return text.replace(u'\t', u' ').replace(u'\n', u' '); };
    QStringList fields, lines;
    for (const int column : columns) {
        const QuantityColumn* quantity_column = quantity(column);
        fields << one_line(quantity_column != nullptr ? qtext(quantity_column->key)
                                                      : headerData(column, Qt::Horizontal, Qt::DisplayRole).toString());
    }
    lines << fields.join(u'\t');
    for (const int row : rows) {
        fields.clear();
        for (const int column : columns)
            fields << one_line(fullText(rows_[static_cast<std::size_t>(row)], column));
        lines << fields.join(u'\t');
    }
    return lines.join(u'\n') + u'\n';
}

} // namespace isoloss
