#pragma once

#include "engine/base/error.h"
#include "engine/inference/backend.h"
#include "engine/jobs/engine_thread.h"
#include "ui/engine_bridge.h"
#include "ui/models/run_arrangement.h"
#include "ui/page_kind.h"
#include "ui/selection.h"
#include "ui/session.h"
#include "ui/theme_controller.h"

#include <QObject>
#include <QSettings>
#include <QUndoStack>
#include <memory>

namespace isoloss {

/// What the composition root decides for the window.
struct UiOptions {
    BackendFactory backend;
    EngineOptions engine;
    QString settingsFile; ///< empty: the user's settings
    QString device;       ///< text of the device chip before the engine has started: "CPU · 2 threads"
};

/// What every part of the window may use. Constructed before the main window and destroyed after it. Window thread.
class UiServices : public QObject {
    Q_OBJECT

public:
    explicit UiServices(UiOptions options);
    ~UiServices() override;

    QSettings& settings() { return *settings_; }

    ThemeController& theme() { return theme_; }

    ProjectSession& session() { return session_; }

    EngineBridge& bridge() { return session_.bridge(); }

    Selection& selection() { return selection_; }

    /// Everything that can be taken back: changes of runs, visibility, zoom and layout.
    QUndoStack& undo() { return undo_; }

    const QString& device() const { return device_; }

    /// A line in the status bar for some seconds.
    void showMessage(const QString& text) { Q_EMIT messageShown(text); }

    /// An inline banner with reason and remedy, until it is closed.
    void showError(const Error& error) { Q_EMIT errorShown(error); }

    /// Brings a page to the front.
    void showPage(PageKind kind) { Q_EMIT pageRequested(kind); }

    /// Puts a filter into the filter line of the runs; empty clears it.
    void filterRuns(const QString& filter) { Q_EMIT filterRequested(filter); }

    /// How the Runs dock shows the runs, for views; kept current by the dock.
    const RunArrangement& runArrangement() const { return runArrangement_; }

    void setRunArrangement(RunArrangement arrangement) { runArrangement_ = std::move(arrangement); }

    /// Has the Runs dock show the runs in this way.
    void arrangeRuns(const RunArrangement& arrangement) { Q_EMIT arrangementRequested(arrangement); }

    /// Opens the Measure panel for the chosen checkpoints.
    void showMeasure() { Q_EMIT measureRequested(); }

Q_SIGNALS:
    void messageShown(const QString& text);
    void errorShown(const isoloss::Error& error);
    void pageRequested(isoloss::PageKind kind);
    void filterRequested(const QString& filter);
    void arrangementRequested(const isoloss::RunArrangement& arrangement);
    void measureRequested();

private:
    std::unique_ptr<QSettings> settings_;
    ThemeController theme_;
    ProjectSession session_;
    Selection selection_;
    QUndoStack undo_;
    RunArrangement runArrangement_;
    QString device_;
};

} // namespace isoloss
