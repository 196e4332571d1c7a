#include "ui/models/log_model.h"

#include "widgets/item_roles.h"

#include <algorithm>

namespace isoloss {

namespace {

QString levelText(spdlog::level::level_enum level) {
    const auto name = spdlog::level::to_string_view(level);
    return QString::fromUtf8(name.data(), static_cast<qsizetype>(name.size()));
}

} // namespace

LogModel::LogModel(QObject* parent) : QAbstractTableModel(parent) {}

void LogModel::setTheme(const Theme& theme) {
    theme_ = theme;
    if (!lines_.empty()) Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, columns - 1), {Qt::ForegroundRole});
}

void LogModel::append(std::vector<LogLine> lines) {
    if (lines.empty()) return;
    if (lines.size() > static_cast<std::size_t>(mostLines)) lines.erase(lines.begin(), lines.end() - mostLines);
    const int surplus = rowCount() + static_cast<int>(lines.size()) - mostLines;
    if (surplus > 0) {
        beginRemoveRows({}, 0, surplus - 1);
        lines_.erase(lines_.begin(), lines_.begin() + surplus);
        endRemoveRows();
    }
    beginInsertRows({}, rowCount(), rowCount() + static_cast<int>(lines.size()) - 1);
    std::move(lines.begin(), lines.end(), std::back_inserter(lines_));
    endInsertRows();
}

void LogModel::clear() {
    beginResetModel();
    lines_.clear();
    endResetModel();
}

int LogModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(lines_.size());
}

int LogModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(columns);
}

QVariant LogModel::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid)) return {};
    const LogLine& line = lines_[static_cast<std::size_t>(index.row())];
    if (role == levelRole) return static_cast<int>(line.level);
    if (role == MutedRole) return index.column() == timeColumn;
    if (role == Qt::ForegroundRole && index.column() != timeColumn) {
        if (line.level >= spdlog::level::err) return theme_.danger;
        if (line.level == spdlog::level::warn) return theme_.warning;
        return {};
    }
    if (role == Qt::ToolTipRole && index.column() == textColumn) return line.text;
    if (role != Qt::DisplayRole) return {};
    switch (index.column()) {
    case timeColumn:
        return line.time.toString(QStringLiteral("HH:mm:ss.zzz"));
    case levelColumn:
        return levelText(line.level);
    default:
        return line.text;
    }
}

} // namespace isoloss
