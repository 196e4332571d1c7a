#include "widgets/chart_table_model.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace isoloss {

namespace {

std::vector<quint32> sorted_rows(const ChartTable& table, int column, bool descending) {
    std::vector<quint32> rows(static_cast<std::size_t>(table.rows()));
    std::iota(rows.begin(), rows.end(), 0U);
    if (column == 0) {
        std::vector<QString> texts;
        texts.reserve(rows.size());
        for (qsizetype row = 0; row < table.rows(); ++row)
            texts.push_back(table.text(row, column));
        std::ranges::stable_sort(rows, [&](quint32 a, quint32 b) {
            const int order = QString::localeAwareCompare(texts[a], texts[b]);
            return descending ? order > 0 : order < 0;
        });
        return rows;
    }
    constexpr double last = std::numeric_limits<double>::infinity();
    std::vector<double> keys;
    keys.reserve(rows.size());
    for (qsizetype row = 0; row < table.rows(); ++row) {
        const double value = table.number(row, column).value_or(std::nan(""));
        keys.push_back(std::isnan(value) ? last : descending ? -value : value);
    }
    std::ranges::stable_sort(rows, [&](quint32 a, quint32 b) { return keys[a] < keys[b]; });
    return rows;
}

} // namespace

ChartTableModel::ChartTableModel(ChartTable table, QObject* parent)
    : QAbstractTableModel(parent), m_table(std::make_shared<const ChartTable>(std::move(table))) {
    m_threads.setMaxThreadCount(1);
}

ChartTableModel::~ChartTableModel() {
    m_threads.clear();
    m_threads.waitForDone();
}

qsizetype ChartTableModel::source_row(int row) const {
    return m_order ? static_cast<qsizetype>((*m_order)[static_cast<std::size_t>(row)]) : row;
}

int ChartTableModel::rowCount(const QModelIndex& parent) const {
    constexpr qsizetype most = std::numeric_limits<int>::max();
    return parent.isValid() ? 0 : static_cast<int>(std::min(most, m_table->rows()));
}

int ChartTableModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(m_table->columns().size());
}

QVariant ChartTableModel::data(const QModelIndex& index, int role) const {
    if (!index.isValid()) return {};
    if (role == Qt::DisplayRole) return m_table->text(source_row(index.row()), index.column());
    if (role == Qt::TextAlignmentRole)
        return QVariant::fromValue(Qt::AlignVCenter | (index.column() == 0 ? Qt::AlignLeft : Qt::AlignRight));
    return {};
}

QVariant ChartTableModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation == Qt::Vertical) return role == Qt::DisplayRole ? QVariant(section + 1) : QVariant();
    if (role == Qt::DisplayRole) return m_table->columns().value(section);
    if (role == Qt::TextAlignmentRole)
        return QVariant::fromValue(Qt::AlignVCenter | (section == 0 ? Qt::AlignLeft : Qt::AlignRight));
    return {};
}

void ChartTableModel::sort(int column, Qt::SortOrder order) {
    const int number = ++m_sorts;
    m_threads.clear();
    if (column < 0) {
        adopt(nullptr);
        return;
    }
    m_threads.start([this, table = m_table, column, order, number] {
        auto rows = std::make_shared<const Order>(sorted_rows(*table, column, order == Qt::DescendingOrder));
        QMetaObject::invokeMethod(
            this,
            [this, rows = std::move(rows), number] {
                if (number == m_sorts) adopt(rows);
            },
            Qt::QueuedConnection);
    });
}

void ChartTableModel::adopt(std::shared_ptr<const Order> order) {
    Q_EMIT layoutAboutToBeChanged({}, QAbstractItemModel::VerticalSortHint);
    const QModelIndexList before = persistentIndexList();
    std::vector<qsizetype> rows;
    for (const QModelIndex& index : before)
        rows.push_back(source_row(index.row()));
    m_order = std::move(order);
    std::vector<int> place; ///< of the table's rows, looked for only where something is kept
    if (!before.isEmpty()) {
        place.resize(static_cast<std::size_t>(rowCount()));
        for (int row = 0; row < rowCount(); ++row)
            place[static_cast<std::size_t>(source_row(row))] = row;
    }
    QModelIndexList after;
    for (qsizetype i = 0; i < before.size(); ++i)
        after << index(place[static_cast<std::size_t>(rows[static_cast<std::size_t>(i)])], before[i].column());
    changePersistentIndexList(before, after);
    Q_EMIT layoutChanged({}, QAbstractItemModel::VerticalSortHint);
}

} // namespace isoloss
