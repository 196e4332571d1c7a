#include "ui/docks/runs_view.h"

#include "ui/models/runs_model.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>

namespace isoloss {

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
