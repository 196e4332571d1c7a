#include "ui/docks/items_dock.h"

#include "ui/docks/dock_title.h"
#include "ui/docks/item_details.h"
#include "ui/models/items_model.h"
#include "ui/plural.h"
#include "ui/ui_services.h"
#include "widgets/delegates.h"
#include "widgets/empty_state.h"

#include <QAction>
#include <QActionGroup>
#include <QClipboard>
#include <QGuiApplication>
#include <QHeaderView>
#include <QLineEdit>
#include <QSplitter>
#include <QStackedWidget>
#include <QToolButton>
#include <QTreeView>
#include <algorithm>

namespace isoloss {

namespace {

int width_of(ItemsModel::Column column) {
    constexpr int word = 70, number = 76, answer = 124, text = 250, numbers = 240;
    switch (column) {
    case ItemsModel::Column::text:
        return text;
    case ItemsModel::Column::gold:
    case ItemsModel::Column::chosen:
        return answer;
    case ItemsModel::Column::key:
    case ItemsModel::Column::correct:
        return word;
    case ItemsModel::Column::log_likelihoods:
        return numbers;
    default:
        return number;
    }
}

} // namespace

ItemsDock::ItemsDock(UiServices& services, QWidget* parent)
    : QDockWidget(tr("Items"), parent), services_(services), title_(new DockTitle(this)), model_(new ItemsModel(this)),
      delegate_(new CellDelegate(this)), view_(new QTreeView(this)), details_(new ItemDetails(this)),
      outcomes_(new QActionGroup(this)), search_(new QLineEdit(this)), stack_(new QStackedWidget(this)),
      empty_(new EmptyState(this)) {
    setObjectName(QStringLiteral("items"));
    build();
    connect(&services_.theme(), &ThemeController::themeChanged, this, &ItemsDock::applyTheme);
    connect(&services_.selection(), &Selection::valueInspected, this, &ItemsDock::showItemsOf);
    connect(&services_.bridge(), &EngineBridge::projectChanged, this, &ItemsDock::clear);
    connect(&services_.bridge(), &EngineBridge::changed, this, [this](const ChangeSet& changes) {
        if (!changes.everything && !changes.values) return;
        stale_ = wanted_.has_value();
        load();
    });
    applyTheme();
    clear();
}

void ItemsDock::build() {
    setTitleBarWidget(title_);
    addOutcomeButtons();
    search_->setPlaceholderText(tr("Contains"));
    search_->setAccessibleName(tr("Text that the items contain"));
    search_->setClearButtonEnabled(true);
    constexpr int searchWidth = 180;
    search_->setMaximumWidth(searchWidth);
    title_->addTool(search_);

    view_->setModel(model_);
    view_->setItemDelegate(delegate_);
    view_->setAccessibleName(tr("Items"));
    view_->setRootIsDecorated(false);
    view_->setUniformRowHeights(true);
    view_->setSelectionMode(QAbstractItemView::ExtendedSelection);
    view_->setFrameShape(QFrame::NoFrame);
    view_->setSortingEnabled(true);
    view_->header()->setSortIndicator(-1, Qt::AscendingOrder);
    view_->header()->setSortIndicatorClearable(true);
    auto* copy = new QAction(tr("Copy items"), view_);
    copy->setShortcut(QKeySequence::Copy);
    copy->setShortcutContext(Qt::WidgetShortcut);
    connect(copy, &QAction::triggered, this, &ItemsDock::copySelected);
    view_->addAction(copy);
    view_->setContextMenuPolicy(Qt::ActionsContextMenu);

    auto* splitter = new QSplitter(Qt::Horizontal, this);
    splitter->setChildrenCollapsible(false);
    splitter->addWidget(view_);
    splitter->addWidget(details_);
    splitter->setStretchFactor(0, 3);
    splitter->setStretchFactor(1, 2);
    stack_->addWidget(splitter);
    stack_->addWidget(empty_);
    setWidget(stack_);

    connect(search_, &QLineEdit::textChanged, this, [this](const QString& text) {
        model_->setSearch(text);
        showTitle();
    });
    connect(view_->selectionModel(), &QItemSelectionModel::currentChanged, this, &ItemsDock::showCurrent);
    connect(model_, &QAbstractItemModel::modelReset, this, &ItemsDock::showCurrent);
}

void ItemsDock::addOutcomeButtons() {
    const std::pair<QString, ItemsModel::Outcome> choices[] = {{tr("All"), ItemsModel::Outcome::all},
                                                               {tr("Right"), ItemsModel::Outcome::right},
                                                               {tr("Wrong"), ItemsModel::Outcome::wrong}};
    for (const auto& [text, outcome] : choices) {
        QAction* action = outcomes_->addAction(text);
        action->setCheckable(true);
        action->setChecked(outcome == ItemsModel::Outcome::all);
        connect(action, &QAction::triggered, this, [this, outcome = outcome] {
            model_->setOutcome(outcome);
            showTitle();
        });
        auto* button = new QToolButton(title_);
        button->setDefaultAction(action);
        button->setAutoRaise(true);
        title_->addTool(button);
    }
}

void ItemsDock::applyTheme() {
    const Theme& theme = services_.theme().theme();
    title_->setTheme(theme);
    delegate_->setTheme(theme);
    details_->setTheme(theme);
    empty_->setTheme(theme);
}

void ItemsDock::showItemsOf(CheckpointId checkpoint, QuantityId quantity) {
    wanted_ = {checkpoint, quantity};
    stale_ = true;
    load();
}

void ItemsDock::showEvent(QShowEvent* event) {
    QDockWidget::showEvent(event);
    load();
}

void ItemsDock::load() {
    if (!stale_ || !wanted_ || !isVisible()) return;
    stale_ = false;
    services_.bridge().query<MeasuredItems>(
        loading_,
        [wanted = *wanted_](Reader& reader) { return load_measured_items(reader, wanted.first, wanted.second); }, this,
        [this](const QueryAnswer<MeasuredItems>& answer) {
            if (!answer) {
                clear();
                empty_->setText(qtext(answer.error().text()));
                return;
            }
            const bool had_choices = model_->items() && model_->items()->has_choices();
            const bool first = !model_->items() || model_->items()->items.empty();
            model_->setItems(*answer);
            if (first || had_choices != model_->items()->has_choices())
                for (int section = 0; section < model_->columnCount(); ++section)
                    view_->header()->resizeSection(section, width_of(model_->column(section)));
            const bool none = (*answer)->items.empty();
            outcomes_->setVisible(!none && (*answer)->has_choices());
            if (!none) view_->setCurrentIndex(model_->index(0, 0));
            if (none) empty_->setText(tr("No items are stored with %1.").arg(qtext((*answer)->quantity)));
            stack_->setCurrentIndex(none ? 1 : 0);
            showTitle();
        });
}

void ItemsDock::clear() {
    loading_.drop();
    wanted_.reset();
    stale_ = false;
    model_->setItems(nullptr);
    empty_->setText(tr("Click a value in the Checkpoints page to see the items that it was measured on."));
    stack_->setCurrentIndex(1);
    showTitle();
}

void ItemsDock::showTitle() {
    const ItemsModel::Items& items = model_->items();
    if (!items || items->items.empty()) {
        title_->setText(tr("Items"));
        return;
    }
    const std::int64_t shown = model_->rowCount();
    QString count = plural(static_cast<std::int64_t>(items->items.size()), tr("%1 item"), tr("%1 items"));
    if (shown != static_cast<std::int64_t>(items->items.size())) count = tr("%1 of %2").arg(count_text(shown), count);
    if (items->total > items->items.size())
        count += tr(", the first of %1").arg(count_text(static_cast<std::int64_t>(items->total)));
    title_->setText(QStringLiteral("%1 · %2 · %3").arg(qtext(items->quantity), qtext(items->checkpoint), count));
}

void ItemsDock::showCurrent() {
    const QModelIndex current = view_->currentIndex();
    if (current.isValid() && current.row() < model_->rowCount())
        details_->setItem(model_->item(current.row()));
    else
        details_->clear();
}

void ItemsDock::copySelected() const {
    QModelIndexList rows = view_->selectionModel()->selectedRows();
    std::ranges::sort(rows, {}, &QModelIndex::row);
    QGuiApplication::clipboard()->setText(model_->table(rows));
}

} // namespace isoloss
