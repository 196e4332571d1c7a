#pragma once

#include "widgets/chart_table.h"

#include <QThreadPool>
#include <QWidget>

class QLabel;
class QTableView;

namespace isoloss {

class ChartTableModel;

/// A chart as a table in a small window of its own, not modal: to be sorted, copied (the chosen rows, or all) and saved
/// as CSV. What takes long runs on another thread. Deletes itself when it is closed.
class ChartTableWindow : public QWidget {
    Q_OBJECT

public:
    /// `title` names the chart.
    ChartTableWindow(ChartTable table, const QString& title, QWidget* parent);
    ~ChartTableWindow() override;

    ChartTableModel& model() { return *m_model; }

    QTableView* view() const { return m_view; }

    void copy();
    void save(const QString& path);

Q_SIGNALS:
    /// The clipboard has the rows.
    void copied();
    /// Empty: the file is there; else why it is not.
    void saved(const QString& error);

private:
    void choose_file();

    ChartTableModel* m_model;
    QTableView* m_view;
    QLabel* m_state;
    QString m_title;
    QThreadPool m_threads;
};

} // namespace isoloss
