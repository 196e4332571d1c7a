#include "ui/pages/compare_page.h"

#include "engine/store/project.h"
#include "ui/figures/value_text.h"
#include "ui/ui_services.h"
#include "widgets/chip_button.h"
#include "widgets/delegates.h"
#include "widgets/elided_header.h"
#include "widgets/empty_state.h"

#include <QCoreApplication>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QJsonObject>
#include <QLabel>
#include <QLineEdit>
#include <QSplitter>
#include <QStackedLayout>
#include <QTableView>
#include <QTextBrowser>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>

namespace isoloss {
namespace {

constexpr int reload_delay_ms = 200;
constexpr int empty_items_height = 72;
constexpr int answer_width = 80;
constexpr int least_number_width = 48;
const QString first_member = QStringLiteral("first");
const QString second_member = QStringLiteral("second");
const QString ignored_member = QStringLiteral("ignored");

constexpr FlipKind all_kinds[] = {FlipKind::learned, FlipKind::forgotten, FlipKind::both_right, FlipKind::both_wrong};

QString item_html(const ComparedItem& item) {
    QString html = QStringLiteral("<p>%1</p>").arg(item.text.toHtmlEscaped().replace(u'\n', QStringLiteral("<br>")));
    for (int i = 0; i < item.choices.size(); ++i) {
        QStringList marks;
        if (item.gold == i) marks << QCoreApplication::translate("ComparePage", "right");
        if (item.chosen_a == i) marks << QStringLiteral("A");
        if (item.chosen_b == i) marks << QStringLiteral("B");
        const QString text = item.choices[i].toHtmlEscaped();
        html += QStringLiteral("<p style='margin:2px 0'>%1%2</p>")
                    .arg(item.gold == i ? QStringLiteral("<b>%1</b>").arg(text) : text,
                         marks.isEmpty() ? QString() : QStringLiteral(" &nbsp;← %1").arg(marks.join(u", ")));
    }
    return html;
}

} // namespace

ComparePage::ComparePage(UiServices& services, QWidget* parent)
    : Page(parent), services_(services),
      quantities_(new CheckpointDifferencesModel(CheckpointDifferencesModel::Kind::numbers, tr("quantity"), this)),
      config_(new CheckpointDifferencesModel(CheckpointDifferencesModel::Kind::texts, tr("config field"), this)),
      items_(new CheckpointFlipsModel(this)), content_(new QWidget(this)), empty_(new EmptyState(this)),
      stack_(new QStackedLayout(this)), choose_(new EmptyState(content_)), body_(new QStackedLayout),
      first_chip_(new ChipButton(tr("A"), content_)), second_chip_(new ChipButton(tr("B"), content_)),
      ignored_(new QLineEdit(content_)), item_search_(new QLineEdit(content_)),
      quantities_caption_(new QLabel(content_)), config_caption_(new QLabel(content_)),
      items_caption_(new QLabel(content_)), items_note_(new QLabel(content_)), detail_(new QTextBrowser(content_)) {
    setAccessibleName(tr("Compare"));
    auto* layout = new QVBoxLayout(content_);
    layout->setContentsMargins(14, 12, 14, 12);
    layout->setSpacing(Theme::unit);
    layout->addWidget(makeHeader());
    auto* splitter = new QSplitter(Qt::Vertical, content_);
    splitter->setChildrenCollapsible(false);
    splitter->setHandleWidth(1);
    splitter->setStretchFactor(0, 1);
    splitter->addWidget(makeTables());
    splitter->addWidget(makeItems());
    body_->addWidget(choose_);
    body_->addWidget(splitter);
    layout->addLayout(body_, 1);
    stack_->addWidget(content_);
    stack_->addWidget(empty_);
    empty_->setTitle(tr("Nothing to compare yet"));
    empty_->setText(tr("Two checkpoints are needed. Import checkpoints or evaluation results first."));
    choose_->setTitle(tr("Choose two checkpoints"));
    choose_->setText(
        tr("Take A and B above, or select two on the plane with Ctrl+click. Their scores are then compared "
           "item by item, and their configs field by field."));

    reload_timer_.setSingleShot(true);
    reload_timer_.setInterval(reload_delay_ms);
    connect(&reload_timer_, &QTimer::timeout, this, [this] {
        loadCheckpoints();
        compare();
    });
    connect(&services_.bridge(), &EngineBridge::projectChanged, this, [this] {
        first_ = second_ = {};
        loadCheckpoints();
        showEmptyState();
    });
    connect(&services_.bridge(), &EngineBridge::changed, this, [this](const ChangeSet& changes) {
        const bool concerns = changes.everything || changes.runs || changes.checkpoints || changes.values;
        if (concerns && !reload_timer_.isActive()) reload_timer_.start();
    });
    connect(&services_.selection(), &Selection::checkpointsChanged, this, &ComparePage::adoptSelection);
    connect(&services_.theme(), &ThemeController::themeChanged, this, &ComparePage::setTheme);
    setTheme(services_.theme().theme());
    loadCheckpoints();
    adoptSelection();
    showEmptyState();
}

ComparePage::~ComparePage() = default;

QWidget* ComparePage::makeHeader() {
    auto* header = new QWidget(content_);
    auto* swap_button = new QToolButton(header);
    swap_button->setText(QStringLiteral("⇄"));
    swap_button->setToolTip(tr("Swap A and B"));
    swap_button->setAccessibleName(tr("Swap A and B"));
    connect(swap_button, &QToolButton::clicked, this, &ComparePage::swap);
    connect(first_chip_, &ChipButton::chosen, this,
            [this](const QVariant& value) { setCheckpoints(CheckpointId(value.toLongLong()), second_); });
    connect(second_chip_, &ChipButton::chosen, this,
            [this](const QVariant& value) { setCheckpoints(first_, CheckpointId(value.toLongLong())); });
    auto* row = new QHBoxLayout(header);
    row->setContentsMargins({});
    row->setSpacing(Theme::unit);
    row->addWidget(first_chip_);
    row->addWidget(swap_button);
    row->addWidget(second_chip_);
    row->addStretch();
    return header;
}

QTableView* ComparePage::makeTable(QAbstractItemModel* model, const QString& name) {
    auto* view = new QTableView(content_);
    auto* delegate = new CellDelegate(view);
    delegates_.push_back(delegate);
    view->setHorizontalHeader(new ElidedHeader(view));
    view->setModel(model);
    view->setItemDelegate(delegate);
    view->setAccessibleName(name);
    view->setSelectionBehavior(QAbstractItemView::SelectRows);
    view->setSelectionMode(QAbstractItemView::SingleSelection);
    view->setShowGrid(false);
    view->setWordWrap(false);
    view->setTextElideMode(Qt::ElideMiddle);
    view->setTabKeyNavigation(false);
    view->verticalHeader()->hide();
    view->verticalHeader()->setDefaultSectionSize(Theme::row_height);
    view->horizontalHeader()->setSectionsClickable(false);
    view->horizontalHeader()->setSectionResizeMode(QHeaderView::Interactive);
    return view;
}

QWidget* ComparePage::makeTables() {
    quantities_view_ = makeTable(quantities_, tr("Quantities of both checkpoints"));
    config_view_ = makeTable(config_, tr("Config fields that differ"));
    QHeaderView* numbers = quantities_view_->horizontalHeader();
    numbers->setMinimumSectionSize(least_number_width);
    numbers->setSectionResizeMode(QHeaderView::ResizeToContents);
    numbers->setSectionResizeMode(0, QHeaderView::Stretch);
    config_view_->horizontalHeader()->setSectionResizeMode(QHeaderView::Stretch);

    ignored_->setPlaceholderText(tr("Ignore fields, e.g. seed optimizer"));
    ignored_->setAccessibleName(tr("Config fields to ignore"));
    ignored_->setClearButtonEnabled(true);
    ignored_->setMaximumWidth(220);
    connect(ignored_, &QLineEdit::textChanged, this, [this] { reload_timer_.start(); });

    auto* left = new QVBoxLayout;
    left->setSpacing(4);
    left->addWidget(quantities_caption_);
    left->addWidget(quantities_view_, 1);
    auto* right = new QVBoxLayout;
    right->setSpacing(4);
    auto* right_head = new QHBoxLayout;
    right_head->addWidget(config_caption_, 1);
    right_head->addWidget(ignored_);
    right->addLayout(right_head);
    right->addWidget(config_view_, 1);
    auto* tables = new QWidget(content_);
    auto* row = new QHBoxLayout(tables);
    row->setContentsMargins(0, 0, 0, Theme::unit);
    row->setSpacing(2 * Theme::unit);
    row->addLayout(left, 3);
    row->addLayout(right, 2);
    return tables;
}

QWidget* ComparePage::makeItems() {
    items_view_ = makeTable(items_, tr("Items that both checkpoints were scored on"));
    QHeaderView* header = items_view_->horizontalHeader();
    header->setSectionResizeMode(QHeaderView::Interactive);
    header->setSectionResizeMode(CheckpointFlipsModel::ItemColumn, QHeaderView::Stretch);
    header->resizeSection(CheckpointFlipsModel::KindColumn, 84);
    header->resizeSection(CheckpointFlipsModel::TaskColumn, answer_width);
    for (const int column :
         {CheckpointFlipsModel::GoldColumn, CheckpointFlipsModel::FirstColumn, CheckpointFlipsModel::SecondColumn})
        header->resizeSection(column, answer_width);
    connect(items_view_->selectionModel(), &QItemSelectionModel::currentRowChanged, this, &ComparePage::showItem);

    auto* bar = new QHBoxLayout;
    bar->setSpacing(Theme::unit);
    bar->addWidget(items_caption_);
    for (const FlipKind kind : all_kinds) {
        auto* button = new QToolButton(content_);
        button->setCheckable(true);
        button->setChecked(kind == FlipKind::learned || kind == FlipKind::forgotten);
        button->setText(CheckpointFlipsModel::kindText(kind));
        connect(button, &QToolButton::toggled, this, &ComparePage::filterItems);
        kind_buttons_[kind] = button;
        bar->addWidget(button);
    }
    bar->addStretch();
    item_search_->setPlaceholderText(tr("Search items"));
    item_search_->setAccessibleName(tr("Search items"));
    item_search_->setClearButtonEnabled(true);
    item_search_->setMaximumWidth(220);
    connect(item_search_, &QLineEdit::textChanged, this, &ComparePage::filterItems);
    bar->addWidget(item_search_);

    detail_->setAccessibleName(tr("The chosen item"));
    detail_->setMinimumWidth(220);
    detail_->setOpenLinks(false);
    detail_->setPlaceholderText(tr("Choose an item to read it."));
    items_note_->setWordWrap(true);
    auto* row = new QHBoxLayout;
    row->setSpacing(2 * Theme::unit);
    row->addWidget(items_view_, 3);
    row->addWidget(detail_, 1);
    auto* items = new QWidget(content_);
    items_view_->setParent(items);
    auto* column = new QVBoxLayout(items);
    column->setContentsMargins(0, Theme::unit, 0, 0);
    column->setSpacing(4);
    column->addLayout(bar);
    column->addWidget(items_note_);
    column->addLayout(row, 1);
    return items;
}

void ComparePage::setTheme(const Theme& theme) {
    first_chip_->setTheme(theme);
    second_chip_->setTheme(theme);
    empty_->setTheme(theme);
    choose_->setTheme(theme);
    for (CellDelegate* delegate : delegates_)
        delegate->setTheme(theme);
    QPalette muted = palette();
    muted.setColor(QPalette::WindowText, theme.muted);
    for (QLabel* label : {quantities_caption_, config_caption_, items_caption_}) {
        label->setFont(theme.caption);
        label->setPalette(muted);
    }
    items_note_->setPalette(muted);
}

void ComparePage::loadCheckpoints() {
    if (services_.bridge().project() == nullptr) return;
    services_.bridge().query<std::vector<CheckpointRecord>>(
        checkpoints_channel_, [](Reader& reader) { return reader.checkpoints(); }, this,
        [this](const QueryAnswer<std::vector<CheckpointRecord>>& answer) {
            if (!answer) return services_.showError(answer.error());
            std::vector<ChipChoice> choices;
            for (const CheckpointRecord& checkpoint : **answer)
                choices.push_back({qtext(checkpoint.run_name),
                                   checkpoint_label(checkpoint),
                                   {},
                                   QVariant::fromValue<qlonglong>(checkpoint.id.value)});
            known_checkpoints_ = static_cast<int>(choices.size());
            first_chip_->setChoices(choices);
            second_chip_->setChoices(std::move(choices));
            first_chip_->setValue(QVariant::fromValue<qlonglong>(first_.value));
            second_chip_->setValue(QVariant::fromValue<qlonglong>(second_.value));
            showEmptyState();
        });
}

void ComparePage::adoptSelection() {
    const std::vector<CheckpointId>& chosen = services_.selection().checkpoints();
    if (chosen.size() >= 2) setCheckpoints(chosen[0], chosen[1]);
}

void ComparePage::setCheckpoints(CheckpointId first, CheckpointId second) {
    if (first == first_ && second == second_) return;
    first_ = first;
    second_ = second;
    first_chip_->setValue(QVariant::fromValue<qlonglong>(first_.value));
    second_chip_->setValue(QVariant::fromValue<qlonglong>(second_.value));
    compare();
}

void ComparePage::swap() {
    setCheckpoints(second_, first_);
}

void ComparePage::setIgnoredFields(const QString& patterns) {
    ignored_->setText(patterns);
}

void ComparePage::setShownKinds(const std::set<FlipKind>& kinds) {
    for (const auto& [kind, button] : kind_buttons_)
        button->setChecked(kinds.contains(kind));
}

void ComparePage::compare() {
    showEmptyState();
    if (services_.bridge().project() == nullptr || first_.value == 0 || second_.value == 0) return;
    std::vector<std::string> ignored;
    for (const QString& pattern : ignored_->text().split(u' ', Qt::SkipEmptyParts))
        ignored.push_back(utf8(pattern));
    services_.bridge().query<ComparisonRows>(
        compare_channel_,
        [first = first_, second = second_, ignored](Reader& reader) {
            return load_comparison(reader, first, second, ignored);
        },
        this,
        [this](const QueryAnswer<ComparisonRows>& rows) {
            if (!rows) return services_.showError(rows.error());
            show(**rows);
        });
}

void ComparePage::show(const ComparisonRows& rows) {
    quantities_->setRows(rows.quantities);
    config_->setRows(rows.config);
    items_->setItems(rows.items);
    quantities_caption_->setText(tr("Quantities · %1, of which %2 paired over shared items")
                                     .arg(rows.quantities.size())
                                     .arg(rows.paired_quantities));
    config_caption_->setText(rows.config.size() == 1 ? tr("Config · 1 field differs")
                                                     : tr("Config · %1 fields differ").arg(rows.config.size()));
    const bool all_whole = rows.shared_items == items_->total();
    items_caption_->setText(
        all_whole ? tr("Items · %1 shared").arg(count_text(items_->total()))
                  : tr("Items · %1 of %2 shared").arg(count_text(items_->total()), count_text(rows.shared_items)));
    items_caption_->setToolTip(all_whole ? QString()
                                         : tr("Those that are wholly right or wrong in both; the others are right in "
                                              "part, as a text with several labels can be."));
    for (const auto& [kind, button] : kind_buttons_)
        button->setText(tr("%1 %2").arg(CheckpointFlipsModel::kindText(kind), count_text(items_->count(kind))));
    items_note_->setText(tr("No task has stored answers for both checkpoints. Import sample files of the evaluation "
                            "harness, or measure a task on both, to see which items flipped."));
    const bool has_items = !rows.items.empty();
    const bool one_task = std::all_of(rows.items.begin(), rows.items.end(),
                                      [&](const ComparedItem& item) { return item.task == rows.items.front().task; });
    items_view_->setColumnHidden(CheckpointFlipsModel::TaskColumn, one_task);
    const auto hide_unless = [&](CheckpointFlipsModel::Column column, std::optional<int> ComparedItem::*answer) {
        items_view_->setColumnHidden(column, std::none_of(rows.items.begin(), rows.items.end(),
                                                          [&](const ComparedItem& item) { return item.*answer; }));
    };
    hide_unless(CheckpointFlipsModel::GoldColumn, &ComparedItem::gold);
    hide_unless(CheckpointFlipsModel::FirstColumn, &ComparedItem::chosen_a);
    hide_unless(CheckpointFlipsModel::SecondColumn, &ComparedItem::chosen_b);
    items_note_->setVisible(!has_items);
    items_view_->parentWidget()->setMaximumHeight(has_items ? QWIDGETSIZE_MAX : empty_items_height);
    for (QWidget* widget :
         {static_cast<QWidget*>(items_view_), static_cast<QWidget*>(detail_), static_cast<QWidget*>(item_search_)})
        widget->setVisible(has_items);
    for (const auto& [kind, button] : kind_buttons_)
        button->setVisible(has_items);
    Q_EMIT statusText(tr("%1 against %2").arg(rows.first, rows.second));
    filterItems();
    Q_EMIT compared();
}

void ComparePage::filterItems() {
    std::set<FlipKind> kinds;
    for (const auto& [kind, button] : kind_buttons_)
        if (button->isChecked()) kinds.insert(kind);
    items_->setFilter(kinds, item_search_->text());
    detail_->clear();
}

void ComparePage::showItem() {
    const ComparedItem* item = items_->item(items_view_->currentIndex().row());
    if (item == nullptr) {
        detail_->clear();
    } else {
        detail_->setHtml(item_html(*item));
    }
}

void ComparePage::showEmptyState() {
    const bool ready = services_.bridge().project() != nullptr && first_.value != 0 && second_.value != 0;
    stack_->setCurrentWidget(known_checkpoints_ >= 2 ? content_ : static_cast<QWidget*>(empty_));
    body_->setCurrentIndex(ready ? 1 : 0);
}

QJsonObject ComparePage::state() const {
    return {{first_member, static_cast<qint64>(first_.value)},
            {second_member, static_cast<qint64>(second_.value)},
            {ignored_member, ignored_->text()}};
}

void ComparePage::restoreState(const QJsonObject& state) {
    setIgnoredFields(state.value(ignored_member).toString());
    const CheckpointId first(state.value(first_member).toInteger()), second(state.value(second_member).toInteger());
    if (first.value != 0 && second.value != 0) setCheckpoints(first, second);
}

} // namespace isoloss
