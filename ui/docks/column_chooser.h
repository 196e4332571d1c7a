#pragma once

#include "engine/analysis/run_table.h"

#include <QWidget>
#include <string>
#include <vector>

class QLineEdit;
class QListWidget;

namespace isoloss {

/// A popup to search and tick the columns of the Runs dock. Deletes itself when closed.
class ColumnChooser : public QWidget {
    Q_OBJECT

public:
    ColumnChooser(std::vector<RunColumnChoice> choices, std::vector<std::string> chosen, QWidget* parent);

    /// Opens below a point of the screen, inside it.
    void popup(const QPoint& position);

Q_SIGNALS:
    void chosen(const std::vector<std::string>& columns);

private:
    void fill(const QString& search);

    std::vector<RunColumnChoice> choices_;
    std::vector<std::string> columns_;
    QLineEdit* search_;
    QListWidget* list_;
};

} // namespace isoloss
