#include "ui/inspector/inspector_panel.h"

#include "ui/docks/run_actions.h"
#include "ui/figures/value_text.h"
#include "ui/plural.h"
#include "ui/ui_services.h"
#include "widgets/empty_state.h"

#include <QAction>
#include <QClipboard>
#include <QEvent>
#include <QFormLayout>
#include <QGuiApplication>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QStackedWidget>
#include <QTreeWidget>
#include <QVBoxLayout>
#include <map>
#include <set>

namespace isoloss {

namespace {

constexpr int notesHeight = 64;

/// Keeps the text whole and tells when the focus leaves.
class NotesEdit : public QPlainTextEdit {
public:
    NotesEdit(std::function<void()> left, QWidget* parent) : QPlainTextEdit(parent), left_(std::move(left)) {
        setTabChangesFocus(true);
    }

protected:
    void focusOutEvent(QFocusEvent* event) override {
        QPlainTextEdit::focusOutEvent(event);
        left_();
    }

private:
    std::function<void()> left_;
};

void addNodes(const std::vector<DetailNode>& nodes, QTreeWidgetItem* parent, const QFont& strong, bool top) {
    for (const DetailNode& node : nodes) {
        auto* item = new QTreeWidgetItem(parent, {node.name, node.value});
        item->setToolTip(0, node.name);
        item->setToolTip(1, node.value);
        if (top) item->setFont(0, strong);
        addNodes(node.children, item, strong, false);
        item->setExpanded(node.open);
    }
}

QString path(const QTreeWidgetItem* item) {
    return item->parent() ? path(item->parent()) + QLatin1Char('/') + item->text(0) : item->text(0);
}

void collectOpen(const QTreeWidgetItem* item, std::set<QString>& open) {
    for (int i = 0; i < item->childCount(); ++i) {
        if (item->child(i)->isExpanded()) open.insert(path(item->child(i)));
        collectOpen(item->child(i), open);
    }
}

void restoreOpen(QTreeWidgetItem* item, const std::set<QString>& open) {
    for (int i = 0; i < item->childCount(); ++i) {
        item->child(i)->setExpanded(open.contains(path(item->child(i))));
        restoreOpen(item->child(i), open);
    }
}

struct Tags {
    std::set<std::string> ofAll, ofSome; ///< the latter without the former
};

Tags tagsOf(const std::vector<RunRecord>& runs) {
    std::map<std::string, std::size_t> counts;
    for (const RunRecord& run : runs)
        for (const std::string& tag : run.tags)
            ++counts[tag];
    Tags tags;
    for (const auto& [tag, count] : counts)
        (count == runs.size() ? tags.ofAll : tags.ofSome).insert(tag);
    return tags;
}

QString joined(const std::set<std::string>& tags) {
    QStringList words;
    for (const std::string& tag : tags)
        words += qtext(tag);
    return words.join(QStringLiteral(", "));
}

bool hasSelectedParent(const QTreeWidgetItem* item) {
    const QTreeWidgetItem* parent = item->parent();
    return parent && (parent->isSelected() || hasSelectedParent(parent));
}

/// An item and all under it, indented by tabs; depth −1 leaves the item itself out.
void addLines(const QTreeWidgetItem* item, int depth, QStringList& lines) {
    if (depth >= 0) {
        const QString indent(depth, QLatin1Char('\t'));
        lines += indent + (item->text(1).isEmpty() ? item->text(0) : item->text(0) + QLatin1Char('\t') + item->text(1));
    }
    for (int i = 0; i < item->childCount(); ++i)
        addLines(item->child(i), depth + 1, lines);
}

} // namespace

InspectorPanel::InspectorPanel(UiServices& services, QWidget* parent) : QWidget(parent), services_(services) {
    build();
    connect(&services_.theme(), &ThemeController::themeChanged, this, &InspectorPanel::applyTheme);
    Selection& selection = services_.selection();
    connect(&selection, &Selection::highlightedRunsChanged, this, &InspectorPanel::follow);
    connect(&selection, &Selection::checkpointsChanged, this, [this] {
        const auto& checkpoints = services_.selection().checkpoints();
        if (checkpoints.empty()) {
            follow();
            return;
        }
        load([id = checkpoints.back()](Reader& reader) { return checkpointDetails(reader, id); });
    });
    connect(&selection, &Selection::valueInspected, this, [this](CheckpointId checkpoint, QuantityId quantity) {
        load([=](Reader& reader) { return valueDetails(reader, checkpoint, quantity); });
        Q_EMIT attentionWanted();
    });
    connect(&services_.bridge(), &EngineBridge::projectChanged, this, &InspectorPanel::showNothing);
    connect(&services_.bridge(), &EngineBridge::changed, this, [this](const ChangeSet& changes) {
        if (changes.everything || changes.runs || changes.checkpoints || changes.values) reload();
    });
    applyTheme();
    showNothing();
}

void InspectorPanel::build() {
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    stack_ = new QStackedWidget(this);
    layout->addWidget(stack_);
    empty_ = new EmptyState(stack_);
    empty_->setText(tr("Select a run, a checkpoint or a value to see what is known of it and where it comes from."));
    stack_->addWidget(empty_);
    auto* shown = new QWidget(stack_);
    stack_->addWidget(shown);
    auto* column = new QVBoxLayout(shown);
    column->setContentsMargins(12, 4, 12, 0);
    column->setSpacing(6);
    title_ = new QLabel(shown);
    title_->setObjectName(QStringLiteral("title"));
    subtitle_ = new QLabel(shown);
    for (QLabel* label : {title_, subtitle_}) {
        label->setWordWrap(true);
        label->setTextFormat(Qt::PlainText);
        label->setTextInteractionFlags(Qt::TextSelectableByMouse);
        column->addWidget(label);
    }
    editors_ = new QWidget(shown);
    auto* form = new QVBoxLayout(editors_);
    form->setContentsMargins(0, 0, 0, 0);
    form->setSpacing(6);
    tags_ = new QLineEdit(editors_);
    tags_->setAccessibleName(tr("Tags"));
    notes_ = new NotesEdit([this] { storeNotes(); }, editors_);
    notes_->setPlaceholderText(tr("notes"));
    notes_->setAccessibleName(tr("Notes"));
    notes_->setFixedHeight(notesHeight);
    otherTags_ = new QLabel(editors_);
    otherTags_->setWordWrap(true);
    otherTags_->setTextFormat(Qt::PlainText);
    form->addWidget(tags_);
    form->addWidget(otherTags_);
    form->addWidget(notes_);
    column->addWidget(editors_);
    items_ = new QPushButton(tr("Show its items"), shown);
    items_->setToolTip(tr("The items that the value was measured on, one by one"));
    connect(items_, &QPushButton::clicked, this, &InspectorPanel::itemsRequested);
    column->addWidget(items_, 0, Qt::AlignLeft);
    tree_ = new QTreeWidget(shown);
    tree_->setColumnCount(2);
    tree_->setHeaderHidden(true);
    tree_->setIndentation(14);
    tree_->setUniformRowHeights(true);
    tree_->setFrameShape(QFrame::NoFrame);
    tree_->setSelectionMode(QAbstractItemView::ExtendedSelection);
    tree_->setAccessibleName(tr("Details"));
    tree_->header()->setSectionResizeMode(0, QHeaderView::Interactive);
    tree_->header()->setStretchLastSection(true);
    constexpr int nameWidth = 132;
    tree_->header()->resizeSection(0, nameWidth);
    auto* copy = new QAction(tr("Copy"), tree_);
    copy->setShortcut(QKeySequence::Copy);
    copy->setShortcutContext(Qt::WidgetShortcut);
    connect(copy, &QAction::triggered, this, &InspectorPanel::copySelected);
    tree_->addAction(copy);
    tree_->setContextMenuPolicy(Qt::ActionsContextMenu);
    column->addWidget(tree_, 1);
    connect(tags_, &QLineEdit::editingFinished, this, &InspectorPanel::storeTags);
}

void InspectorPanel::applyTheme() {
    const Theme& theme = services_.theme().theme();
    empty_->setTheme(theme);
    title_->setFont(theme.strong);
    subtitle_->setFont(theme.small);
    QPalette colors = subtitle_->palette();
    colors.setColor(QPalette::WindowText, theme.muted);
    subtitle_->setPalette(colors);
    otherTags_->setFont(theme.small);
    otherTags_->setPalette(colors);
}

void InspectorPanel::follow() {
    const auto& runs = services_.selection().highlightedRuns();
    if (runs.empty())
        showNothing();
    else if (runs.size() == 1)
        load([id = runs.front()](Reader& reader) { return runDetails(reader, id); });
    else
        load([runs](Reader& reader) { return runDifferences(reader, runs); });
}

void InspectorPanel::load(Loader loader) {
    loader_ = std::move(loader);
    reload();
}

void InspectorPanel::reload() {
    if (!loader_) return;
    services_.bridge().query<Details>(loading_, loader_, this, [this](const QueryAnswer<Details>& answer) {
        if (!answer) {
            showNothing();
            return;
        }
        details_ = *answer;
        showDetails(*details_);
    });
}

void InspectorPanel::showNothing() {
    loading_.drop();
    loader_ = nullptr;
    details_.reset();
    stack_->setCurrentIndex(0);
}

void InspectorPanel::showDetails(const Details& details) {
    const bool same = title_->text() == details.title;
    std::set<QString> open;
    if (same) collectOpen(tree_->invisibleRootItem(), open);
    title_->setText(details.title);
    subtitle_->setText(details.subtitle);
    showEditors(details);
    items_->setVisible(details.has_items);
    tree_->setUpdatesEnabled(false);
    tree_->clear();
    addNodes(details.nodes, tree_->invisibleRootItem(), services_.theme().theme().strong, true);
    if (same) restoreOpen(tree_->invisibleRootItem(), open);
    tree_->setUpdatesEnabled(true);
    stack_->setCurrentIndex(1);
}

void InspectorPanel::showEditors(const Details& details) {
    editors_->setVisible(!details.runs.empty());
    if (details.runs.empty()) return;
    const bool single = details.runs.size() == 1;
    const bool writable = services_.session().isWritable();
    tags_->setReadOnly(!writable);
    notes_->setReadOnly(!writable);
    const Tags tags = tagsOf(details.runs);
    tags_->setPlaceholderText(single ? tr("tags, separated by commas") : tr("tags of all of them"));
    tags_->setToolTip(single ? QString() : tr("What is added here is added to all; “-x” takes the tag x from all"));
    if (!tags_->hasFocus()) tags_->setText(joined(tags.ofAll));
    otherTags_->setVisible(!tags.ofSome.empty());
    otherTags_->setText(tr("some have: %1").arg(joined(tags.ofSome)));
    notes_->setVisible(single);
    if (single && !notes_->hasFocus()) notes_->setPlainText(qtext(details.runs.front().notes));
}

void InspectorPanel::editTags() {
    if (editors_->isHidden()) return;
    tags_->setFocus();
    tags_->selectAll();
}

void InspectorPanel::storeTags() {
    if (!details_ || details_->runs.empty() || !runActions_ || !tags_->isModified()) return;
    RunActions::Tags added, removed = tagsOf(details_->runs).ofAll;
    for (const QString& word : tags_->text().split(QLatin1Char(','), Qt::SkipEmptyParts)) {
        const QString tag = word.trimmed();
        if (tag.isEmpty()) continue;
        if (tag.startsWith(QLatin1Char('-')) && details_->runs.size() > 1) {
            removed.insert(utf8(tag.mid(1).trimmed()));
            continue;
        }
        added.insert(utf8(tag));
    }
    tags_->setText(joined(added));
    runActions_->changeTags(details_->runs, added, removed);
}

void InspectorPanel::storeNotes() {
    if (!details_ || details_->runs.size() != 1 || !runActions_) return;
    const RunRecord& run = details_->runs.front();
    const QString notes = notes_->toPlainText();
    if (notes != qtext(run.notes)) runActions_->setNotes(run, notes);
}

void InspectorPanel::copySelected() const {
    QStringList lines;
    const auto selected = tree_->selectedItems();
    if (selected.isEmpty()) addLines(tree_->invisibleRootItem(), -1, lines);
    for (const QTreeWidgetItem* item : selected)
        if (!hasSelectedParent(item)) addLines(item, 0, lines);
    QGuiApplication::clipboard()->setText(lines.join(QLatin1Char('\n')));
}

} // namespace isoloss
