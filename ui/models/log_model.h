#pragma once

#include "ui/log_sink.h"
#include "widgets/theme.h"

#include <QAbstractTableModel>
#include <deque>

namespace isoloss {

/// The last lines of the log: time, level, text. Window thread.
class LogModel : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Column { timeColumn, levelColumn, textColumn, columns };

    static constexpr int mostLines = 5000;
    static constexpr int levelRole = Qt::UserRole + 1; ///< spdlog's level as a number

    explicit LogModel(QObject* parent = nullptr);

    void setTheme(const Theme& theme);
    void append(std::vector<LogLine> lines);
    void clear();

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;

private:
    Theme theme_ = Theme::light();
    std::deque<LogLine> lines_;
};

} // namespace isoloss
