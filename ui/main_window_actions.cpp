// The actions and menus of the main window.
#include "ui/dock_layout.h"
#include "ui/docks/data_dock.h"
#include "ui/docks/inspector_dock.h"
#include "ui/docks/items_dock.h"
#include "ui/docks/jobs_dock.h"
#include "ui/docks/log_dock.h"
#include "ui/docks/runs_dock.h"
#include "ui/docks/text_dock.h"
#include "ui/header_strip.h"
#include "ui/main_window.h"
#include "ui/recent_projects.h"
#include "ui/start_page.h"
#include "ui/status_line.h"
#include "ui/tail_indicator.h"
#include "ui/ui_services.h"

#include <QActionGroup>
#include <QApplication>
#include <QFileInfo>
#include <QMenu>
#include <QMessageBox>
#include <QStackedWidget>

namespace isoloss {

template <typename Triggered>
QAction* MainWindow::addCommand(const QString& text, const QKeySequence& shortcut, Triggered triggered) {
    auto* action = new QAction(text, this);
    action->setShortcut(shortcut);
    connect(action, &QAction::triggered, this, triggered);
    addAction(action);
    return action;
}

void MainWindow::buildActions() {
    const std::array<QString, all_pages.size()> titles{tr("Curves"), tr("Loss vs Downstream"), tr("Checkpoints"),
                                                       tr("Compare")};
    for (const PageKind kind : all_pages) {
        const auto number = static_cast<int>(kind);
        QAction* action = addCommand(titles[static_cast<std::size_t>(kind)], QKeySequence(Qt::Key_1 + number),
                                     [this, kind] { showPage(kind); });
        action->setCheckable(true);
        pageActions_->addAction(action);
        needsProject_ += action;
    }
    header_->setPages(pageActions_->actions());

    auto* menu = new QMenu(this);
    menu->addMenu(buildProjectMenu(menu));
    menu->addMenu(buildEditMenu(menu));
    menu->addMenu(buildViewMenu(menu));
    menu->addMenu(buildMeasureMenu(menu));
    menu->addMenu(buildHelpMenu(menu));
    header_->setMenu(menu);
    addCommand(tr("Open the menu"), QKeySequence(Qt::Key_F10),
               [this, menu] { menu->exec(header_->mapToGlobal(QPoint(0, header_->height()))); });
    addActions(runs_->runActions().actions());
    addActions(jobs_->commands());
    addActions(data_->commands());
    runs_->setImportActions({importFolder_, importFiles_});

    start_ = new StartPage(services_, {importFolder_, openProject_}, centre_);
    centre_->addWidget(start_);
}

QMenu* MainWindow::buildProjectMenu(QWidget* owner) {
    auto* menu = new QMenu(tr("&Project"), owner);
    menu->addAction(addCommand(tr("New project…"), QKeySequence::New, [this] { chooseNewProject(); }));
    openProject_ = addCommand(tr("Open a project…"), QKeySequence::Open, [this] { chooseProject(); });
    menu->addAction(openProject_);
    auto* recent = menu->addMenu(tr("Recent projects"));
    connect(recent, &QMenu::aboutToShow, this, [this, recent] {
        recent->clear();
        for (const QString& path : recentProjects(services_.settings()))
            recent->addAction(QFileInfo(path).completeBaseName(), this, [this, path] { openProject(path); })
                ->setToolTip(path);
        if (recent->isEmpty()) recent->addAction(tr("none yet"))->setEnabled(false);
    });
    moveProject_ = addCommand(tr("Move the project…"), {}, [this] { moveProject(); });
    menu->addAction(moveProject_);
    needsWriting_ += moveProject_;
    menu->addSeparator();
    importFolder_ = addCommand(tr("Import a folder…"), QKeySequence(tr("Ctrl+I")), [this] { chooseImportFolder(); });
    importFiles_ = addCommand(tr("Import files…"), QKeySequence(tr("Ctrl+Shift+I")), [this] { chooseImportFiles(); });
    QAction* imports = addCommand(tr("Imports…"), {}, [this] { showImports(); });
    export_ = addCommand(tr("Export the figure…"), QKeySequence(tr("Ctrl+E")), [this] { exportFigure(); });
    QAction* watch =
        addCommand(tr("Watch a folder…"), QKeySequence(tr("Ctrl+Shift+W")), [this] { chooseWatchedFolder(); });
    QAction* watched = addCommand(tr("Watched folders"), {}, [this] { status_->tailIndicator().openList(); });
    status_->tailIndicator().setWatchAction(watch);
    menu->addActions({importFolder_, importFiles_, watch, watched, imports, export_});
    menu->addSeparator();
    QAction* close = addCommand(tr("Close the project"), QKeySequence(tr("Ctrl+W")), [this] {
        storeSettings();
        services_.session().close();
    });
    menu->addAction(close);
    menu->addAction(addCommand(tr("Quit"), QKeySequence::Quit, [this] { this->close(); }));
    needsProject_ += {imports, export_, close};
    needsWriting_ += watched;
    return menu;
}

QMenu* MainWindow::buildEditMenu(QWidget* owner) {
    auto* menu = new QMenu(tr("&Edit"), owner);
    QAction* undo = services_.undo().createUndoAction(this, tr("Undo"));
    undo->setShortcut(QKeySequence::Undo);
    QAction* redo = services_.undo().createRedoAction(this, tr("Redo"));
    redo->setShortcut(QKeySequence::Redo);
    addActions({undo, redo});
    menu->addActions({undo, redo});
    menu->addSeparator();
    menu->addActions(runs_->runActions().actions());
    return menu;
}

QMenu* MainWindow::buildViewMenu(QWidget* owner) {
    auto* menu = new QMenu(tr("&View"), owner);
    menu->addActions(pageActions_->actions());
    menu->addSeparator();
    menu->addAction(addCommand(tr("Search commands…"), QKeySequence(tr("Ctrl+K")), [this] { showPalette(); }));
    menu->addAction(addCommand(tr("Filter the runs"), QKeySequence(tr("F")), [this] {
        docks_->showDock(*runs_);
        runs_->focusFilter();
    }));
    menu->addSeparator();
    menu->addAction(addCommand(tr("Fold or show the runs"), QKeySequence(tr("[")), [this] { docks_->toggle(*runs_); }));
    menu->addAction(
        addCommand(tr("Fold or show the inspector"), QKeySequence(tr("]")), [this] { docks_->toggle(*inspector_); }));
    menu->addAction(addCommand(tr("Fold or show the jobs"), QKeySequence(tr("J")), [this] { docks_->toggle(*jobs_); }));
    menu->addAction(
        addCommand(tr("Fold or show the log"), QKeySequence(tr("Shift+J")), [this] { docks_->toggle(*log_); }));
    menu->addAction(
        addCommand(tr("Fold or show the items"), QKeySequence(tr("I")), [this] { docks_->toggle(*items_); }));
    menu->addAction(
        addCommand(tr("Fold or show the text"), QKeySequence(tr("Shift+T")), [this] { docks_->toggle(*text_); }));
    menu->addAction(
        addCommand(tr("Fold or show the data"), QKeySequence(tr("Shift+D")), [this] { docks_->toggle(*data_); }));
    menu->addAction(addCommand(tr("Reset the layout"), {}, [this] { docks_->reset(); }));
    menu->addSeparator();
    auto* theme = menu->addMenu(tr("Theme"));
    auto* choices = new QActionGroup(this);
    ThemeController& controller = services_.theme();
    for (const auto& [choice, text] :
         {std::pair(ThemeChoice::system, tr("Theme: as the system")), std::pair(ThemeChoice::light, tr("Theme: light")),
          std::pair(ThemeChoice::dark, tr("Theme: dark"))}) {
        QAction* action = addCommand(text, {}, [&controller, choice = choice] { controller.setChoice(choice); });
        action->setCheckable(true);
        action->setChecked(controller.choice() == choice);
        choices->addAction(action);
        theme->addAction(action);
    }
    QAction* full = addCommand(tr("Full screen"), QKeySequence(Qt::Key_F11),
                               [this] { setWindowState(windowState() ^ Qt::WindowFullScreen); });
    menu->addAction(full);
    return menu;
}

QMenu* MainWindow::buildMeasureMenu(QWidget* owner) {
    auto* menu = new QMenu(tr("&Measure"), owner);
    QAction* measure = addCommand(tr("Measure checkpoints…"), QKeySequence(tr("Ctrl+M")), [this] { showMeasure(); });
    needsProject_ += measure;
    menu->addAction(measure);
    menu->addSeparator();
    menu->addActions(data_->commands());
    menu->addSeparator();
    menu->addActions(jobs_->commands());
    return menu;
}

QMenu* MainWindow::buildHelpMenu(QWidget* owner) {
    auto* menu = new QMenu(tr("&Help"), owner);
    menu->addAction(addCommand(tr("Keyboard shortcuts"), QKeySequence(tr("Ctrl+/")), [this] { showShortcuts(); }));
    menu->addAction(addCommand(tr("About Isoloss"), {}, [this] { showAbout(); }));
    return menu;
}

void MainWindow::showAbout() {
    auto* box = new QMessageBox(QMessageBox::NoIcon, tr("About Isoloss"),
                                tr("<b>Isoloss %1</b><p>A desktop explorer for pre-training runs: of the checkpoints "
                                   "that have the same loss, which ones are better, and what else about them tells "
                                   "you so?</p><p>GPL-3.0-or-later</p>")
                                    .arg(QApplication::applicationVersion()),
                                QMessageBox::Close, this);
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->setModal(false);
    box->show();
}

} // namespace isoloss
