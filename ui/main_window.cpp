#include "ui/main_window.h"

#include "engine/base/file.h"
#include "engine/base/log.h"
#include "engine/store/project.h"
#include "ui/banner.h"
#include "ui/command_palette.h"
#include "ui/dialogs/measure_dialog.h"
#include "ui/dialogs/shortcuts_dialog.h"
#include "ui/dock_layout.h"
#include "ui/docks/data_dock.h"
#include "ui/docks/inspector_dock.h"
#include "ui/docks/items_dock.h"
#include "ui/docks/jobs_dock.h"
#include "ui/docks/log_dock.h"
#include "ui/docks/runs_dock.h"
#include "ui/docks/text_dock.h"
#include "ui/figures/value_text.h"
#include "ui/file_path.h"
#include "ui/header_strip.h"
#include "ui/import_controller.h"
#include "ui/page.h"
#include "ui/pages/page_factory.h"
#include "ui/pages/view_menu.h"
#include "ui/start_page.h"
#include "ui/status_line.h"
#include "ui/tail_controller.h"
#include "ui/ui_services.h"
#include "ui/window_geometry.h"

#include <QActionGroup>
#include <QCloseEvent>
#include <QFileInfo>
#include <QJsonDocument>
#include <QScreen>
#include <QStackedWidget>
#include <QTimer>
#include <QVBoxLayout>
#include <utility>

namespace isoloss {

namespace {

constexpr QSize firstSize{1280, 800};
constexpr int runsWidth = 316, inspectorWidth = 290, itemsHeight = 260, textHeight = 260, dataHeight = 240,
              logHeight = 130;
constexpr int mostBanners = 3;

QString settingsKey(PageKind kind) {
    return QStringLiteral("pages/") + QLatin1String(page_names[static_cast<std::size_t>(kind)]);
}

} // namespace

MainWindow::MainWindow(UiServices& services, QWidget* parent)
    : QMainWindow(parent), services_(services), imports_(new ImportController(services.session(), this)),
      tail_(new TailController(services.session(), this)), pageActions_(new QActionGroup(this)) {
    setWindowTitle(tr("Isoloss"));
    setAcceptDrops(true);
    setDockNestingEnabled(true);
    build();
    buildActions();
    connectAll();
    applyTheme();
    resize(fittingSize(firstSize, *screen()));
    QSettings& settings = services_.settings();
    restoreGeometry(settings.value(QStringLiteral("window/geometry")).toByteArray());
    docks_ = new DockLayout(*this, {{runs_, runsWidth}, {inspector_, inspectorWidth}},
                            {{items_, itemsHeight}, {text_, textHeight}, {data_, dataHeight}, {log_, logHeight}},
                            *jobs_, services_.undo());
    docks_->restore(settings);
    const int page = settings.value(QStringLiteral("window/page"), 0).toInt();
    if (page > 0 && page < static_cast<int>(all_pages.size())) front_ = static_cast<PageKind>(page);
    pageActions_->actions().at(static_cast<int>(front_))->setChecked(true);
    showProject();
}

MainWindow::~MainWindow() = default;

void MainWindow::build() {
    header_ = new HeaderStrip(this);
    setMenuWidget(header_);
    status_ = new StatusLine(services_, *tail_, this);
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
    data_ = new DataDock(services_, this);
    log_ = new LogDock(services_, this);
    items_ = new ItemsDock(services_, this);
    text_ = new TextDock(services_, this);
    addDockWidget(Qt::LeftDockWidgetArea, runs_);
    addDockWidget(Qt::RightDockWidgetArea, inspector_);
    addDockWidget(Qt::BottomDockWidgetArea, items_);
    splitDockWidget(items_, jobs_, Qt::Vertical);
    splitDockWidget(jobs_, log_, Qt::Horizontal);
    // One place for what is looked at one after the other; last, because a tab cannot be split.
    tabifyDockWidget(items_, text_);
    tabifyDockWidget(text_, data_);
    setTabPosition(Qt::BottomDockWidgetArea, QTabWidget::North);
    items_->hide();
    text_->hide();
    data_->hide();
    log_->hide();
    inspector_->setRunActions(&runs_->runActions());
}

void MainWindow::connectAll() {
    connect(header_, &HeaderStrip::paletteRequested, this, &MainWindow::showPalette);
    connect(&services_, &UiServices::errorShown, this, &MainWindow::showError);
    connect(&services_, &UiServices::pageRequested, this, &MainWindow::showPage);
    connect(&services_, &UiServices::filterRequested, runs_, &RunsDock::setFilter);
    connect(&services_, &UiServices::arrangementRequested, runs_, &RunsDock::setArrangement);
    connect(&services_, &UiServices::measureRequested, this, &MainWindow::showMeasure);
    connect(&services_.theme(), &ThemeController::themeChanged, this, &MainWindow::applyTheme);
    connect(&services_.session(), &ProjectSession::projectChanged, this, &MainWindow::showProject);
    connect(&services_.bridge(), &EngineBridge::writeFailed, this, &MainWindow::showError);
    connect(&services_.bridge(), &EngineBridge::engineStatusChanged, this, [this](const EngineStatus& status) {
        const std::string devices = status.devices();
        header_->setDevice(devices.empty() ? services_.device() : qtext(devices));
    });
    connect(imports_, &ImportController::finished, this, &MainWindow::showImportReport);
    connect(data_, &DataDock::measureWanted, this, &MainWindow::measureOn);
    connect(start_, &StartPage::projectChosen, this, &MainWindow::openProject);
    connect(runs_, &RunsDock::countsChanged, status_, &StatusLine::setCounts);
    connect(runs_, &RunsDock::tagsRequested, inspector_, &InspectorDock::editTags);
    connect(runs_, &RunsDock::differencesRequested, inspector_, &InspectorDock::showInspector);
    connect(inspector_, &InspectorDock::itemsRequested, this, [this] { docks_->showDock(*items_); });
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

void MainWindow::showProject() {
    const bool isOpen = services_.session().isOpen();
    if (!isOpen) delete readOnly_;
    services_.undo().clear();
    const QString path = isOpen ? qtext(path_text(services_.session().project()->path())) : QString();
    header_->setProjectName(QFileInfo(path).fileName(), path);
    header_->setDevice(services_.device());
    docks_->setProjectOpen(isOpen);
    setWindowTitle(isOpen ? tr("%1 – Isoloss").arg(QFileInfo(path).fileName()) : tr("Isoloss"));
    for (QAction* action : needsProject_)
        action->setEnabled(isOpen);
    for (QAction* action : needsWriting_)
        action->setEnabled(services_.session().isWritable());
    if (isOpen) {
        const std::optional<ViewRecord> start = startView();
        showPage(start ? *page_named(start->page) : front_);
        if (start) restoreView(services_, *currentPage(), *start);
        return;
    }
    start_->showRecent();
    centre_->setCurrentWidget(start_);
    inspector_->setSidePanel(nullptr);
}

std::optional<ViewRecord> MainWindow::startView() const {
    const auto reader = services_.session().project()->reader();
    if (!reader) return std::nullopt; // the pages' own queries fail too and say why
    const auto start = (*reader)->start_view();
    return start && *start && page_named((*start)->page) ? *start : std::nullopt;
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
    takeKeysOf(page);
    status_->setPageText({});
    page->setFocus(Qt::OtherFocusReason);
}

void MainWindow::takeKeysOf(const Page* page) {
    for (QAction* action : std::exchange(pageKeys_, {}))
        removeAction(action);
    for (QAction* action : page->actions()) {
        const QKeySequence keys = action->shortcut();
        if (keys.count() != 1 || keys[0].keyboardModifiers() != Qt::NoModifier) continue;
        if (keys[0].key() > Qt::Key_AsciiTilde) continue; // arrows and the like belong to what has the focus
        addAction(action);
        pageKeys_ += action;
    }
}

void MainWindow::exportFigure() {
    if (Page* page = currentPage(); page && page->canExport()) page->exportFigure();
}

void MainWindow::showMeasure() {
    if (!services_.session().isOpen()) return;
    if (!measure_) {
        measure_ = new MeasureDialog(services_, this);
        connect(measure_, &MeasureDialog::queued, docks_, [this] { docks_->showDock(*jobs_); });
    }
    measure_->show();
    measure_->raise();
    measure_->activateWindow();
}

void MainWindow::measureOn(const QString& file) {
    showMeasure();
    if (measure_) measure_->addDataFiles({file});
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
    if (const Page* page = currentPage())
        for (QAction* action : page->actions())
            if (!all.contains(action)) all += action;
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
    docks_->store(settings);
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
            keepOnScreen(*this);
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

} // namespace isoloss
