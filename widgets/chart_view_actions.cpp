// What a chart's context menu and its keys do besides moving the range.
#include "widgets/chart_menu.h"
#include "widgets/chart_table_window.h"
#include "widgets/chart_view.h"
#include "widgets/chart_view_p.h"

#include <QClipboard>
#include <QContextMenuEvent>
#include <QGuiApplication>
#include <QMenu>
#include <QMetaMethod>
#include <numeric>

namespace isoloss {

void ChartView::fitByUser() {
    const ChartRange before = d->range;
    const Qt::Orientations zoomed_before = d->zoomed;
    fit();
    if (before != d->range) {
        Q_EMIT rangeChanged(d->range);
        Q_EMIT xRangeChanged(d->range.x);
    }
    d->commit(before, zoomed_before, tr("Fit"), false);
}

void ChartView::chooseScale(Qt::Orientation axis, AxisScale scale) {
    setAxisScale(axis, scale);
    Q_EMIT axisScaleChanged(axis, scale);
}

ChartTable ChartView::chartTable() const {
    return ChartTable(d->state.data, d->range);
}

void ChartView::showTable() {
    auto* table = new ChartTableWindow(chartTable(), accessibleName(), this);
    table->show();
}

void ChartView::copyTable() {
    d->copies.start([this, table = chartTable()] {
        std::vector<qsizetype> rows(static_cast<std::size_t>(table.rows()));
        std::iota(rows.begin(), rows.end(), 0);
        QMetaObject::invokeMethod(
            this,
            [this, text = table.tabbed(rows), count = table.rows()] {
                QGuiApplication::clipboard()->setText(text);
                Q_EMIT tableCopied(count);
            },
            Qt::QueuedConnection);
    });
}

void ChartView::copyPicture() {
    QGuiApplication::clipboard()->setImage(grab().toImage());
}

void ChartView::contextMenuEvent(QContextMenuEvent* event) {
    const bool by_key = event->reason() == QContextMenuEvent::Keyboard;
    const QPoint at = by_key ? d->state.layout.plot.center().toPoint() : event->pos();
    const QPoint global = viewport()->mapToGlobal(at);
    event->accept();
    if (isSignalConnected(QMetaMethod::fromSignal(&ChartView::contextMenuRequested))) {
        Q_EMIT contextMenuRequested(global, hitAt(at));
        return;
    }
    QMenu menu(this);
    add_chart_actions(menu, *this);
    menu.exec(global);
}

void ChartView::focusInEvent(QFocusEvent* event) {
    QGraphicsView::focusInEvent(event);
    d->state.key_focus = event->reason() == Qt::TabFocusReason || event->reason() == Qt::BacktabFocusReason ||
                         event->reason() == Qt::ShortcutFocusReason;
    d->front->update();
}

void ChartView::focusOutEvent(QFocusEvent* event) {
    QGraphicsView::focusOutEvent(event);
    if (event->reason() == Qt::PopupFocusReason || event->reason() == Qt::ActiveWindowFocusReason) return;
    d->state.key_focus = false;
    d->front->update();
}

} // namespace isoloss
