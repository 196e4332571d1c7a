#include "ui/main_window.h"

#include "engine/base/file.h"
#include "engine/base/log.h"
#include "engine/store/project.h"
#include "ui/banner.h"
#include "ui/command_palette.h"
#include "ui/dialogs/measure_dialog.h"
#include "ui/dialogs/shortcuts_dialog.h"
#include "ui/docks/inspector_dock.h"
#include "ui/docks/jobs_dock.h"
#include "ui/docks/log_dock.h"
#include "ui/docks/runs_dock.h"
#include "ui/file_path.h"
#include "ui/header_strip.h"
#include "ui/import_controller.h"
#include "ui/import_report.h"
#include "ui/page.h"
#include "ui/pages/page_factory.h"
#include "ui/plural.h"
#include "ui/recent_projects.h"
#include "ui/start_page.h"
#include "ui/status_line.h"
#include "ui/ui_services.h"

#include <QActionGroup>
#include <QCloseEvent>
#include <QDir>
#include <QDropEvent>
#include <QFile>
#include <QFileDialog>
#include <QFileInfo>
#include <QJsonDocument>
#include <QMimeData>
#include <QStackedWidget>
#include <QTimer>
#include <QVBoxLayout>

namespace isoloss {

namespace {

constexpr QSize firstSize{1280, 800};
constexpr int runsWidth = 290, inspectorWidth = 290, jobsHeight = 132;
constexpr int mostBanners = 3;
const QString suffix = QStringLiteral(".isoloss");

QString settingsKey(PageKind kind) {
    constexpr std::array<const char*, all_pages.size()> names{"curves", "downstream", "checkpoints", "compare"};
    return QStringLiteral("pages/") + QLatin1String(names[static_cast<std::size_t>(kind)]);
}

QStringList localFiles(const QMimeData& data) {
    QStringList files;
    for (const QUrl& url : data.urls())
        if (url.isLocalFile()) files += url.toLocalFile();
    return files;
}

} // namespace

MainWindow::MainWindow(UiServices& services, QWidget* parent)
    : QMainWindow(parent), services_(services), imports_(new ImportController(services.session(), this)),
      pageActions_(new QActionGroup(this)) {
    setWindowTitle(tr("Isoloss"));
    setAcceptDrops(true);
    setDockNestingEnabled(true);
    build();
    buildActions();
    connectAll();
    applyTheme();
    resize(firstSize);
    resizeDocks({runs_, inspector_}, {runsWidth, inspectorWidth}, Qt::Horizontal);
    resizeDocks({jobs_}, {jobsHeight}, Qt::Vertical);
    defaultLayout_ = saveState();
    QSettings& settings = services_.settings();
    restoreGeometry(settings.value(QStringLiteral("window/geometry")).toByteArray());
    restoreState(settings.value(QStringLiteral("window/state")).toByteArray());
    const int page = settings.value(QStringLiteral("window/page"), 0).toInt();
    if (page > 0 && page < static_cast<int>(all_pages.size())) front_ = static_cast<PageKind>(page);
    pageActions_->actions().at(static_cast<int>(front_))->setChecked(true);
    showProject();
}

MainWindow::~MainWindow() = default;

void MainWindow::build() {
    header_ = new HeaderStrip(this);
    setMenuWidget(header_);
    status_ = new StatusLine(services_, this);
    setStatusBar(status_);
    auto* centre = new QWidget(this);
    auto* column = new QVBoxLayout(centre);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    banners_ = new QVBoxLayout;
    banners_->setSpacing(0);
    column->addLayout(banners_);
    centre_ = new QStackedWidget(centre);
    column->addWidget(centre_, 1);
    centre->setAutoFillBackground(true);
    setCentralWidget(centre);

    runs_ = new RunsDock(services_, this);
    inspector_ = new InspectorDock(services_, this);
    jobs_ = new JobsDock(services_, *imports_, this);
    log_ = new LogDock(services_, this);
    addDockWidget(Qt::LeftDockWidgetArea, runs_);
    addDockWidget(Qt::RightDockWidgetArea, inspector_);
    addDockWidget(Qt::BottomDockWidgetArea, jobs_);
    splitDockWidget(jobs_, log_, Qt::Horizontal);
    log_->hide();
    inspector_->setRunActions(&runs_->runActions());
}

void MainWindow::connectAll() {
    connect(header_, &HeaderStrip::paletteRequested, this, &MainWindow::showPalette);
    connect(&services_, &UiServices::errorShown, this, &MainWindow::showError);
    connect(&services_, &UiServices::pageRequested, this, &MainWindow::showPage);
    connect(&services_, &UiServices::measureRequested, this, &MainWindow::showMeasure);
    connect(&services_.theme(), &ThemeController::themeChanged, this, &MainWindow::applyTheme);
    connect(&services_.session(), &ProjectSession::projectChanged, this, &MainWindow::showProject);
    connect(&services_.bridge(), &EngineBridge::writeFailed, this, &MainWindow::showError);
    connect(&services_.bridge(), &EngineBridge::engineStatusChanged, this, [this](const EngineStatus& status) {
        header_->setDevice(status.device.empty() ? services_.device() : qtext(status.device));
    });
    connect(imports_, &ImportController::finished, this, &MainWindow::showImportReport);
    connect(start_, &StartPage::projectChosen, this, &MainWindow::openProject);
    connect(runs_, &RunsDock::countsChanged, status_, &StatusLine::setCounts);
    connect(runs_, &RunsDock::tagsRequested, inspector_, &InspectorDock::editTags);
    connect(runs_, &RunsDock::differencesRequested, inspector_, &InspectorDock::showInspector);
}

void MainWindow::applyTheme() {
    const Theme& theme = services_.theme().theme();
    header_->setTheme(theme);
    QPalette colors = centralWidget()->palette();
    colors.setColor(QPalette::Window, theme.window);
    centralWidget()->setPalette(colors);
    for (Banner* banner : findChildren<Banner*>())
        banner->setTheme(theme);
    if (palette_) palette_->setTheme(theme);
}

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

void MainWindow::importPaths(const QStringList& paths) {
    if (paths.isEmpty()) return;
    ProjectSession& session = services_.session();
    if (!session.isOpen()) {
        const QString path = defaultProjectPath(paths.front());
        QDir().mkpath(QFileInfo(path).absolutePath());
        createAndOpen(path);
        if (!session.isOpen()) return;
        auto* banner = new Banner(Banner::Tone::note, Banner::Life::closable, this);
        banner->setText(tr("New project %1").arg(QFileInfo(path).fileName()), path);
        banner->addAction(moveProject_);
        addBanner(banner);
    }
    if (!session.isWritable()) {
        showError(Error{ErrorKind::busy,
                        {},
                        {},
                        utf8(tr("Nothing was imported: the project is open for reading only")),
                        session.project()->read_only_reason()});
        return;
    }
    imports_->start(paths);
    jobs_->show();
}

void MainWindow::showProject() {
    const bool isOpen = services_.session().isOpen();
    if (!isOpen) delete readOnly_;
    services_.undo().clear();
    const QString path = isOpen ? qtext(path_text(services_.session().project()->path())) : QString();
    header_->setProjectName(QFileInfo(path).fileName(), path);
    header_->setDevice(services_.device());
    setWindowTitle(isOpen ? tr("%1 – Isoloss").arg(QFileInfo(path).fileName()) : tr("Isoloss"));
    for (QAction* action : needsProject_)
        action->setEnabled(isOpen);
    for (QAction* action : needsWriting_)
        action->setEnabled(services_.session().isWritable());
    if (isOpen) {
        showPage(front_);
        return;
    }
    start_->showRecent();
    centre_->setCurrentWidget(start_);
    inspector_->setSidePanel(nullptr);
}

Page* MainWindow::currentPage() const {
    return services_.session().isOpen() ? pages_[static_cast<std::size_t>(front_)] : nullptr;
}

void MainWindow::showPage(PageKind kind) {
    front_ = kind;
    pageActions_->actions().at(static_cast<int>(kind))->setChecked(true);
    if (!services_.session().isOpen()) return;
    Page*& page = pages_[static_cast<std::size_t>(kind)];
    if (!page) {
        page = makePage(kind, services_, centre_);
        centre_->addWidget(page);
        connect(page, &Page::statusText, this, [this, page = page](const QString& text) {
            if (page == currentPage()) status_->setPageText(text);
        });
        const QByteArray state = services_.settings().value(settingsKey(kind)).toByteArray();
        page->restoreState(QJsonDocument::fromJson(state).object());
    }
    centre_->setCurrentWidget(page);
    inspector_->setSidePanel(page->sidePanel());
    export_->setEnabled(page->canExport());
    status_->setPageText({});
    page->setFocus(Qt::OtherFocusReason);
}

void MainWindow::exportFigure() {
    if (Page* page = currentPage(); page && page->canExport()) page->exportFigure();
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

void MainWindow::chooseImportFolder() {
    const QString folder = QFileDialog::getExistingDirectory(this, tr("Import a folder"));
    if (!folder.isEmpty()) importPaths({folder});
}

void MainWindow::chooseImportFiles() {
    importPaths(QFileDialog::getOpenFileNames(this, tr("Import files")));
}

void MainWindow::moveProject() {
    if (!services_.session().isWritable()) return;
    const QString from = qtext(path_text(services_.session().project()->path()));
    QString to = QFileDialog::getSaveFileName(this, tr("Move the project"), from, tr("Isoloss projects (*.isoloss)"));
    if (to.isEmpty() || to == from) return;
    if (!to.endsWith(suffix)) to += suffix;
    services_.session().close();
    // The file dialog asked whether an existing file is to be replaced.
    if (QFile::exists(to)) QFile::remove(to);
    if (!QFile::rename(from, to))
        showError(Error{ErrorKind::io, utf8(to), {}, "the project could not be moved there", "Choose another folder"});
    openProject(QFile::exists(to) ? to : from);
}

void MainWindow::showMeasure() {
    if (!services_.session().isOpen()) return;
    if (!measure_) {
        measure_ = new MeasureDialog(services_, this);
        connect(measure_, &MeasureDialog::queued, jobs_, &QWidget::show);
    }
    measure_->show();
    measure_->raise();
    measure_->activateWindow();
}

void MainWindow::showPalette() {
    if (!palette_) {
        palette_ = new CommandPalette(this);
        palette_->setTheme(services_.theme().theme());
    }
    palette_->open(allActions());
}

void MainWindow::showShortcuts() {
    (new ShortcutsDialog(allActions(), this))->show();
}

QList<QAction*> MainWindow::allActions() const {
    QList<QAction*> all = actions();
    if (const Page* page = currentPage()) all += page->actions();
    return all;
}

void MainWindow::showError(const Error& error) {
    log::error("{}", error.text());
    auto* banner = new Banner(Banner::Tone::error, Banner::Life::closable, this);
    banner->setError(error);
    for (const Banner* shown : findChildren<Banner*>())
        if (shown != banner && shown->text() == banner->text()) {
            delete banner;
            return;
        }
    addBanner(banner);
}

void MainWindow::showImportReport(const ImportTask& task) {
    const ImportSummary summary = summarize(task);
    if (task.report)
        for (const SkippedSource& skipped : task.report->skipped)
            log::warn("skipped {} {}: {}", skipped.path, skipped.place, skipped.reason);
    auto* banner = new Banner(task.error         ? Banner::Tone::error
                              : summary.troubled ? Banner::Tone::warning
                                                 : Banner::Tone::note,
                              Banner::Life::closable, this);
    banner->setText(summary.headline, summary.details);
    addBanner(banner);
}

void MainWindow::addBanner(Banner* banner) {
    banner->setTheme(services_.theme().theme());
    connect(banner, &Banner::closed, banner, &QObject::deleteLater);
    banners_->addWidget(banner);
    // The oldest that may be closed makes room.
    for (int i = 0; banners_->count() > mostBanners && i < banners_->count(); ++i)
        if (QWidget* oldest = banners_->itemAt(i)->widget(); oldest && oldest != readOnly_) {
            delete oldest;
            break;
        }
}

void MainWindow::clearBanners() {
    qDeleteAll(findChildren<Banner*>());
}

void MainWindow::storeSettings() {
    QSettings& settings = services_.settings();
    settings.setValue(QStringLiteral("window/geometry"), saveGeometry());
    settings.setValue(QStringLiteral("window/state"), saveState());
    settings.setValue(QStringLiteral("window/page"), static_cast<int>(front_));
    for (const PageKind kind : all_pages)
        if (const Page* page = pages_[static_cast<std::size_t>(kind)])
            settings.setValue(settingsKey(kind), QJsonDocument(page->state()).toJson(QJsonDocument::Compact));
}

bool MainWindow::event(QEvent* event) {
    const bool handled = QMainWindow::event(event);
    if (event->type() == QEvent::Paint && !painted_) {
        painted_ = true;
        QTimer::singleShot(0, this, [this] {
            Q_EMIT firstPainted();
            services_.theme().followDesktop();
        });
    }
    return handled;
}

void MainWindow::closeEvent(QCloseEvent* event) {
    storeSettings();
    services_.session().close();
    QMainWindow::closeEvent(event);
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
        importPaths(files);
}

} // namespace isoloss
