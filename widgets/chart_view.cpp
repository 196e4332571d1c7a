#include "widgets/chart_view.h"

namespace isoloss {

class ChartView::Private {
public:
    ChartData data;
    ChartRange range;
};

ChartView::ChartView(QWidget* parent) : QGraphicsView(parent), d(std::make_unique<Private>()) {}

ChartView::~ChartView() = default;

void ChartView::setTheme(const Theme&) {}

void ChartView::setData(ChartData data, RangePolicy) {
    d->data = std::move(data);
    fit();
}

const ChartData& ChartView::data() const {
    return d->data;
}

ChartRange ChartView::range() const {
    return d->range;
}

void ChartView::setRange(const ChartRange& range) {
    d->range = range;
}

void ChartView::setXRange(const AxisRange& range) {
    d->range.x = range;
}

bool ChartView::isZoomed() const {
    return false;
}

void ChartView::fit() {
    d->range = data_range(d->data);
}

void ChartView::setAxisScale(Qt::Orientation, AxisScale) {}

void ChartView::setBand(std::optional<ChartBand> band) {
    d->data.band = band;
}

std::optional<ChartBand> ChartView::band() const {
    return d->data.band;
}

void ChartView::setBandFocus(bool) {}

void ChartView::setHighlighted(const QList<qint64>&) {}

void ChartView::setLinkedCursor(std::optional<double>) {}

void ChartView::setUndoStack(QUndoStack*) {}

void ChartView::setCardVisible(bool) {}

void ChartView::setHoverTableVisible(bool) {}

ChartTable ChartView::chartTable() const {
    return chart_table(d->data);
}

QRectF ChartView::plotRect() const {
    return rect();
}

QPointF ChartView::toWidget(QPointF value) const {
    return value;
}

QPointF ChartView::toValue(QPointF position) const {
    return position;
}

ChartHit ChartView::hitAt(QPointF) const {
    return {};
}

void ChartView::resizeEvent(QResizeEvent* event) {
    QGraphicsView::resizeEvent(event);
}

void ChartView::mousePressEvent(QMouseEvent* event) {
    QGraphicsView::mousePressEvent(event);
}

void ChartView::mouseMoveEvent(QMouseEvent* event) {
    QGraphicsView::mouseMoveEvent(event);
}

void ChartView::mouseReleaseEvent(QMouseEvent* event) {
    QGraphicsView::mouseReleaseEvent(event);
}

void ChartView::mouseDoubleClickEvent(QMouseEvent* event) {
    QGraphicsView::mouseDoubleClickEvent(event);
}

void ChartView::wheelEvent(QWheelEvent* event) {
    QGraphicsView::wheelEvent(event);
}

void ChartView::keyPressEvent(QKeyEvent* event) {
    QGraphicsView::keyPressEvent(event);
}

void ChartView::leaveEvent(QEvent* event) {
    QGraphicsView::leaveEvent(event);
}

void ChartView::contextMenuEvent(QContextMenuEvent* event) {
    QGraphicsView::contextMenuEvent(event);
}

} // namespace isoloss
