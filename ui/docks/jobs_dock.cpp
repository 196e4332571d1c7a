#include "ui/docks/jobs_dock.h"

#include "ui/docks/dock_title.h"
#include "ui/import_controller.h"
#include "ui/models/jobs_model.h"
#include "ui/ui_services.h"
#include "ui/undo_commands.h"
#include "widgets/delegates.h"
#include "widgets/empty_state.h"

#include <QAction>
#include <QClipboard>
#include <QDateTime>
#include <QGuiApplication>
#include <QHeaderView>
#include <QMenu>
#include <QStackedWidget>
#include <QToolButton>
#include <QTreeView>
#include <QUndoStack>
#include <algorithm>
#include <array>

namespace isoloss {

namespace {

constexpr int shownRows = 3;

double now() {
    constexpr double millisecondsASecond = 1000;
    return static_cast<double>(QDateTime::currentMSecsSinceEpoch()) / millisecondsASecond;
}

} // namespace

JobsDock::JobsDock(UiServices& services, ImportController& imports, QWidget* parent)
    : QDockWidget(tr("Jobs"), parent), services_(services), imports_(imports) {
    setObjectName(QStringLiteral("jobs"));
    build();
    EngineBridge& bridge = services_.bridge();
    connect(&bridge, &EngineBridge::projectChanged, this, [this] {
        model_->setJobs(std::make_shared<const std::vector<JobRecord>>());
        model_->setQueue({});
        model_->setStatus({});
        model_->hideDoneBefore(now());
        reload();
    });
    connect(&bridge, &EngineBridge::changed, this, [this](const ChangeSet& changes) {
        if (changes.jobs || changes.everything) reload();
    });
    connect(&bridge, &EngineBridge::engineStatusChanged, model_, &JobsModel::setStatus);
    const auto showImports = [this] { model_->setImports(imports_.tasks()); };
    connect(&imports_, &ImportController::tasksChanged, this, showImports);
    connect(&imports_, &ImportController::taskChanged, this, showImports);
    connect(&services_.theme(), &ThemeController::themeChanged, this, &JobsDock::applyTheme);
    connect(model_, &QAbstractItemModel::modelReset, this, &JobsDock::showTitle);
    connect(model_, &QAbstractItemModel::dataChanged, this, &JobsDock::showTitle);
    applyTheme();
    showTitle();
}

void JobsDock::build() {
    title_ = new DockTitle(this);
    setTitleBarWidget(title_);
    model_ = new JobsModel(this);
    view_ = new QTreeView(this);
    view_->setModel(model_);
    view_->setAccessibleName(tr("Jobs"));
    view_->setRootIsDecorated(false);
    view_->setUniformRowHeights(true);
    view_->setSelectionMode(QAbstractItemView::ExtendedSelection);
    view_->setContextMenuPolicy(Qt::CustomContextMenu);
    view_->setFrameShape(QFrame::NoFrame);
    view_->setHeaderHidden(true);
    delegates_ = {new CellDelegate(this), new ProgressDelegate(this)};
    view_->setItemDelegate(delegates_[0]);
    view_->setItemDelegateForColumn(JobsModel::progressColumn, delegates_[1]);
    QHeaderView* header = view_->header();
    header->setStretchLastSection(false);
    constexpr std::array<std::pair<int, int>, 5> widths{{{JobsModel::whatColumn, 230},
                                                         {JobsModel::progressColumn, 200},
                                                         {JobsModel::speedColumn, 190},
                                                         {JobsModel::deviceColumn, 110},
                                                         {JobsModel::actionColumn, 76}}};
    for (const auto& [column, width] : widths)
        header->resizeSection(column, width);
    header->setSectionResizeMode(JobsModel::subjectColumn, QHeaderView::Stretch);
    header->setSectionResizeMode(JobsModel::stateColumn, QHeaderView::Stretch);
    connect(view_, &QAbstractItemView::clicked, this, [this](const QModelIndex& index) {
        if (index.column() == JobsModel::actionColumn) act(index.row());
    });
    connect(view_, &QWidget::customContextMenuRequested, this, &JobsDock::openContextMenu);

    empty_ = new EmptyState(this);
    empty_->setText(tr("Nothing to do. Measurements and imports appear here."));
    stack_ = new QStackedWidget(this);
    stack_->addWidget(view_);
    stack_->addWidget(empty_);
    setWidget(stack_);

    const auto add = [this](const QString& text, auto triggered) {
        auto* action = new QAction(text, this);
        connect(action, &QAction::triggered, this, triggered);
        commands_ += action;
        return action;
    };
    add(tr("Cancel the selected jobs"), [this] { actOnSelected(true); });
    add(tr("Retry the selected jobs"), [this] { actOnSelected(false); });
    add(tr("Cancel all jobs"), [this] {
        services_.session().cancelAllJobs();
        for (const ImportTask& task : std::vector<ImportTask>(imports_.tasks()))
            imports_.cancel(task.number);
    });
    add(tr("Pause the selected jobs"), [this] { pauseSelected(true); });
    add(tr("Let the selected jobs go on"), [this] { pauseSelected(false); });
    pause_ = add(tr("Pause all jobs"), [this] { togglePause(); });
    clear_ = add(tr("Clear finished jobs"), [this] { clearFinished(); });
    buildMoves();
    const std::array<std::pair<QAction*, QString>, 4> tools{{{moves_[1], QStringLiteral("↑")},
                                                             {moves_[2], QStringLiteral("↓")},
                                                             {pause_, tr("Pause")},
                                                             {clear_, tr("Clear finished")}}};
    for (const auto& [action, text] : tools) {
        auto* button = new QToolButton(this);
        button->setDefaultAction(action);
        button->setText(text);
        button->setToolTip(action->text());
        button->setAccessibleName(action->text());
        title_->addTool(button);
    }
}

void JobsDock::buildMoves() {
    const auto add = [this](const QString& text, JobMove move, const QKeySequence& key) {
        auto* action = new QAction(text, this);
        action->setShortcut(key);
        action->setShortcutContext(Qt::WidgetShortcut);
        connect(action, &QAction::triggered, this, [this, move] { moveSelected(move); });
        view_->addAction(action);
        moves_ += action;
    };
    add(tr("Run next"), JobMove::first, QKeySequence(Qt::ALT | Qt::Key_Home));
    add(tr("Move up in the queue"), JobMove::up, QKeySequence(Qt::ALT | Qt::Key_Up));
    add(tr("Move down in the queue"), JobMove::down, QKeySequence(Qt::ALT | Qt::Key_Down));
    add(tr("Run last"), JobMove::last, QKeySequence(Qt::ALT | Qt::Key_End));
}

void JobsDock::applyTheme() {
    const Theme& theme = services_.theme().theme();
    title_->setTheme(theme);
    empty_->setTheme(theme);
    for (ThemedDelegate* delegate : delegates_)
        delegate->setTheme(theme);
    view_->viewport()->update();
}

int JobsDock::usefulHeight() const {
    return title_->sizeHint().height() + shownRows * Theme::row_height + 2 * view_->frameWidth();
}

bool JobsDock::isEmpty() const {
    return model_->rowCount() == 0;
}

void JobsDock::reload() {
    const auto load = [](Reader& reader) -> Expected<Loaded> {
        Loaded loaded;
        ISOLOSS_TRY(loaded.jobs, reader.jobs());
        ISOLOSS_TRY(const auto queue, reader.queue());
        for (const JobRecord& job : queue)
            loaded.queue.push_back(job.id);
        ISOLOSS_TRY(loaded.paused, reader.queue_paused());
        return loaded;
    };
    services_.bridge().query<Loaded>(loading_, load, this, [this](const QueryAnswer<Loaded>& loaded) {
        if (loaded)
            show(**loaded);
        else
            services_.showError(loaded.error());
    });
}

void JobsDock::show(const Loaded& loaded) {
    std::vector<JobId> selected;
    for (const QModelIndex& index : view_->selectionModel()->selectedRows())
        if (const auto job = model_->job(index.row())) selected.push_back(*job);
    paused_ = loaded.paused;
    model_->setJobs(std::make_shared<const std::vector<JobRecord>>(loaded.jobs));
    model_->setQueue(loaded.queue);
    selectJobs(selected);
    showTitle();
}

// Rows move when the queue changes; what a person has selected stays selected.
void JobsDock::selectJobs(const std::vector<JobId>& jobs) {
    QItemSelection selection;
    for (int row = 0; row < model_->rowCount(); ++row)
        if (const auto job = model_->job(row); job && std::find(jobs.begin(), jobs.end(), *job) != jobs.end())
            selection.select(model_->index(row, 0), model_->index(row, JobsModel::columns - 1));
    if (selection.isEmpty()) return;
    view_->selectionModel()->select(selection, QItemSelectionModel::ClearAndSelect);
    view_->selectionModel()->setCurrentIndex(selection.indexes().constFirst(), QItemSelectionModel::NoUpdate);
}

QString JobsDock::summary() const {
    QStringList parts;
    if (model_->running() > 0) parts += tr("%1 running").arg(model_->running());
    if (model_->waiting() > 0) parts += tr("%1 waiting").arg(model_->waiting());
    if (model_->failed() > 0) parts += tr("%1 failed").arg(model_->failed());
    if (paused_) parts += tr("paused");
    return parts.join(QStringLiteral(", "));
}

void JobsDock::showTitle() {
    const QString text = summary();
    QStringList parts{tr("Jobs")};
    if (!text.isEmpty()) parts += text;
    if (const auto seconds = model_->secondsLeft()) parts += timeLeft(*seconds);
    title_->setText(parts.join(QStringLiteral(" · ")));
    stack_->setCurrentWidget(model_->rowCount() > 0 ? static_cast<QWidget*>(view_) : empty_);
    clear_->setEnabled(model_->finished() > 0);
    pause_->setText(paused_ ? tr("Let all jobs go on") : tr("Pause all jobs"));
    pause_->setIconText(paused_ ? tr("Go on") : tr("Pause"));
    Q_EMIT summaryChanged();
}

void JobsDock::act(int row) {
    const JobsModel::Action action = model_->action(row);
    if (action == JobsModel::Action::none) return;
    const auto job = model_->job(row);
    if (!job)
        imports_.cancel(model_->import(row));
    else if (action == JobsModel::Action::cancel)
        services_.session().cancelJob(*job);
    else
        services_.session().retryJob(*job);
}

void JobsDock::actOnSelected(bool cancel) {
    const auto wanted = cancel ? JobsModel::Action::cancel : JobsModel::Action::retry;
    for (const QModelIndex& index : view_->selectionModel()->selectedRows())
        if (model_->action(index.row()) == wanted) act(index.row());
}

void JobsDock::pauseSelected(bool pause) {
    const auto wanted = pause ? JobsModel::Pause::pause : JobsModel::Pause::resume;
    for (const QModelIndex& index : view_->selectionModel()->selectedRows())
        if (model_->pauseAction(index.row()) == wanted) {
            const JobId job = *model_->job(index.row());
            pause ? services_.session().pauseJob(job) : services_.session().resumeJob(job);
        }
}

// Several jobs keep their order among themselves.
void JobsDock::moveSelected(JobMove move) {
    QList<int> rows;
    for (const QModelIndex& index : view_->selectionModel()->selectedRows())
        if (model_->canMove(index.row())) rows += index.row();
    std::sort(rows.begin(), rows.end());
    if (move == JobMove::first || move == JobMove::down) std::reverse(rows.begin(), rows.end());
    for (const int row : rows)
        services_.session().moveJob(*model_->job(row), move);
}

void JobsDock::togglePause() {
    paused_ ? services_.session().resumeQueue() : services_.session().pauseQueue();
}

void JobsDock::forgetStopped(double hidden) {
    model_->hideDoneBefore(hidden);
    if (services_.session().isWritable())
        services_.bridge().write([](WriteSession& session) { return session.remove_stopped_jobs(); });
}

void JobsDock::clearFinished() {
    imports_.clearFinished();
    const double before = model_->hiddenBefore(), hidden = now();
    const std::vector<JobRecord> stopped = model_->stopped();
    forgetStopped(hidden);
    const auto undo = [this, before, stopped] {
        model_->hideDoneBefore(before);
        services_.bridge().write([stopped](WriteSession& session) { return session.restore_jobs(stopped); });
    };
    services_.undo().push(new ViewCommand(
        undo, [this, hidden] { forgetStopped(hidden); }, tr("Clear finished jobs")));
}

void JobsDock::openContextMenu(const QPoint& position) {
    QMenu menu(this);
    menu.addActions(moves_);
    menu.addSeparator();
    menu.addActions(commands_);
    const QModelIndex index = view_->indexAt(position);
    if (index.isValid()) {
        menu.addSeparator();
        menu.addAction(tr("Copy what it says"), this,
                       [index] { QGuiApplication::clipboard()->setText(index.data(Qt::ToolTipRole).toString()); });
    }
    menu.exec(view_->viewport()->mapToGlobal(position));
}

} // namespace isoloss
