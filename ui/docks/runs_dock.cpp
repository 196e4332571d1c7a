#include "ui/docks/runs_dock.h"

#include "ui/docks/dock_title.h"
#include "ui/docks/filter_assistant.h"
#include "ui/docks/runs_view.h"
#include "ui/figures/value_text.h"
#include "ui/models/run_columns.h"
#include "ui/models/runs_model.h"
#include "ui/ui_services.h"
#include "widgets/delegates.h"
#include "widgets/empty_state.h"
#include "widgets/filter_line_edit.h"

#include <QAction>
#include <QHeaderView>
#include <QLineEdit>
#include <QShortcut>
#include <QStackedWidget>
#include <QTimer>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>
#include <unordered_set>

namespace isoloss {

namespace {

constexpr int reloadPauseMs = 200; ///< a live import changes runs many times a second

} // namespace

RunsDock::RunsDock(UiServices& services, QWidget* parent)
    : QDockWidget(tr("Runs"), parent), services_(services), reloadTimer_(new QTimer(this)) {
    setObjectName(QStringLiteral("runs"));
    QSettings& settings = services_.settings();
    columnsChosen_ = settings.contains(QStringLiteral("runs/columns"));
    for (const QString& key : settings.value(QStringLiteral("runs/columns")).toStringList())
        arrangement_.columns.push_back(utf8(key));
    if (!columnsChosen_) arrangement_.columns = {"checkpoints"};
    arrangement_.sortKey = utf8(settings.value(QStringLiteral("runs/sort"), QStringLiteral("name")).toString());
    arrangement_.descending = settings.value(QStringLiteral("runs/descending")).toBool();
    arrangement_.groupKey = utf8(settings.value(QStringLiteral("runs/group")).toString());
    build();
    RunsView::Widths widths;
    const QVariantMap stored = settings.value(QStringLiteral("runs/widths")).toMap();
    for (auto width = stored.begin(); width != stored.end(); ++width)
        widths[utf8(width.key())] = width->toInt();
    view_->setWidths(std::move(widths));
    connectAll();
    applyTheme();
    showEmptyState();
}

RunsDock::~RunsDock() = default;

void RunsDock::build() {
    title_ = new DockTitle(this);
    setTitleBarWidget(title_);
    groupButton_ = new QToolButton(this);
    groupButton_->setText(tr("Group"));
    groupButton_->setToolTip(tr("Group the runs by a field"));
    columnsButton_ = new QToolButton(this);
    columnsButton_->setText(tr("Columns"));
    columnsButton_->setToolTip(tr("Choose the columns"));
    title_->addTool(groupButton_);
    title_->addTool(columnsButton_);

    auto* content = new QWidget(this);
    auto* layout = new QVBoxLayout(content);
    layout->setContentsMargins(0, 2, 0, 0);
    layout->setSpacing(6);
    filter_ = new FilterLineEdit(content);
    filter_->setPlaceholderText(tr("Filter: lr < 3e-4 and has(loss)"));
    filter_->lineEdit()->setAccessibleName(tr("Filter of the runs"));
    assistant_ = new FilterAssistant(services_, *filter_, this);
    auto* margin = new QVBoxLayout;
    margin->setContentsMargins(12, 0, 12, 0);
    margin->addWidget(filter_);
    layout->addLayout(margin);

    model_ = new RunsModel(this);
    view_ = new RunsView(*model_, content);
    view_->setAccessibleName(tr("Runs"));
    swatches_ = new SwatchDelegate(this);
    delegates_ = {new ToggleDelegate(ToggleDelegate::Icon::eye, this),
                  new ToggleDelegate(ToggleDelegate::Icon::pin, this), swatches_, new CellDelegate(this)};
    view_->setItemDelegate(delegates_[3]);
    view_->setItemDelegateForColumn(RunsModel::eyeColumn, delegates_[0]);
    view_->setItemDelegateForColumn(RunsModel::pinColumn, delegates_[1]);
    view_->setItemDelegateForColumn(RunsModel::nameColumn, delegates_[2]);
    QHeaderView* header = view_->header();
    header->setSectionsClickable(true);
    header->setSortIndicatorShown(true);
    header->setStretchLastSection(false);
    header->setContextMenuPolicy(Qt::CustomContextMenu);

    nothingHere_ = new EmptyState(content);
    nothingHere_->setTitle(tr("No runs yet"));
    nothingHere_->setText(tr("Drop a folder with event files, results or checkpoints anywhere on the window."));
    nothingFound_ = new EmptyState(content);
    auto* clear = new QAction(tr("Clear the filter"), this);
    connect(clear, &QAction::triggered, this, [this] { setFilter({}); });
    nothingFound_->addButton(clear);
    stack_ = new QStackedWidget(content);
    stack_->addWidget(view_);
    stack_->addWidget(nothingHere_);
    stack_->addWidget(nothingFound_);
    layout->addWidget(stack_, 1);
    setWidget(content);

    actions_ = new RunActions(
        services_, [this] { return selectedRuns(); }, [this] { return listedRuns(); }, this);
}

void RunsDock::connectAll() {
    reloadTimer_->setSingleShot(true);
    connect(reloadTimer_, &QTimer::timeout, this, &RunsDock::reload);
    EngineBridge& bridge = services_.bridge();
    connect(&bridge, &EngineBridge::projectChanged, this, [this] {
        fields_.reset();
        assistant_->setFields(nullptr);
        choices_ = std::make_shared<const std::vector<RunColumnChoice>>();
        reloading_ = reloadAgain_ = false;
        loading_.drop();
        arranging_.drop();
        choosing_.drop();
        filter_->setText({});
        arrangement_.filter.clear();
        showRuns(std::make_shared<const ArrangedRuns>());
        if (services_.session().isOpen()) reload();
    });
    connect(&bridge, &EngineBridge::changed, this, [this](const ChangeSet& changes) {
        if (changes.everything || changes.runs || changes.checkpoints || changes.values || changes.quantities ||
            !changes.series.empty())
            reloadSoon();
    });
    connect(&services_.theme(), &ThemeController::themeChanged, this, &RunsDock::applyTheme);
    connect(&services_.selection(), &Selection::highlightedRunsChanged, this, &RunsDock::restoreHighlight);
    connect(filter_, &FilterLineEdit::filterChanged, this, [this](const QString& text) {
        arrangement_.filter = utf8(text);
        arrange();
    });
    connect(columnsButton_, &QToolButton::clicked, this, &RunsDock::openColumns);
    connect(groupButton_, &QToolButton::clicked, this, &RunsDock::openGroups);
    connect(view_->header(), &QHeaderView::customContextMenuRequested, this, &RunsDock::openHeaderMenu);
    connect(view_, &RunsView::columnsMoved, this, &RunsDock::setColumns);
    connect(view_, &RunsView::widthsChanged, this, &RunsDock::storeWidths);
    connect(view_->header(), &QHeaderView::sortIndicatorChanged, this, [this](int column, Qt::SortOrder order) {
        arrangement_.sortKey = model_->keyOf(column);
        arrangement_.descending = order == Qt::DescendingOrder;
        storeSettings();
        arrange();
    });
    connect(view_, &QWidget::customContextMenuRequested, this, &RunsDock::openContextMenu);
    connect(view_->selectionModel(), &QItemSelectionModel::selectionChanged, this, &RunsDock::publishHighlight);
    connect(model_, &RunsModel::visibilityRequested, this, [this](const std::vector<RunId>& runs, bool visible) {
        actions_->setVisible(listedRuns(runs), visible);
        publish();
    });
    connect(model_, &RunsModel::pinRequested, this,
            [this](RunId run, bool pinned) { actions_->setPinned(listedRuns({run}), pinned); });
    connect(model_, &RunsModel::renameRequested, this, [this](RunId run, const QString& name) {
        for (const RunRecord& record : listedRuns({run}))
            actions_->rename(record, name);
    });
    auto* leave =
        new QShortcut(QKeySequence(Qt::Key_Escape), filter_->lineEdit(), nullptr, nullptr, Qt::WidgetShortcut);
    connect(leave, &QShortcut::activated, view_, [this] { view_->setFocus(Qt::ShortcutFocusReason); });
    auto* trash = new QShortcut(QKeySequence::Delete, view_, nullptr, nullptr, Qt::WidgetShortcut);
    connect(trash, &QShortcut::activated, actions_->trashAction(), &QAction::trigger);
    connect(actions_, &RunActions::renameRequested, this, [this] {
        const QModelIndex current = view_->currentIndex();
        if (current.isValid()) view_->edit(current.siblingAtColumn(RunsModel::nameColumn));
    });
    connect(actions_, &RunActions::styleRequested, this, [this] { chooseStyle(view_->currentIndex()); });
    connect(swatches_, &SwatchDelegate::swatchClicked, this, &RunsDock::chooseStyle);
    connect(actions_, &RunActions::tagsRequested, this, &RunsDock::tagsRequested);
    connect(actions_, &RunActions::differencesRequested, this, &RunsDock::differencesRequested);
    connect(actions_, &RunActions::copyRequested, this, &RunsDock::copyTable);
}

void RunsDock::applyTheme() {
    const Theme& theme = services_.theme().theme();
    title_->setTheme(theme);
    filter_->setTheme(theme);
    nothingHere_->setTheme(theme);
    nothingFound_->setTheme(theme);
    model_->setTheme(theme);
    for (ThemedDelegate* delegate : delegates_)
        delegate->setTheme(theme);
    view_->viewport()->update();
}

void RunsDock::setArrangement(const RunArrangement& arrangement) {
    arrangement_ = arrangement;
    columnsChosen_ = true;
    filter_->setText(qtext(arrangement_.filter));
    storeSettings();
    arrange();
}

void RunsDock::setFilter(const QString& filter) {
    filter_->setText(filter);
    arrangement_.filter = utf8(filter);
    arrange();
}

void RunsDock::focusFilter() {
    filter_->lineEdit()->setFocus(Qt::ShortcutFocusReason);
    filter_->lineEdit()->selectAll();
}

void RunsDock::setImportActions(const QList<QAction*>& actions) {
    for (QAction* action : actions)
        nothingHere_->addButton(action);
}

void RunsDock::reloadSoon() {
    if (reloading_)
        reloadAgain_ = true;
    else if (!reloadTimer_->isActive())
        reloadTimer_->start(reloadPauseMs);
}

void RunsDock::reload() {
    reloading_ = true;
    reloadAgain_ = false;
    using Fields = std::shared_ptr<const RunFields>;
    services_.bridge().query<Fields>(
        loading_, [](Reader& reader) { return RunFields::load(reader, TrashRule::with_trash); }, this,
        [this](const QueryAnswer<Fields>& answer) {
            reloading_ = false;
            if (!answer) {
                services_.showError(answer.error());
                return;
            }
            fields_ = *answer;
            std::int64_t runs = 0, checkpoints = 0;
            for (const RunRecord& run : fields_->runs())
                if (!run.trashed) {
                    ++runs;
                    checkpoints += run.checkpoint_count;
                }
            Q_EMIT countsChanged(runs, checkpoints);
            assistant_->setFields(fields_);
            arrange();
            loadChoices();
            if (reloadAgain_) reloadSoon();
        });
}

void RunsDock::loadChoices() {
    using Choices = std::vector<RunColumnChoice>;
    services_.bridge().query<Choices>(
        choosing_, [fields = fields_](Reader& reader) { return fields->choices(reader); }, this,
        [this](const QueryAnswer<Choices>& answer) {
            if (!answer) {
                services_.showError(answer.error());
                return;
            }
            choices_ = *answer;
            assistant_->setChoices(choices_);
            chooseDefaultColumns();
        });
}

void RunsDock::chooseDefaultColumns() {
    if (columnsChosen_ || fields_->runs().empty()) return;
    auto columns = usefulRunColumns(*choices_, fields_->runs().size());
    if (columns == arrangement_.columns) return;
    arrangement_.columns = std::move(columns);
    arrange();
}

void RunsDock::arrange() {
    services_.setRunArrangement(arrangement_);
    if (!fields_) return;
    services_.bridge().query<ArrangedRuns>(
        arranging_,
        [fields = fields_, arrangement = arrangement_](Reader& reader) {
            return arrangeRuns(reader, *fields, arrangement);
        },
        this,
        [this](const QueryAnswer<ArrangedRuns>& answer) {
            if (answer)
                showRuns(*answer);
            else
                services_.showError(answer.error());
        });
}

void RunsDock::showRuns(std::shared_ptr<const ArrangedRuns> runs) {
    restoring_ = true;
    model_->setRuns(std::move(runs));
    restoring_ = false;
    view_->layOutColumns();
    QHeaderView* header = view_->header();
    {
        const QSignalBlocker blocker(header);
        for (int column = 0; column < model_->columnCount(); ++column)
            if (model_->keyOf(column) == arrangement_.sortKey)
                header->setSortIndicator(column, arrangement_.descending ? Qt::DescendingOrder : Qt::AscendingOrder);
    }
    showFilterError();
    showTitle();
    showEmptyState();
    restoreHighlight();
    publish();
}

void RunsDock::publish() {
    // A filter with a mistake hides nothing, and its line says what is wrong: no page need say it again.
    const bool holds = !model_->runs().filterError;
    services_.selection().setShownRuns(model_->shownRuns(), holds ? qtext(arrangement_.filter) : QString(),
                                       model_->runs().groupKey, model_->shownGroups());
}

void RunsDock::publishHighlight() {
    if (restoring_) return;
    std::vector<RunId> runs;
    for (const RunRecord& run : selectedRuns())
        runs.push_back(run.id);
    restoring_ = true;
    services_.selection().setHighlightedRuns(std::move(runs));
    restoring_ = false;
}

void RunsDock::restoreHighlight() {
    if (restoring_) return;
    restoring_ = true;
    // Rows that follow each other are one range: thousands of ranges would stall the view.
    QItemSelection rows;
    const std::vector<int> highlighted = model_->rowsOf(services_.selection().highlightedRuns());
    for (std::size_t first = 0; first < highlighted.size();) {
        std::size_t end = first + 1;
        while (end < highlighted.size() && highlighted[end] == highlighted[end - 1] + 1)
            ++end;
        rows.select(model_->index(highlighted[first], 0),
                    model_->index(highlighted[end - 1], model_->columnCount() - 1));
        first = end;
    }
    view_->selectionModel()->select(rows, QItemSelectionModel::ClearAndSelect);
    if (!rows.isEmpty() && !view_->selectionModel()->isRowSelected(view_->currentIndex().row(), {})) {
        view_->selectionModel()->setCurrentIndex(rows.first().topLeft(), QItemSelectionModel::NoUpdate);
        view_->scrollTo(rows.first().topLeft());
    }
    restoring_ = false;
}

std::vector<RunRecord> RunsDock::selectedRuns() const {
    std::vector<RunRecord> runs;
    auto rows = view_->selectionModel()->selectedRows();
    std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.row() < b.row(); });
    for (const QModelIndex& row : rows)
        if (const RunRecord* run = model_->run(row.row())) runs.push_back(*run);
    return runs;
}

std::vector<RunRecord> RunsDock::listedRuns() const {
    return model_->runs().table.runs;
}

std::vector<RunRecord> RunsDock::listedRuns(const std::vector<RunId>& ids) const {
    const std::unordered_set<RunId> wanted(ids.begin(), ids.end());
    std::vector<RunRecord> runs;
    for (const RunRecord& run : model_->runs().table.runs)
        if (wanted.contains(run.id)) runs.push_back(run);
    return runs;
}

std::vector<RunColumnChoice> RunsDock::columnChoices() const {
    return *choices_;
}

void RunsDock::storeSettings() {
    QSettings& settings = services_.settings();
    QStringList columns;
    for (const auto& key : arrangement_.columns)
        columns += qtext(key);
    if (columnsChosen_) settings.setValue(QStringLiteral("runs/columns"), columns);
    settings.setValue(QStringLiteral("runs/sort"), qtext(arrangement_.sortKey));
    settings.setValue(QStringLiteral("runs/descending"), arrangement_.descending);
    settings.setValue(QStringLiteral("runs/group"), qtext(arrangement_.groupKey));
}

void RunsDock::storeWidths() {
    QVariantMap widths;
    for (const auto& [key, width] : view_->widths())
        widths.insert(qtext(key), width);
    services_.settings().setValue(QStringLiteral("runs/widths"), widths);
}

} // namespace isoloss
