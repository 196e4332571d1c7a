#include "ui/pages/checkpoints_page.h"

#include "engine/store/project.h"
#include "ui/figures/value_text.h"
#include "ui/models/checkpoint_table_model.h"
#include "ui/pages/view_menu.h"
#include "ui/plural.h"
#include "ui/ui_services.h"
#include "widgets/delegates.h"
#include "widgets/elided_header.h"
#include "widgets/empty_state.h"

#include <QAction>
#include <QClipboard>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QJsonArray>
#include <QJsonObject>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QMenu>
#include <QStackedLayout>
#include <QTableView>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>
#include <set>

namespace isoloss {
namespace {

constexpr int reload_delay_ms = 150;
constexpr std::size_t first_columns = 24; ///< shown before anyone chose
constexpr int most_column_width = 190;
constexpr int least_column_width = 72;
const QString columns_member = QStringLiteral("columns");

} // namespace

CheckpointsPage::CheckpointsPage(UiServices& services, QWidget* parent)
    : Page(parent), services_(services), content_(new QWidget(this)), empty_(new EmptyState(this)),
      stack_(new QStackedLayout(this)), view_(new QTableView(content_)), model_(new CheckpointTableModel(this)),
      swatch_delegate_(new SwatchDelegate(this)), cell_delegate_(new CellDelegate(this)),
      columns_button_(new QToolButton(content_)), copy_button_(new QToolButton(content_)), count_(new QLabel(content_)),
      chooser_(new QWidget(this, Qt::Popup)), chooser_search_(new QLineEdit(chooser_)),
      chooser_list_(new QListWidget(chooser_)) {
    setAccessibleName(tr("Checkpoints"));
    auto* layout = new QVBoxLayout(content_);
    layout->setContentsMargins(14, 12, 14, 12);
    layout->setSpacing(Theme::unit);
    makeToolBar(layout);

    view_->setHorizontalHeader(new ElidedHeader(view_));
    view_->setModel(model_);
    view_->setAccessibleName(tr("Checkpoints and their quantities"));
    view_->setItemDelegate(cell_delegate_);
    view_->setItemDelegateForColumn(CheckpointTableModel::RunColumn, swatch_delegate_);
    view_->setSelectionMode(QAbstractItemView::ExtendedSelection);
    view_->setSelectionBehavior(QAbstractItemView::SelectItems);
    view_->setShowGrid(false);
    view_->setWordWrap(false);
    view_->setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
    view_->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    view_->setContextMenuPolicy(Qt::CustomContextMenu);
    view_->setSortingEnabled(true);
    view_->sortByColumn(-1, Qt::AscendingOrder);
    view_->verticalHeader()->hide();
    view_->verticalHeader()->setDefaultSectionSize(Theme::row_height);
    view_->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    layout->addWidget(view_, 1);
    stack_->addWidget(content_);
    stack_->addWidget(empty_);
    empty_->setTitle(tr("No checkpoints yet"));
    empty_->setText(tr("Drop a folder of checkpoints or of evaluation results on the window. Each checkpoint becomes "
                       "a row, each score and measurement a column."));
    makeActions();
    makeColumnChooser();

    reload_timer_.setSingleShot(true);
    reload_timer_.setInterval(reload_delay_ms);
    connect(&reload_timer_, &QTimer::timeout, this, &CheckpointsPage::loadChoices);
    connect(view_, &QTableView::customContextMenuRequested, this, &CheckpointsPage::showContextMenu);
    connect(view_, &QTableView::clicked, this, &CheckpointsPage::inspectCell);
    connect(view_, &QTableView::activated, this, &CheckpointsPage::inspectCell);
    connect(view_->selectionModel(), &QItemSelectionModel::selectionChanged, this, &CheckpointsPage::adoptSelection);
    connect(model_, &QAbstractItemModel::modelReset, this, &CheckpointsPage::fitColumns);
    connect(&services_.bridge(), &EngineBridge::projectChanged, this, [this] {
        chosen_ = false;
        columns_.clear();
        loadChoices();
    });
    connect(&services_.bridge(), &EngineBridge::changed, this, [this](const ChangeSet& changes) {
        const bool concerns =
            changes.everything || changes.runs || changes.checkpoints || changes.quantities || changes.values;
        if (concerns && !reload_timer_.isActive()) reload_timer_.start();
    });
    connect(&services_.selection(), &Selection::shownRunsChanged, this, [this] {
        if (!reload_timer_.isActive()) reload_timer_.start();
    });
    connect(&services_.selection(), &Selection::checkpointsChanged, this, &CheckpointsPage::showSelection);
    connect(&services_.theme(), &ThemeController::themeChanged, this, &CheckpointsPage::setTheme);
    setTheme(services_.theme().theme());
    loadChoices();
}

CheckpointsPage::~CheckpointsPage() = default;

void CheckpointsPage::makeToolBar(QVBoxLayout* layout) {
    columns_button_->setText(tr("Columns…"));
    columns_button_->setToolTip(tr("Choose the quantities that are shown"));
    copy_button_->setText(tr("Copy"));
    copy_button_->setToolTip(tr("Copy the selected cells, or the whole table, as tab-separated text (Ctrl+C)"));
    connect(copy_button_, &QToolButton::clicked, this, &CheckpointsPage::copy);
    auto* bar = new QHBoxLayout;
    bar->setSpacing(Theme::unit);
    bar->addWidget(columns_button_);
    bar->addWidget(count_);
    bar->addStretch();
    bar->addWidget(new ViewMenu(services_, *this, "checkpoints", content_));
    bar->addWidget(copy_button_);
    layout->addLayout(bar);
}

void CheckpointsPage::makeActions() {
    copy_action_ = addPageAction(tr("Copy as tab-separated text"), QKeySequence::Copy, [this] { copy(); });
    measure_action_ = addPageAction(tr("Measure…"), {}, [this] { services_.showMeasure(); });
    compare_action_ = addPageAction(tr("Compare these two"), {}, [this] { services_.showPage(PageKind::compare); });
    plane_action_ = addPageAction(tr("Show on the plane"), {}, [this] { services_.showPage(PageKind::downstream); });
}

void CheckpointsPage::makeColumnChooser() {
    chooser_search_->setPlaceholderText(tr("Search quantities"));
    chooser_search_->setAccessibleName(tr("Search quantities"));
    chooser_list_->setAccessibleName(tr("Quantities to show"));
    chooser_list_->setFrameShape(QFrame::NoFrame);
    auto* layout = new QVBoxLayout(chooser_);
    layout->setContentsMargins(8, 8, 8, 8);
    layout->addWidget(chooser_search_);
    layout->addWidget(chooser_list_);
    chooser_->resize(360, 440);
    connect(columns_button_, &QToolButton::clicked, this, [this] {
        fillChooser();
        chooser_->move(columns_button_->mapToGlobal(QPoint(0, columns_button_->height() + 4)));
        chooser_->show();
        chooser_search_->setFocus();
    });
    connect(chooser_search_, &QLineEdit::textChanged, this, [this](const QString& text) {
        for (int i = 0; i < chooser_list_->count(); ++i) {
            QListWidgetItem* item = chooser_list_->item(i);
            item->setHidden(!item->text().contains(text, Qt::CaseInsensitive) &&
                            !item->data(Qt::UserRole).toString().contains(text, Qt::CaseInsensitive));
        }
    });
    connect(chooser_list_, &QListWidget::itemChanged, this, &CheckpointsPage::takeChosenColumns);
}

void CheckpointsPage::fillChooser() {
    const QSignalBlocker quiet(chooser_list_);
    chooser_list_->clear();
    chooser_search_->clear();
    const auto add = [&](const QuantityChoice& choice, bool shown) {
        auto* item = new QListWidgetItem(qtext(choice.title), chooser_list_);
        item->setData(Qt::UserRole, qtext(choice.key));
        item->setToolTip(
            tr("%1 · %2 · %3 checkpoints").arg(qtext(choice.key), qtext(choice.group), count_text(choice.checkpoints)));
        item->setFlags(Qt::ItemIsEnabled | Qt::ItemIsUserCheckable | Qt::ItemIsSelectable);
        item->setCheckState(shown ? Qt::Checked : Qt::Unchecked);
    };
    for (const std::string& key : columns_)
        for (const QuantityChoice& choice : choices_)
            if (choice.key == key) add(choice, true);
    for (const QuantityChoice& choice : choices_)
        if (std::find(columns_.begin(), columns_.end(), choice.key) == columns_.end()) add(choice, false);
}

void CheckpointsPage::takeChosenColumns() {
    std::vector<std::string> columns;
    for (int i = 0; i < chooser_list_->count(); ++i) {
        const QListWidgetItem* item = chooser_list_->item(i);
        if (item->checkState() == Qt::Checked) columns.push_back(utf8(item->data(Qt::UserRole).toString()));
    }
    setColumns(std::move(columns));
}

void CheckpointsPage::setColumns(std::vector<std::string> columns) {
    chosen_ = true;
    columns_ = std::move(columns);
    loadTable();
}

void CheckpointsPage::setTheme(const Theme& theme) {
    swatch_delegate_->setTheme(theme);
    cell_delegate_->setTheme(theme);
    empty_->setTheme(theme);
    model_->setTheme(theme);
    QPalette muted = palette();
    muted.setColor(QPalette::WindowText, theme.muted);
    count_->setPalette(muted);
    view_->viewport()->update();
}

void CheckpointsPage::loadChoices() {
    if (services_.bridge().project() == nullptr) {
        model_->setTable(nullptr);
        stack_->setCurrentWidget(empty_);
        return;
    }

    struct Answer {
        std::vector<QuantityChoice> choices;
        std::map<std::string, QuantityId, std::less<>> ids;
    };

    services_.bridge().query<Answer>(
        choices_channel_,
        [](Reader& reader) -> Expected<Answer> {
            Answer answer;
            ISOLOSS_TRY(answer.choices, quantity_choices(reader));
            ISOLOSS_TRY(const std::vector<QuantityRecord> quantities, reader.quantities());
            for (const QuantityRecord& quantity : quantities)
                answer.ids[quantity.key] = quantity.id;
            return answer;
        },
        this,
        [this](const QueryAnswer<Answer>& answer) {
            if (!answer) return services_.showError(answer.error());
            choices_ = (*answer)->choices;
            ids_ = (*answer)->ids;
            if (!chosen_) {
                columns_.clear();
                // What most checkpoints have comes first: a column of dashes says nothing.
                std::vector<QuantityChoice> by_count = choices_;
                std::stable_sort(by_count.begin(), by_count.end(),
                                 [](const auto& a, const auto& b) { return a.checkpoints > b.checkpoints; });
                for (const QuantityChoice& choice : by_count) {
                    const bool is_stored = choice.group == "Measured" || choice.group == "Scores" ||
                                           choice.group == "Means" || choice.key == "parameters" ||
                                           choice.key == "tokens";
                    if (is_stored && choice.checkpoints > 0 && columns_.size() < first_columns)
                        columns_.push_back(choice.key);
                }
            }
            loadTable();
        });
}

void CheckpointsPage::loadTable() {
    services_.bridge().query<CheckpointTable>(
        table_channel_,
        [filter = utf8(services_.selection().filter()), keys = columns_](Reader& reader) {
            return load_checkpoint_table(reader, filter, keys);
        },
        this,
        [this](const QueryAnswer<CheckpointTable>& table) {
            if (!table) return services_.showError(table.error());
            model_->setTable(*table);
            const auto rows = model_->rowCount();
            count_->setText(plural(rows, tr("%1 checkpoint"), tr("%1 checkpoints")) +
                            tr(" · %1 of %2 quantities").arg(columns_.size()).arg(choices_.size()));
            const QString filter = services_.selection().filter();
            if (!filter.isEmpty()) {
                empty_->setTitle(tr("The filter hides every checkpoint"));
                empty_->setText(tr("No checkpoint passes %1").arg(filter));
            }
            stack_->setCurrentWidget(rows > 0 ? content_ : static_cast<QWidget*>(empty_));
            showSelection();
            Q_EMIT statusText(count_->text());
            Q_EMIT tableChanged();
        });
}

void CheckpointsPage::fitColumns() {
    const QFontMetrics metrics(view_->font());
    QHeaderView* header = view_->horizontalHeader();
    int widest_run = 120;
    if (const CheckpointTable* table = model_->table())
        for (const RunRecord& run : table->runs)
            widest_run = std::max(widest_run, metrics.horizontalAdvance(qtext(run.name)) + 44);
    for (int column = 0; column < model_->columnCount(); ++column) {
        if (column == CheckpointTableModel::RunColumn) {
            header->resizeSection(column, std::min(widest_run, 280));
            continue;
        }
        const QString title = model_->headerData(column, Qt::Horizontal, Qt::DisplayRole).toString();
        header->resizeSection(column,
                              std::clamp(metrics.horizontalAdvance(title) + 28, least_column_width, most_column_width));
    }
}

void CheckpointsPage::adoptSelection() {
    if (sharing_selection_) return;
    std::vector<CheckpointId> chosen;
    for (const QModelIndex& index : view_->selectionModel()->selectedIndexes()) {
        const CheckpointId checkpoint = model_->checkpoint(index.row());
        if (std::find(chosen.begin(), chosen.end(), checkpoint) == chosen.end()) chosen.push_back(checkpoint);
    }
    sharing_selection_ = true;
    services_.selection().setCheckpoints(std::move(chosen));
    sharing_selection_ = false;
}

void CheckpointsPage::showSelection() {
    if (sharing_selection_) return;
    sharing_selection_ = true;
    QItemSelection selection;
    int first = -1;
    for (const CheckpointId checkpoint : services_.selection().checkpoints()) {
        const int row = model_->rowOf(checkpoint);
        if (row < 0) continue;
        if (first < 0) first = row;
        selection.select(model_->index(row, 0), model_->index(row, model_->columnCount() - 1));
    }
    view_->selectionModel()->select(selection, QItemSelectionModel::ClearAndSelect);
    if (first >= 0) view_->scrollTo(model_->index(first, 0));
    sharing_selection_ = false;
}

void CheckpointsPage::inspectCell(const QModelIndex& index) {
    const CheckpointId checkpoint = model_->checkpoint(index.row());
    const QuantityColumn* column = model_->quantity(index.column());
    const auto id = column == nullptr ? ids_.end() : ids_.find(column->key);
    if (id != ids_.end()) services_.selection().inspectValue(checkpoint, id->second);
}

void CheckpointsPage::showContextMenu(const QPoint& position) {
    const QModelIndex index = view_->indexAt(position);
    if (!index.isValid()) return;
    const std::size_t chosen = services_.selection().checkpoints().size();
    compare_action_->setEnabled(chosen == 2);
    QMenu menu(this);
    menu.addActions({measure_action_, compare_action_, plane_action_});
    menu.addSeparator();
    menu.addAction(tr("Where this value comes from"), this, [this, index = QPersistentModelIndex(index)] {
        if (index.isValid()) inspectCell(index);
    });
    menu.addAction(copy_action_);
    menu.exec(view_->viewport()->mapToGlobal(position));
}

QString CheckpointsPage::copiedText() const {
    std::set<int> rows, columns;
    const QModelIndexList selected = view_->selectionModel()->selectedIndexes();
    for (const QModelIndex& index : selected) {
        rows.insert(index.row());
        columns.insert(index.column());
    }
    if (selected.size() < 2) {
        for (int row = 0; row < model_->rowCount(); ++row)
            rows.insert(row);
        for (int column = 0; column < model_->columnCount(); ++column)
            columns.insert(column);
    }
    columns.insert({CheckpointTableModel::RunColumn, CheckpointTableModel::StepColumn});
    return model_->tabSeparated({rows.begin(), rows.end()}, {columns.begin(), columns.end()});
}

void CheckpointsPage::copy() {
    QGuiApplication::clipboard()->setText(copiedText());
    services_.showMessage(tr("Copied the table"));
}

QJsonObject CheckpointsPage::state() const {
    if (!chosen_) return {};
    QJsonArray columns;
    for (const std::string& key : columns_)
        columns.append(qtext(key));
    return {{columns_member, columns}};
}

void CheckpointsPage::restoreState(const QJsonObject& state) {
    if (!state.contains(columns_member)) return;
    std::vector<std::string> columns;
    for (const QJsonValue& key : state.value(columns_member).toArray())
        columns.push_back(utf8(key.toString()));
    setColumns(std::move(columns));
}

} // namespace isoloss
