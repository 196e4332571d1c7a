#include "ui/docks/runs_view.h"

#include "ui/models/runs_model.h"

#include <QHeaderView>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <algorithm>

namespace isoloss {

namespace {

// The eye and the pin stand close together, as one column.
constexpr int eyeWidth = 20, pinWidth = 13;
constexpr int leastNameWidth = 120;
constexpr int leastWidth = 40, mostWidth = 92; ///< of a chosen column at first
constexpr int headerMargin = 14;

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
    connect(header(), &QHeaderView::sectionResized, this, [this](int column) {
        if (column >= RunsModel::firstChosenColumn) fitNames();
    });
}

void RunsView::layOutColumns() {
    std::vector<std::string> keys;
    for (int column = 0; column < runs_.columnCount(); ++column)
        keys.push_back(runs_.keyOf(column));
    if (keys == laidOut_ || runs_.rowCount() == 0) return;
    laidOut_ = std::move(keys);
    for (const int column : {RunsModel::eyeColumn, RunsModel::pinColumn, RunsModel::nameColumn})
        header()->setSectionResizeMode(column, QHeaderView::Fixed);
    header()->resizeSection(RunsModel::eyeColumn, eyeWidth);
    header()->resizeSection(RunsModel::pinColumn, pinWidth);
    for (int column = RunsModel::firstChosenColumn; column < runs_.columnCount(); ++column) {
        header()->setSectionResizeMode(column, QHeaderView::Interactive);
        const QString title = runs_.headerData(column, Qt::Horizontal, Qt::DisplayRole).toString();
        const int titleWidth = header()->fontMetrics().horizontalAdvance(title) + headerMargin;
        header()->resizeSection(column,
                                std::clamp(std::max(sizeHintForColumn(column), titleWidth), leastWidth, mostWidth));
    }
    fitNames();
}

void RunsView::fitNames() {
    if (runs_.columnCount() <= RunsModel::nameColumn) return;
    const int others = header()->length() - header()->sectionSize(RunsModel::nameColumn);
    header()->resizeSection(RunsModel::nameColumn, std::max(leastNameWidth, viewport()->width() - others));
}

void RunsView::resizeEvent(QResizeEvent* event) {
    QTreeView::resizeEvent(event);
    fitNames();
}

void RunsView::drawRow(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const {
    if (!runs_.isSection(index.row())) {
        QTreeView::drawRow(painter, option, index);
        return;
    }
    const QModelIndex title = index.siblingAtColumn(RunsModel::nameColumn);
    QStyleOptionViewItem header = option;
    header.font = title.data(Qt::FontRole).value<QFont>();
    const QRect row(0, option.rect.y(), viewport()->width(), option.rect.height());
    painter->save();
    if (currentIndex().row() == index.row() && hasFocus()) painter->fillRect(row, palette().color(QPalette::Midlight));
    QStyleOption arrow;
    arrow.initFrom(this);
    constexpr int arrowSize = 10;
    arrow.rect = QRect(6, row.center().y() - arrowSize / 2 + 1, arrowSize, arrowSize);
    style()->drawPrimitive(runs_.isFolded(index.row()) ? QStyle::PE_IndicatorArrowRight : QStyle::PE_IndicatorArrowDown,
                           &arrow, painter, this);
    painter->setFont(header.font);
    painter->setPen(palette().color(QPalette::Text));
    const QRect text = row.adjusted(24, 0, -6, 0);
    painter->drawText(text, Qt::AlignVCenter | Qt::AlignLeft,
                      QFontMetrics(header.font).elidedText(title.data().toString(), Qt::ElideRight, text.width()));
    painter->restore();
}

void RunsView::mousePressEvent(QMouseEvent* event) {
    const QModelIndex index = indexAt(event->pos());
    if (event->button() == Qt::LeftButton && runs_.isSection(index.row())) {
        runs_.toggleSection(index.row());
        return;
    }
    QTreeView::mousePressEvent(event);
}

void RunsView::keyPressEvent(QKeyEvent* event) {
    const int row = currentIndex().row();
    if (runs_.isSection(row)) {
        const bool folded = runs_.isFolded(row);
        const bool folds = event->key() == Qt::Key_Left && !folded;
        const bool unfolds = event->key() == Qt::Key_Right && folded;
        if (folds || unfolds || event->key() == Qt::Key_Return || event->key() == Qt::Key_Space) {
            runs_.toggleSection(row);
            return;
        }
    } else if (event->key() == Qt::Key_Space && currentIndex().isValid()) {
        const QModelIndex current = currentIndex().siblingAtColumn(RunsModel::eyeColumn);
        const bool open = current.data(Qt::CheckStateRole).toInt() == Qt::Checked;
        for (const QModelIndex& index : selectionModel()->selectedRows(RunsModel::eyeColumn))
            runs_.setData(index, open ? Qt::Unchecked : Qt::Checked, Qt::CheckStateRole);
        return;
    }
    QTreeView::keyPressEvent(event);
}

} // namespace isoloss
