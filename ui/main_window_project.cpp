// Opening, making and moving projects, and imports into them.
#include "engine/base/file.h"
#include "engine/base/log.h"
#include "engine/store/project.h"
#include "engine/store/project_move.h"
#include "ui/banner.h"
#include "ui/dialogs/import_dialog.h"
#include "ui/dialogs/imports_dialog.h"
#include "ui/dock_layout.h"
#include "ui/docks/jobs_dock.h"
#include "ui/figures/value_text.h"
#include "ui/file_path.h"
#include "ui/import_controller.h"
#include "ui/import_report.h"
#include "ui/main_window.h"
#include "ui/recent_projects.h"
#include "ui/tail_controller.h"
#include "ui/ui_services.h"

#include <QAction>
#include <QDir>
#include <QDropEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QMimeData>

namespace isoloss {

namespace {

const QString suffix = QStringLiteral(".isoloss");

QStringList localFiles(const QMimeData& data) {
    QStringList files;
    for (const QUrl& url : data.urls())
        if (url.isLocalFile()) files += url.toLocalFile();
    return files;
}

} // namespace

void MainWindow::openProject(const QString& path) {
    const QString absolute = QFileInfo(path).absoluteFilePath();
    clearBanners();
    if (const auto opened = services_.session().open(toPath(absolute)); !opened) {
        showError(opened.error());
        return;
    }
    rememberAndShow();
}

void MainWindow::createAndOpen(const QString& path) {
    clearBanners();
    if (const auto created = services_.session().create(toPath(path)); !created) {
        showError(created.error());
        return;
    }
    rememberAndShow();
}

void MainWindow::rememberAndShow() {
    const auto& project = services_.session().project();
    rememberProject(services_.settings(), qtext(path_text(project->path())));
    if (!project->read_only()) return;
    readOnly_ = new Banner(Banner::Tone::warning, Banner::Life::permanent, this);
    readOnly_->setText(tr("This project is open for reading only"), qtext(project->read_only_reason()));
    addBanner(readOnly_);
}

void MainWindow::chooseNewProject() {
    QString path =
        QFileDialog::getSaveFileName(this, tr("New project"), QDir::homePath() + QStringLiteral("/project") + suffix,
                                     tr("Isoloss projects (*.isoloss)"));
    if (path.isEmpty()) return;
    if (!path.endsWith(suffix)) path += suffix;
    createAndOpen(path);
}

void MainWindow::chooseProject() {
    const QString path =
        QFileDialog::getOpenFileName(this, tr("Open a project"), {}, tr("Isoloss projects (*.isoloss);;All files (*)"));
    if (!path.isEmpty()) openProject(path);
}

void MainWindow::moveProject() {
    if (!services_.session().isWritable()) return;
    const QString from = qtext(path_text(services_.session().project()->path()));
    QString to = QFileDialog::getSaveFileName(this, tr("Move the project"), from, tr("Isoloss projects (*.isoloss)"));
    if (to.isEmpty() || to == from) return;
    if (!to.endsWith(suffix)) to += suffix;
    services_.session().close();
    const auto moved = move_project(toPath(from), toPath(to));
    openProject(moved ? to : from);
    if (!moved)
        showError(moved.error());
    else if (moved->old_file_remains)
        services_.showMessage(tr("Moved; the old file could not be removed: %1").arg(from));
}

bool MainWindow::prepareForImport(const QString& path) {
    ProjectSession& session = services_.session();
    if (!session.isOpen()) {
        const QString project = defaultProjectPath(path);
        QDir().mkpath(QFileInfo(project).absolutePath());
        createAndOpen(project);
        if (!session.isOpen()) return false;
        auto* banner = new Banner(Banner::Tone::note, Banner::Life::closable, this);
        banner->setText(tr("New project %1").arg(QFileInfo(project).fileName()), project);
        banner->addAction(moveProject_);
        addBanner(banner);
    }
    if (session.isWritable()) return true;
    showError(Error{ErrorKind::busy,
                    {},
                    {},
                    utf8(tr("Nothing was imported: the project is open for reading only")),
                    session.project()->read_only_reason()});
    return false;
}

void MainWindow::offerImport(const QStringList& paths) {
    if (paths.isEmpty()) return;
    if (offer_) offer_->close();
    offer_ = new ImportDialog(services_, paths, this);
    connect(offer_, &ImportDialog::importWanted, this, &MainWindow::importPaths);
    offer_->show();
}

void MainWindow::importPaths(const QStringList& paths, const ImportOptions& corrections) {
    if (paths.isEmpty() || !prepareForImport(paths.front())) return;
    imports_->start(paths, corrections);
    docks_->showDock(*jobs_);
}

void MainWindow::watchFolder(const QString& folder) {
    if (!prepareForImport(folder)) return;
    tail_->watch(folder);
    services_.showMessage(tr("Watching %1: what is written into it is imported at once").arg(folder));
}

void MainWindow::chooseImportFolder() {
    const QString folder = QFileDialog::getExistingDirectory(this, tr("Import a folder"));
    if (!folder.isEmpty()) offerImport({folder});
}

void MainWindow::chooseImportFiles() {
    offerImport(QFileDialog::getOpenFileNames(this, tr("Import files")));
}

void MainWindow::chooseWatchedFolder() {
    const QString folder = QFileDialog::getExistingDirectory(this, tr("Watch a folder"));
    if (!folder.isEmpty()) watchFolder(folder);
}

void MainWindow::showImportReport(const ImportTask& task) {
    const ImportSummary summary = summarize(task);
    if (task.report) {
        for (const SkippedSource& skipped : task.report->skipped)
            log::warn("skipped {} {}: {}", skipped.path, skipped.place, skipped.reason);
        for (const std::string& note : task.report->notes)
            log::info("{}", note);
    }
    auto* banner = new Banner(task.error         ? Banner::Tone::error
                              : summary.troubled ? Banner::Tone::warning
                                                 : Banner::Tone::note,
                              Banner::Life::closable, this);
    banner->setText(summary.headline, summary.details);
    if (task.report && task.report->import && task.report->brought_something()) {
        auto* undo = new QAction(tr("Undo import"), banner);
        connect(undo, &QAction::triggered, this, [this, banner, import = *task.report->import] {
            showImports().undo(import);
            Q_EMIT banner->closed();
        });
        banner->addAction(undo);
    }
    // Watching takes everything in a folder, also what was left out here.
    QStringList folders = task.report && task.corrections.excluded.empty() ? task.paths : QStringList();
    folders.removeIf([this](const QString& path) { return !QFileInfo(path).isDir() || tail_->isWatched(path); });
    if (!folders.isEmpty()) {
        auto* keep = new QAction(tr("Keep watching"), banner);
        keep->setToolTip(tr("Import at once what is written into it from now on"));
        connect(keep, &QAction::triggered, this, [this, keep, folders] {
            for (const QString& folder : folders)
                watchFolder(folder);
            keep->setEnabled(false);
            keep->setText(tr("Watching"));
        });
        banner->addAction(keep);
    }
    addBanner(banner);
}

ImportsDialog& MainWindow::showImports() {
    if (!history_) {
        history_ = new ImportsDialog(services_, this);
        connect(history_, &ImportsDialog::importAgainWanted, this, &MainWindow::offerImport);
    }
    history_->show();
    history_->raise();
    history_->activateWindow();
    return *history_;
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event) {
    if (!localFiles(*event->mimeData()).isEmpty()) event->acceptProposedAction();
}

void MainWindow::dropEvent(QDropEvent* event) {
    const QStringList files = localFiles(*event->mimeData());
    if (files.isEmpty()) return;
    event->acceptProposedAction();
    if (files.size() == 1 && files.front().endsWith(suffix))
        openProject(files.front());
    else
        offerImport(files);
}

} // namespace isoloss
