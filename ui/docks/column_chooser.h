#pragma once

#include "engine/analysis/run_table.h"

#include <QFrame>
#include <string>
#include <vector>

class QLabel;
class QLineEdit;
class QListWidget;
class QListWidgetItem;

namespace isoloss {

/// A popup to search, tick and order the columns of the Runs dock. What is typed may also be any key of RunFields, such
/// as `at(train/loss, 1000)`. Deletes itself when closed.
class ColumnChooser : public QFrame {
    Q_OBJECT

public:
    ColumnChooser(std::vector<RunColumnChoice> choices, std::vector<std::string> chosen, QWidget* parent);

    void showBelow(const QWidget& anchor);

Q_SIGNALS:
    void chosen(const std::vector<std::string>& columns);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void fill();
    void addItem(const std::string& key, const QString& text, const QString& tip);
    void setChosen(const std::string& key, bool chosen);
    void toggleCurrent();
    void moveCurrent(int by);
    void setCurrent(const std::string& key);

    std::vector<RunColumnChoice> choices_;
    std::vector<std::string> columns_;
    QLineEdit* search_;
    QListWidget* list_;
    QLabel* hint_;
};

} // namespace isoloss
