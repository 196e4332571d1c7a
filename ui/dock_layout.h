#pragma once

#include <QByteArray>
#include <QObject>
#include <utility>
#include <vector>

class QDockWidget;
class QMainWindow;
class QSettings;
class QUndoStack;

namespace isoloss {

class JobsDock;

/// Which docks of the window are shown and how large: none while no project is open, the jobs only while there are
/// some or someone asked for them. Window thread.
class DockLayout : public QObject {
    Q_OBJECT

public:
    /// The docks are in the window in their places of the first start: with these widths at the sides; `folded` are
    /// those that wait at the bottom until somebody asks for them, with their heights.
    DockLayout(QMainWindow& window, std::vector<std::pair<QDockWidget*, int>> sides,
               std::vector<std::pair<QDockWidget*, int>> folded, JobsDock& jobs, QUndoStack& undo);

    void setProjectOpen(bool open);
    /// Shows a dock because of what somebody does.
    void showDock(QDockWidget& dock);
    /// Shows or folds a dock; can be undone.
    void toggle(QDockWidget& dock);
    /// Back to the first places and sizes; can be undone.
    void reset();
    /// For the next project that opens.
    void restore(const QSettings& settings);
    void store(QSettings& settings) const;

private:
    void showFirst();
    void setShown(QDockWidget& dock, bool shown);
    void followJobs();
    void showJobs(bool shown);

    QMainWindow& window_;
    std::vector<std::pair<QDockWidget*, int>> sides_;
    std::vector<std::pair<QDockWidget*, int>> folded_;
    JobsDock& jobs_;
    QUndoStack& undo_;
    QByteArray first_; ///< as of the first start
    QByteArray last_;  ///< as it was when the last project closed; empty before the first start
    bool open_ = true;
    bool jobsWanted_ = true; ///< not folded by the user
    bool jobsAsked_ = false; ///< shown by the user though empty
    int jobsHeight_;
};

} // namespace isoloss
