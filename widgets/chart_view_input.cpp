#include "widgets/chart_view.h"

#include "widgets/chart_view_p.h"

#include <QApplication>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QWheelEvent>
#include <cmath>
#include <limits>

namespace isoloss {

namespace {

constexpr double edge_reach = 5; ///< pixels around a band's edge or a cursor that take hold of it
constexpr double key_zoom = 1.25;
constexpr double key_pan = 0.1; ///< of the plot

} // namespace

void ChartView::Private::shift_band(double center) {
    if (!state.data.band) return;
    const ChartBand& band = *state.data.band;
    // On a logarithmic axis the band keeps the width that is seen: its share of the centre.
    const bool in_proportion = state.data.x.scale == AxisScale::log && band.center > 0 && center > 0;
    move_band(center, in_proportion ? band.half_width * center / band.center : band.half_width);
}

void ChartView::Private::move_band(double center, double half_width) {
    if (!std::isfinite(center) || !(half_width > 0) || !state.data.band) return;
    const ChartBand moved{center, half_width};
    if (moved == *state.data.band) return;
    view.setBand(moved);
    Q_EMIT view.bandChanged(center, half_width);
}

void ChartView::Private::update_cursor(QPointF position) {
    if (!state.layout.plot.contains(position)) {
        clear_cursor();
        return;
    }
    state.cursor = position;
    state.hover = hover_rows(state.data, state.layout, position, 6);
    front->update();
    Q_EMIT view.cursorMoved(state.layout.x.value(position.x()));
    Q_EMIT view.hovered(state.hover);
}

void ChartView::Private::clear_cursor() {
    if (!state.cursor) return;
    state.cursor.reset();
    state.hover.clear();
    front->update();
    Q_EMIT view.cursorMoved(std::numeric_limits<double>::quiet_NaN());
    Q_EMIT view.hovered({});
}

ChartView::Private::Drag ChartView::Private::drag_at(QPointF position, Qt::MouseButton button,
                                                     Qt::KeyboardModifiers modifiers) const {
    const bool inside = state.layout.plot.contains(position);
    if (button == Qt::LeftButton && fixed_cursor_at(position) >= 0) return Drag::fixed_cursor;
    if (button == Qt::MiddleButton) return inside ? Drag::pan : Drag::none;
    if (button != Qt::LeftButton) return Drag::none;
    if (state.data.band && !(modifiers & (Qt::ShiftModifier | Qt::AltModifier))) {
        const ChartBand& band = *state.data.band;
        if (state.painter().band_pill().contains(position)) return Drag::band_move;
        if (inside) {
            const double a = state.layout.x.position(band.center - band.half_width);
            const double b = state.layout.x.position(band.center + band.half_width);
            // A band narrower than its handles is moved, not stretched.
            const bool wide = std::abs(b - a) > 3 * edge_reach;
            if (wide && (std::abs(position.x() - a) <= edge_reach || std::abs(position.x() - b) <= edge_reach))
                return Drag::band_width;
            const double slack = wide ? 0 : edge_reach;
            if (position.x() >= std::min(a, b) - slack && position.x() <= std::max(a, b) + slack)
                return Drag::band_move;
        }
    }
    if (!inside) return Drag::none;
    return modifiers & Qt::ShiftModifier ? Drag::pan : Drag::box;
}

void ChartView::Private::update_cursor_shape(QPointF position) {
    Qt::CursorShape shape = Qt::ArrowCursor;
    switch (drag_at(position, Qt::LeftButton, QApplication::keyboardModifiers())) {
    case Drag::band_move:
    case Drag::fixed_cursor:
        shape = Qt::SizeHorCursor;
        break;
    case Drag::band_width:
        shape = Qt::SplitHCursor;
        break;
    case Drag::pan:
        shape = Qt::OpenHandCursor;
        break;
    case Drag::box:
        shape = Qt::CrossCursor;
        break;
    case Drag::none:
        break;
    }
    const ChartHit hit = hit_chart(state.data, state.layout, position, 6);
    if (fixed_cursor_at(position) >= 0) {
        view.viewport()->setCursor(shape);
        return;
    }
    if (hit.kind == ChartHit::Kind::point || hit.kind == ChartHit::Kind::line) shape = Qt::PointingHandCursor;
    view.viewport()->setCursor(shape);
}

int ChartView::Private::fixed_cursor_at(QPointF position) const {
    if (!state.layout.plot.contains(position)) return -1;
    for (std::size_t i = 0; i < state.fixed.size(); ++i)
        if (std::abs(state.layout.x.position(state.fixed[i]) - position.x()) <= edge_reach) return static_cast<int>(i);
    return -1;
}

void ChartView::Private::set_fixed_by_user(std::vector<double> cursors) {
    view.setFixedCursors(cursors);
    Q_EMIT view.fixedCursorsChanged(cursors);
}

void ChartView::Private::next_fixed_cursor() {
    const double x = state.layout.x.value(state.cursor.value_or(state.layout.plot.center()).x());
    std::vector<double> next = state.fixed;
    if (next.size() >= 2)
        next.clear();
    else
        next.push_back(x);
    set_fixed_by_user(std::move(next));
}

void ChartView::mousePressEvent(QMouseEvent* event) {
    const QPointF position = event->position();
    d->press = d->last = position;
    d->drag_range = d->range;
    d->drag_zoomed = d->zoomed;
    d->drag = d->drag_at(position, event->button(), event->modifiers());
    if (d->drag == Private::Drag::band_move)
        d->band_offset = d->state.layout.x.position(d->state.data.band->center) - position.x();
    if (d->drag == Private::Drag::fixed_cursor) d->dragged_cursor = d->fixed_cursor_at(position);
    if (d->drag == Private::Drag::pan) viewport()->setCursor(Qt::ClosedHandCursor);
    event->setAccepted(event->button() != Qt::RightButton);
}

void ChartView::mouseMoveEvent(QMouseEvent* event) {
    const QPointF position = event->position();
    switch (d->drag) {
    case Private::Drag::none:
        d->update_cursor_shape(position);
        d->update_cursor(position);
        return;
    case Private::Drag::box:
        if ((position - d->press).manhattanLength() >= QApplication::startDragDistance()) {
            QRectF box = QRectF(d->press, position).normalized().intersected(d->state.layout.plot);
            // A drag along one axis zooms that axis alone.
            if (std::abs(position.y() - d->press.y()) < 8) {
                box.setTop(d->state.layout.plot.top());
                box.setBottom(d->state.layout.plot.bottom());
            } else if (std::abs(position.x() - d->press.x()) < 8) {
                box.setLeft(d->state.layout.plot.left());
                box.setRight(d->state.layout.plot.right());
            }
            d->state.rubber = box;
        } else {
            d->state.rubber = {};
        }
        d->front->update();
        break;
    case Private::Drag::pan: {
        const QPointF moved = position - d->last;
        if (moved.isNull()) break;
        d->user_range(d->panned_by(moved));
        break;
    }
    case Private::Drag::fixed_cursor: {
        std::vector<double> cursors = d->state.fixed;
        const QRectF& plot = d->state.layout.plot;
        cursors[static_cast<std::size_t>(d->dragged_cursor)] =
            d->state.layout.x.value(std::clamp(position.x(), plot.left(), plot.right()));
        d->set_fixed_by_user(std::move(cursors));
        break;
    }
    case Private::Drag::band_move:
        d->shift_band(d->state.layout.x.value(position.x() + d->band_offset));
        break;
    case Private::Drag::band_width:
        d->move_band(d->state.data.band->center,
                     std::abs(d->state.layout.x.value(position.x()) - d->state.data.band->center));
        break;
    }
    d->last = position;
}

void ChartView::mouseReleaseEvent(QMouseEvent* event) {
    const Private::Drag drag = d->drag;
    d->drag = Private::Drag::none;
    const QRectF box = d->state.rubber;
    d->state.rubber = {};
    d->front->update();
    const bool click = (event->position() - d->press).manhattanLength() < QApplication::startDragDistance();
    if (drag == Private::Drag::box && !click && box.width() > 2 && box.height() > 2) {
        d->user_range(d->range_of(box));
        d->commit(d->drag_range, d->drag_zoomed, tr("Zoom"), false);
    } else if (drag == Private::Drag::pan) {
        d->commit(d->drag_range, d->drag_zoomed, tr("Pan"), false);
    }
    if (click && event->button() == Qt::LeftButton) {
        const ChartHit hit = hitAt(event->position());
        const bool found = hit.kind == ChartHit::Kind::line || hit.kind == ChartHit::Kind::point;
        if (found && event->modifiers() & Qt::AltModifier) {
            qint64 line = hit.id;
            if (hit.kind == ChartHit::Kind::point)
                for (const ChartPoint& point : d->state.data.points)
                    if (point.id == hit.id && point.line >= 0) line = point.line;
            Q_EMIT isolateRequested(line);
        } else if (hit.kind == ChartHit::Kind::line) {
            Q_EMIT lineClicked(hit.id, event->modifiers());
        } else if (hit.kind == ChartHit::Kind::point) {
            Q_EMIT pointClicked(hit.id, event->modifiers());
        }
    }
    d->update_cursor_shape(event->position());
}

void ChartView::mouseDoubleClickEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton) return;
    d->drag = Private::Drag::none;
    fitByUser();
}

void ChartView::wheelEvent(QWheelEvent* event) {
    const QPoint delta = event->angleDelta();
    const int turn = delta.y() != 0 ? delta.y() : delta.x();
    if (turn == 0) return;
    const double factor = std::pow(key_zoom, -turn / 120.0);
    const QPointF at = event->position();
    const ChartLayout& layout = d->state.layout;
    bool x = true, y = true;
    if (layout.x_labels.contains(at))
        y = false;
    else if (layout.y_labels.contains(at) || layout.y2_labels.contains(at))
        x = false;
    else if (event->modifiers() & Qt::ControlModifier)
        y = false;
    else if (event->modifiers() & Qt::ShiftModifier)
        x = false;
    const ChartRange before = d->range;
    const Qt::Orientations zoomed_before = d->zoomed;
    d->user_range(d->zoomed_at(at, factor, x, y));
    d->commit(before, zoomed_before, tr("Zoom"), true);
    event->accept();
}

void ChartView::Private::zoom_keys(double factor) {
    user_range(zoomed_at(state.cursor.value_or(state.layout.plot.center()), factor, true, true));
}

bool ChartView::Private::band_key(int key, Qt::KeyboardModifiers modifiers) {
    const ChartBand band = *state.data.band;
    const double toward_right = state.data.x.reversed ? -1 : 1;
    const double step = band.half_width * (modifiers & Qt::ControlModifier ? 0.1 : 0.5);
    const bool width = modifiers & Qt::ShiftModifier;
    switch (key) {
    case Qt::Key_Left:
    case Qt::Key_Right: {
        const double side = key == Qt::Key_Right ? 1 : -1;
        if (width)
            move_band(band.center, band.half_width * (side > 0 ? 1.1 : 1 / 1.1));
        else
            shift_band(band.center + side * toward_right * step);
        return true;
    }
    case Qt::Key_Up:
        move_band(band.center, band.half_width * 1.1);
        return true;
    case Qt::Key_Down:
        move_band(band.center, band.half_width / 1.1);
        return true;
    case Qt::Key_Escape:
        view.setBandFocus(false);
        return true;
    default:
        return false;
    }
}

void ChartView::Private::toggle_log(Qt::Orientation axis) {
    const AxisScale current = axis == Qt::Horizontal ? state.data.x.scale : state.data.y.scale;
    const AxisScale next = current == AxisScale::linear ? AxisScale::log : AxisScale::linear;
    view.chooseScale(axis, next);
}

void ChartView::keyPressEvent(QKeyEvent* event) {
    if (d->state.band_focused && d->state.data.band && d->band_key(event->key(), event->modifiers())) return;
    const ChartRange before = d->range;
    const Qt::Orientations zoomed_before = d->zoomed;
    const QRectF& plot = d->state.layout.plot;
    const auto pan = [this](double x, double y) { d->user_range(d->panned_by({x, y})); };
    switch (event->key()) {
    case Qt::Key_Plus:
    case Qt::Key_Equal:
        d->zoom_keys(1 / key_zoom);
        break;
    case Qt::Key_Minus:
        d->zoom_keys(key_zoom);
        break;
    case Qt::Key_Left:
        pan(plot.width() * key_pan, 0);
        break;
    case Qt::Key_Right:
        pan(-plot.width() * key_pan, 0);
        break;
    case Qt::Key_Up:
        pan(0, plot.height() * key_pan);
        break;
    case Qt::Key_Down:
        pan(0, -plot.height() * key_pan);
        break;
    case Qt::Key_0:
        fitByUser();
        return;
    case Qt::Key_L:
        if (event->modifiers() & ~Qt::ShiftModifier) {
            event->ignore();
            return;
        }
        d->toggle_log(event->modifiers() & Qt::ShiftModifier ? Qt::Horizontal : Qt::Vertical);
        return;
    case Qt::Key_C:
        if (event->modifiers() == Qt::ControlModifier)
            copyTable();
        else if (event->modifiers() == (Qt::ControlModifier | Qt::ShiftModifier))
            copyPicture();
        else if (!event->modifiers())
            d->next_fixed_cursor();
        else
            event->ignore();
        return;
    case Qt::Key_T:
        if (event->modifiers() == Qt::ControlModifier)
            showTable();
        else
            event->ignore();
        return;
    case Qt::Key_B:
        if (event->modifiers() || !d->state.data.band) {
            event->ignore();
            return;
        }
        setBandFocus(!d->state.band_focused);
        return;
    default:
        event->ignore();
        return;
    }
    d->commit(before, zoomed_before, tr("Zoom"), true);
}

void ChartView::leaveEvent(QEvent* event) {
    d->clear_cursor();
    QGraphicsView::leaveEvent(event);
}

} // namespace isoloss
