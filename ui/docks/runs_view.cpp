#include "ui/docks/runs_view.h"

#include "ui/models/runs_model.h"

#include <QHeaderView>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QResizeEvent>
#include <QScopedValueRollback>
#include <algorithm>

namespace isoloss {

namespace {

// The eye and the pin stand close together, as one column.
constexpr int eyeWidth = 20, pinWidth = 13;
constexpr int leastNameWidth = 120;
constexpr int leastWidth = 40, mostWidth = 104; ///< of a chosen column at first
constexpr int headerMargin = 14;
constexpr int titleMargin = 6; ///< around the title of a section

} // namespace

RunsView::RunsView(RunsModel& model, QWidget* parent) : QTreeView(parent), runs_(model) {
    setModel(&model);
    setRootIsDecorated(false);
    setItemsExpandable(false);
    setUniformRowHeights(true);
    setIndentation(0);
    setSelectionMode(ExtendedSelection);
    setSelectionBehavior(SelectRows);
    setEditTriggers(EditKeyPressed);
    setAlternatingRowColors(false);
    setContextMenuPolicy(Qt::CustomContextMenu);
    setHorizontalScrollMode(ScrollPerPixel);
    setFrameShape(QFrame::NoFrame);
    header()->setMinimumSectionSize(pinWidth);
    header()->setTextElideMode(Qt::ElideRight);
    header()->setSectionsMovable(true);
    connect(header(), &QHeaderView::sectionResized, this,
            [this](int column, int, int width) { keepWidth(column, width); });
    connect(header(), &QHeaderView::sectionMoved, this, &RunsView::followMove);
}

void RunsView::keepWidth(int column, int width) {
    if (fitting_ || column < RunsModel::firstChosenColumn) return;
    widths_[runs_.keyOf(column)] = width;
    fitNames();
    Q_EMIT widthsChanged();
}

void RunsView::followMove(int, int from, int to) {
    if (fitting_) return;
    if (std::min(from, to) < RunsModel::firstChosenColumn) {
        const QScopedValueRollback guard(fitting_, true);
        header()->moveSection(to, from); // eye, pin and name stay in front
        return;
    }
    std::vector<std::string> keys;
    for (int visual = RunsModel::firstChosenColumn; visual < header()->count(); ++visual)
        keys.push_back(runs_.keyOf(header()->logicalIndex(visual)));
    Q_EMIT columnsMoved(keys);
}

void RunsView::layOutColumns() {
    std::vector<std::string> keys;
    for (int column = 0; column < runs_.columnCount(); ++column)
        keys.push_back(runs_.keyOf(column));
    const bool sections = runs_.isSection(0);
    if ((keys == laidOut_ && sections == laidOutSections_) || runs_.rowCount() == 0) return;
    laidOut_ = std::move(keys);
    laidOutSections_ = sections;
    const QScopedValueRollback guard(fitting_, true);
    for (int column = 0; column < runs_.columnCount(); ++column)
        header()->moveSection(header()->visualIndex(column), column);
    for (const int column : {RunsModel::eyeColumn, RunsModel::pinColumn, RunsModel::nameColumn})
        header()->setSectionResizeMode(column, QHeaderView::Fixed);
    header()->resizeSection(RunsModel::eyeColumn, eyeWidth);
    header()->resizeSection(RunsModel::pinColumn, pinWidth);
    for (int column = RunsModel::firstChosenColumn; column < runs_.columnCount(); ++column)
        header()->setSectionResizeMode(column, QHeaderView::Interactive);
    fitChosen();
}

void RunsView::fitChosen() {
    const QScopedValueRollback guard(fitting_, true);
    for (const Rows rows : {Rows::all, Rows::runs}) {
        int chosen = 0;
        for (int column = RunsModel::firstChosenColumn; column < runs_.columnCount(); ++column) {
            const auto kept = widths_.find(runs_.keyOf(column));
            header()->resizeSection(column, kept == widths_.end() ? contentWidth(column, rows) : kept->second);
            chosen += header()->sectionSize(column);
        }
        // Sections say less, rather than push columns out of sight.
        if (chosen + eyeWidth + pinWidth + leastNameWidth <= viewport()->width()) break;
    }
    fitNames();
}

int RunsView::contentWidth(int column, Rows rows) const {
    constexpr int mostRows = 200;
    const QString title = runs_.headerData(column, Qt::Horizontal, Qt::DisplayRole).toString();
    int width = header()->fontMetrics().horizontalAdvance(title) + headerMargin;
    QStyleOptionViewItem option;
    initViewItemOption(&option);
    for (int row = 0; row < std::min(runs_.rowCount(), mostRows); ++row) {
        if (rows == Rows::runs && runs_.isSection(row)) continue;
        const QModelIndex cell = runs_.index(row, column);
        width = std::max(width, itemDelegateForIndex(cell)->sizeHint(option, cell).width());
    }
    return std::clamp(width, leastWidth, mostWidth);
}

void RunsView::fitNames() {
    if (runs_.columnCount() <= RunsModel::nameColumn) return;
    const QScopedValueRollback guard(fitting_, true);
    const int others = header()->length() - header()->sectionSize(RunsModel::nameColumn);
    header()->resizeSection(RunsModel::nameColumn, std::max(leastNameWidth, viewport()->width() - others));
}

void RunsView::resizeEvent(QResizeEvent* event) {
    QTreeView::resizeEvent(event);
    if (laidOutSections_ && event->size().width() != event->oldSize().width())
        fitChosen();
    else
        fitNames();
}

void RunsView::drawRow(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const {
    if (!runs_.isSection(index.row())) {
        QTreeView::drawRow(painter, option, index);
        return;
    }
    const QRect row(0, option.rect.y(), viewport()->width(), option.rect.height());
    painter->save();
    if (currentIndex().row() == index.row() && hasFocus()) painter->fillRect(row, palette().color(QPalette::Midlight));
    const auto cellOf = [&](int column) {
        return QRect(header()->sectionViewportPosition(column), row.y(), header()->sectionSize(column), row.height());
    };
    const auto drawCell = [&](int column) {
        QStyleOptionViewItem cell = option;
        cell.rect = cellOf(column);
        cell.state &= ~(QStyle::State_HasFocus | QStyle::State_MouseOver);
        const QModelIndex at = index.siblingAtColumn(column);
        itemDelegateForIndex(at)->paint(painter, cell, at);
    };
    drawCell(RunsModel::eyeColumn);
    drawArrow(painter, cellOf(RunsModel::pinColumn), runs_.isFolded(index.row()));
    // The title may run on over columns that the section has nothing to say in.
    int end = row.right();
    for (int visual = header()->count() - 1; visual > header()->visualIndex(RunsModel::nameColumn); --visual) {
        const int column = header()->logicalIndex(visual);
        if (index.siblingAtColumn(column).data().toString().isEmpty()) continue;
        drawCell(column);
        end = cellOf(column).left();
    }
    const QModelIndex title = index.siblingAtColumn(RunsModel::nameColumn);
    const auto font = title.data(Qt::FontRole).value<QFont>();
    QRect text = cellOf(RunsModel::nameColumn).adjusted(titleMargin, 0, 0, 0);
    text.setRight(std::max(text.left(), end - titleMargin));
    painter->setFont(font);
    painter->setPen(palette().color(QPalette::Text));
    painter->drawText(text, Qt::AlignVCenter | Qt::AlignLeft,
                      QFontMetrics(font).elidedText(title.data().toString(), Qt::ElideRight, text.width()));
    painter->restore();
}

void RunsView::drawArrow(QPainter* painter, const QRect& cell, bool folded) const {
    constexpr int size = 10;
    QStyleOption arrow;
    arrow.initFrom(this);
    arrow.rect = QRect(cell.center().x() - size / 2 + 1, cell.center().y() - size / 2 + 1, size, size);
    style()->drawPrimitive(folded ? QStyle::PE_IndicatorArrowRight : QStyle::PE_IndicatorArrowDown, &arrow, painter,
                           this);
}

void RunsView::mousePressEvent(QMouseEvent* event) {
    const QModelIndex index = indexAt(event->pos());
    if (event->button() != Qt::LeftButton || !runs_.isSection(index.row())) {
        QTreeView::mousePressEvent(event);
        return;
    }
    selectionModel()->setCurrentIndex(index, QItemSelectionModel::NoUpdate);
    if (index.column() == RunsModel::eyeColumn)
        toggleEyes({index.row()});
    else
        runs_.toggleSection(index.row());
}

void RunsView::toggleEyes(const std::vector<int>& rows) {
    const QModelIndex eye = currentIndex().siblingAtColumn(RunsModel::eyeColumn);
    runs_.setVisible(rows, eye.data(Qt::CheckStateRole).toInt() != Qt::Checked);
}

void RunsView::keyPressEvent(QKeyEvent* event) {
    const QModelIndex current = currentIndex();
    if (event->modifiers() != Qt::NoModifier || !current.isValid() || !pressKey(event->key(), current))
        QTreeView::keyPressEvent(event);
}

bool RunsView::pressKey(int key, const QModelIndex& current) {
    const int section = runs_.sectionRowOf(current.row());
    const bool inSection = section == current.row();
    switch (key) {
    case Qt::Key_Space: {
        std::vector<int> rows;
        if (!inSection)
            for (const QModelIndex& index : selectionModel()->selectedRows())
                rows.push_back(index.row());
        if (rows.empty()) rows.push_back(current.row());
        toggleEyes(rows);
        return true;
    }
    case Qt::Key_Left:
        if (section < 0) return false;
        if (!inSection || runs_.isFolded(section))
            setCurrentIndex(runs_.index(section, current.column()));
        else
            runs_.toggleSection(section);
        return true;
    case Qt::Key_Right:
        if (!inSection || !runs_.isFolded(section)) return false;
        runs_.toggleSection(section);
        return true;
    case Qt::Key_Return:
    case Qt::Key_Enter:
        if (!inSection) return false;
        runs_.toggleSection(section);
        return true;
    default:
        return false;
    }
}

} // namespace isoloss
