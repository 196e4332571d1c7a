#include "ui/dock_layout.h"

#include "ui/docks/jobs_dock.h"
#include "ui/undo_commands.h"

#include <QMainWindow>
#include <QSettings>
#include <QTimer>
#include <QUndoStack>

namespace isoloss {

namespace {

const QString stateKey = QStringLiteral("window/state");
const QString jobsKey = QStringLiteral("window/jobs");

} // namespace

DockLayout::DockLayout(QMainWindow& window, std::vector<std::pair<QDockWidget*, int>> sides,
                       std::vector<std::pair<QDockWidget*, int>> folded, JobsDock& jobs, QUndoStack& undo)
    : QObject(&window), window_(window), sides_(std::move(sides)), folded_(std::move(folded)), jobs_(jobs), undo_(undo),
      first_(window.saveState()), jobsHeight_(jobs.usefulHeight()) {
    connect(&jobs_, &JobsDock::summaryChanged, this, &DockLayout::followJobs);
}

void DockLayout::setProjectOpen(bool open) {
    if (open == open_) return;
    if (open) {
        open_ = true;
        jobsAsked_ = false;
        if (last_.isEmpty())
            showFirst();
        else
            window_.restoreState(last_);
        followJobs();
        return;
    }
    if (window_.isVisible()) last_ = window_.saveState();
    open_ = false;
    for (const auto* docks : {&sides_, &folded_})
        for (const auto& [dock, size] : *docks)
            dock->hide();
    jobs_.hide();
}

// Sizes mean nothing before the window has its own, so they are not in the state.
void DockLayout::showFirst() {
    window_.restoreState(first_);
    QTimer::singleShot(0, this, [this] {
        for (const auto& [dock, width] : sides_)
            if (dock->isVisible()) window_.resizeDocks({dock}, {width}, Qt::Horizontal);
    });
}

void DockLayout::showDock(QDockWidget& dock) {
    if (open_) setShown(dock, true);
}

void DockLayout::toggle(QDockWidget& dock) {
    if (!open_) return;
    const bool shown = dock.isHidden();
    setShown(dock, shown);
    undo_.push(new ViewCommand([this, &dock, shown] { setShown(dock, !shown); },
                               [this, &dock, shown] { setShown(dock, shown); },
                               shown ? tr("Show %1").arg(dock.windowTitle()) : tr("Fold %1").arg(dock.windowTitle())));
}

void DockLayout::setShown(QDockWidget& dock, bool shown) {
    if (&dock != &jobs_) {
        const bool appears = shown && dock.isHidden();
        dock.setVisible(shown);
        if (shown) dock.raise();
        for (const auto& [folded, height] : folded_)
            if (appears && folded == &dock) window_.resizeDocks({&dock}, {height}, Qt::Vertical);
        return;
    }
    jobsWanted_ = jobsAsked_ = shown;
    followJobs();
}

void DockLayout::followJobs() {
    if (open_) showJobs(jobsWanted_ && (jobsAsked_ || !jobs_.isEmpty()));
}

void DockLayout::showJobs(bool shown) {
    if (shown != jobs_.isHidden()) return;
    // A dock that was hidden comes back in the height of its hint.
    if (!shown && jobs_.height() > 0) jobsHeight_ = jobs_.height();
    jobs_.setVisible(shown);
    if (shown) window_.resizeDocks({&jobs_}, {jobsHeight_}, Qt::Vertical);
}

void DockLayout::reset() {
    if (!open_) return;
    const auto reset = [this] {
        jobsWanted_ = true;
        jobsAsked_ = false;
        jobsHeight_ = jobs_.usefulHeight();
        showFirst();
        followJobs();
    };
    const QByteArray before = window_.saveState();
    const bool wanted = jobsWanted_;
    reset();
    undo_.push(new ViewCommand(
        [this, before, wanted] {
            jobsWanted_ = wanted;
            window_.restoreState(before);
            followJobs();
        },
        reset, tr("Reset the layout")));
}

void DockLayout::restore(const QSettings& settings) {
    last_ = settings.value(stateKey).toByteArray();
    jobsWanted_ = settings.value(jobsKey, true).toBool();
}

void DockLayout::store(QSettings& settings) const {
    settings.setValue(stateKey, open_ ? window_.saveState() : last_);
    settings.setValue(jobsKey, jobsWanted_);
}

} // namespace isoloss
