#include "widgets/chart_view.h"

#include "widgets/chart_accessible.h"
#include "widgets/chart_view_p.h"

#include <QChart>
#include <QGraphicsScene>
#include <QLegend>
#include <QResizeEvent>
#include <cmath>
#include <limits>

namespace isoloss {

namespace {

constexpr qint64 detail_interval_ms = 16; ///< as often as a screen shows another frame
constexpr double margin_without_card = 8; ///< what surrounds the chart has a margin of its own

} // namespace

ChartView::Private::Private(ChartView& owner)
    : view(owner), scene(new QGraphicsScene(&owner)), chart(new QChart), ground(new GroundItem(state, chart)),
      lines(new LineLayer(state, chart, &owner)), points(new PointLayer(state, chart)),
      front(new FrontItem(state, chart)) {
    state.style = ChartStyle::screen(state.theme);
    scene->addItem(chart);
    chart->legend()->hide();
    chart->setMargins({});
    chart->setBackgroundVisible(false); // its card follows a resize one event late; the ground item paints ours
    chart->setAcceptHoverEvents(false);
    int z = 10;
    for (ChartItem* item : std::initializer_list<ChartItem*>{ground, lines, points, front})
        item->setZValue(z++);
    detail_timer.setSingleShot(true);
    detail_timer.setTimerType(Qt::PreciseTimer);
}

void ChartView::Private::relayout() {
    const QRectF outer(QPointF(0, 0), QSizeF(view.viewport()->size()));
    if (outer.width() < 8 || outer.height() < 8) return;
    const bool resized = outer != state.layout.outer;
    const double former = resized ? 0 : state.layout.plot.left();
    if (resized) {
        for (ChartItem* item : std::initializer_list<ChartItem*>{ground, lines, points, front})
            item->geometry_changed();
        scene->setSceneRect(outer);
        chart->setGeometry(outer);
    }
    const QRectF plot_before = state.layout.plot;
    state.layout = layout_chart(state.data, range, outer, state.style, former);
    if (state.layout.plot != plot_before) chart->setPlotArea(state.layout.plot);
    lines->invalidate();
    points->invalidate();
    ground->update();
    front->update();
    want_detail();
}

// At once after a pause; changes in one turn of the event loop are one question.
void ChartView::Private::want_detail() {
    if (detail_timer.isActive()) return;
    const qint64 since = last_detail.isValid() ? last_detail.elapsed() : detail_interval_ms;
    detail_timer.start(static_cast<int>(std::max<qint64>(0, detail_interval_ms - since)));
}

ChartRange ChartView::Private::fitted(ChartRange kept) const {
    // What a part of x shows is not all of the data: y stays too.
    if (zoomed & Qt::Horizontal) return kept;
    const ChartRange all = data_range(state.data);
    return zoomed & Qt::Vertical ? ChartRange{all.x, kept.y, kept.y2} : all;
}

void ChartView::Private::apply_range(const ChartRange& wanted) {
    range = {drawable_range(wanted.x, state.data.x.scale), drawable_range(wanted.y, state.data.y.scale),
             drawable_range(wanted.y2, state.data.axis(YSide::right).scale)};
    relayout();
}

void ChartView::Private::data_changed() {
    view.setAccessibleName(state.data.title.isEmpty() ? ChartView::tr("Chart") : state.data.title);
    view.setAccessibleDescription(ChartView::tr("%1 against %2: %n curve(s), %3 points", nullptr,
                                                static_cast<int>(state.data.lines.size() + state.data.polylines.size()))
                                      .arg(state.data.y.title, state.data.x.title)
                                      .arg(state.data.points.size()));
    state.hover.clear();
}

ChartView::ChartView(QWidget* parent) : QGraphicsView(parent), d(std::make_unique<Private>(*this)) {
    qRegisterMetaType<ChartRange>();
    qRegisterMetaType<AxisRange>();
    make_charts_accessible();
    setScene(d->scene);
    setFrameShape(QFrame::NoFrame);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setAlignment(Qt::AlignLeft | Qt::AlignTop);
    setViewportUpdateMode(QGraphicsView::BoundingRectViewportUpdate);
    setOptimizationFlags(QGraphicsView::DontSavePainterState | QGraphicsView::DontAdjustForAntialiasing);
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    viewport()->setMouseTracking(true);
    viewport()->setAttribute(Qt::WA_OpaquePaintEvent); // the chart paints every pixel, and once is enough
    viewport()->setAutoFillBackground(false);
    setMinimumSize(160, 120);
    connect(&d->detail_timer, &QTimer::timeout, this, [this] {
        d->last_detail.start();
        const double columns = std::ceil(d->state.layout.plot.width() * devicePixelRatioF());
        if (columns > 0) Q_EMIT detailWanted(d->range.x, static_cast<int>(columns));
    });
    setTheme(d->state.theme);
    d->data_changed();
    fit();
}

ChartView::~ChartView() {
    // The scene goes first: its items read the state.
    setScene(nullptr);
    delete d->scene;
}

void ChartView::setTheme(const Theme& theme) {
    d->state.theme = theme;
    d->state.style = ChartStyle::screen(theme);
    if (!d->state.card) d->state.style.margin = margin_without_card;
    d->relayout();
}

void ChartView::setData(ChartData data, RangePolicy policy) {
    const bool rescaled = data.x.scale != d->state.data.x.scale || data.y.scale != d->state.data.y.scale;
    d->state.data = std::move(data);
    d->data_changed();
    if (policy == RangePolicy::fit) return fit();
    if (rescaled || !(d->zoomed & Qt::Horizontal))
        d->apply_range(d->fitted(d->range));
    else
        d->relayout();
}

const ChartData& ChartView::data() const {
    return d->state.data;
}

ChartRange ChartView::range() const {
    return d->range;
}

void ChartView::setRange(const ChartRange& range) {
    d->zoomed = Qt::Horizontal | Qt::Vertical;
    d->apply_range(range);
}

void ChartView::setXRange(const AxisRange& range) {
    d->zoomed |= Qt::Horizontal;
    d->apply_range({range, d->range.y, d->range.y2});
}

bool ChartView::isZoomed(Qt::Orientations axes) const {
    return (d->zoomed & axes) != 0;
}

void ChartView::fit(Qt::Orientations axes) {
    d->zoomed &= ~axes;
    d->apply_range(d->fitted(d->range));
}

void ChartView::setAxisScale(Qt::Orientation axis, AxisScale scale) {
    const bool horizontal = axis == Qt::Horizontal;
    ChartAxis& changed = horizontal ? d->state.data.x : d->state.data.y;
    if (changed.scale == scale) return;
    changed.scale = scale;
    // A range around zero means nothing on a logarithmic axis: show all of it.
    const ChartRange all = data_range(d->state.data);
    ChartRange next = d->range;
    AxisRange& range = horizontal ? next.x : next.y;
    if (!isZoomed(axis) || (scale == AxisScale::log && range.min <= 0)) range = horizontal ? all.x : all.y;
    d->apply_range(next);
}

void ChartView::setBand(std::optional<ChartBand> band) {
    const bool room_changes = band.has_value() != d->state.data.band.has_value();
    d->state.data.band = band;
    if (!band) d->state.band_focused = false;
    if (room_changes) d->relayout();
    d->points->invalidate();
    d->ground->update();
    d->front->update();
}

std::optional<ChartBand> ChartView::band() const {
    return d->state.data.band;
}

void ChartView::setBandFocus(bool focus) {
    d->state.band_focused = focus && d->state.data.band.has_value();
    if (d->state.band_focused) setFocus();
    d->front->update();
}

void ChartView::setHighlighted(const QList<qint64>& ids) {
    const QSet<qint64> wanted(ids.begin(), ids.end());
    if (wanted == d->state.highlighted) return;
    d->state.highlighted = wanted;
    d->lines->invalidate();
    d->points->invalidate();
}

void ChartView::setLinkedCursor(std::optional<double> x) {
    if (d->state.linked_x == x) return;
    d->state.linked_x = x;
    d->front->update();
}

void ChartView::setFixedCursors(std::vector<double> cursors) {
    if (cursors.size() > 2) cursors.resize(2);
    d->state.fixed = std::move(cursors);
    d->front->update();
}

const std::vector<double>& ChartView::fixedCursors() const {
    return d->state.fixed;
}

void ChartView::setUndoStack(QUndoStack* stack) {
    d->undo_stack = stack;
}

void ChartView::setCardVisible(bool visible) {
    d->state.card = visible;
    setTheme(d->state.theme);
}

void ChartView::setHoverTableVisible(bool visible) {
    d->state.hover_table = visible;
    d->front->update();
}

QRectF ChartView::plotRect() const {
    return d->state.layout.plot;
}

QPointF ChartView::toWidget(QPointF value) const {
    return d->state.layout.position(value);
}

QPointF ChartView::toValue(QPointF position) const {
    return d->state.layout.value(position);
}

ChartHit ChartView::hitAt(QPointF position) const {
    return hit_chart(d->state.data, d->state.layout, position, 6);
}

bool ChartView::wantsDetail() const {
    return d->detail_timer.isActive();
}

bool ChartView::isSettled() const {
    return d->lines->settled();
}

void ChartView::paintEvent(QPaintEvent* event) {
    d->lines->prepare(devicePixelRatioF());
    QGraphicsView::paintEvent(event);
}

void ChartView::resizeEvent(QResizeEvent* event) {
    QGraphicsView::resizeEvent(event);
    d->relayout();
}

} // namespace isoloss
