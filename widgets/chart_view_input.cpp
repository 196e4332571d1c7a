#include "widgets/chart_view.h"

#include "widgets/chart_view_p.h"

#include <QApplication>
#include <QContextMenuEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QUndoCommand>
#include <QWheelEvent>
#include <cmath>
#include <limits>

namespace isoloss {

namespace {

constexpr double edge_reach = 5; ///< pixels around a band's edge that take hold of it
constexpr double key_zoom = 1.25;
constexpr double key_pan = 0.1; ///< of the plot

/// A change of the range by one gesture. The view has already moved when it is pushed.
class RangeCommand : public QUndoCommand {
public:
    using Apply = std::function<void(const ChartRange&, bool zoomed)>;

    RangeCommand(const QString& text, QObject* owner, Apply apply, ChartRange before, bool zoomed_before,
                 ChartRange after, bool zoomed_after, bool mergeable)
        : QUndoCommand(text), m_owner(owner), m_apply(std::move(apply)), m_before(before), m_after(after),
          m_zoomed_before(zoomed_before), m_zoomed_after(zoomed_after), m_mergeable(mergeable) {
        m_age.start();
    }

    int id() const override { return 0x150; }

    void undo() override {
        if (m_owner) m_apply(m_before, m_zoomed_before);
    }

    void redo() override {
        if (m_done && m_owner) m_apply(m_after, m_zoomed_after);
        m_done = true;
    }

    /// Turns of the wheel that follow each other quickly are one step.
    bool mergeWith(const QUndoCommand* other) override {
        const auto* next = dynamic_cast<const RangeCommand*>(other);
        if (!next || !m_mergeable || !next->m_mergeable || next->m_owner != m_owner || m_age.elapsed() > 600)
            return false;
        m_after = next->m_after;
        m_zoomed_after = next->m_zoomed_after;
        m_age.restart();
        return true;
    }

private:
    QPointer<QObject> m_owner;
    Apply m_apply;
    ChartRange m_before, m_after;
    bool m_zoomed_before, m_zoomed_after, m_mergeable;
    bool m_done = false;
    QElapsedTimer m_age;
};

} // namespace

void ChartView::Private::user_range(const ChartRange& wanted) {
    const AxisRange x_before = range.x;
    zoomed = true;
    apply_range(wanted);
    Q_EMIT view.rangeChanged(range);
    if (range.x != x_before) {
        Q_EMIT view.xRangeChanged(range.x);
        Q_EMIT view.followInterrupted();
    }
}

void ChartView::Private::commit(const ChartRange& before, bool zoomed_before, const QString& text, bool mergeable) {
    if (!undo_stack || (before == range && zoomed_before == zoomed)) return;
    const auto apply = [this](const ChartRange& wanted, bool was_zoomed) {
        apply_range(wanted);
        zoomed = was_zoomed;
        Q_EMIT view.rangeChanged(range);
        Q_EMIT view.xRangeChanged(range.x);
    };
    undo_stack->push(new RangeCommand(text, &view, apply, before, zoomed_before, range, zoomed, mergeable));
}

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
    if (hit.kind == ChartHit::Kind::point || hit.kind == ChartHit::Kind::line) shape = Qt::PointingHandCursor;
    view.viewport()->setCursor(shape);
}

void ChartView::mousePressEvent(QMouseEvent* event) {
    const QPointF position = event->position();
    d->press = d->last = position;
    d->drag_range = d->range;
    d->drag_zoomed = d->zoomed;
    d->drag = d->drag_at(position, event->button(), event->modifiers());
    if (d->drag == Private::Drag::band_move)
        d->band_offset = d->state.layout.x.position(d->state.data.band->center) - position.x();
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
        d->user_range({moved.x() != 0 ? panned(d->state.layout.x, moved.x()) : d->range.x,
                       moved.y() != 0 ? panned(d->state.layout.y, moved.y()) : d->range.y});
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
        const QPointF a = toValue(box.bottomLeft()), b = toValue(box.topRight());
        const bool whole_x = box.width() >= d->state.layout.plot.width();
        const bool whole_y = box.height() >= d->state.layout.plot.height();
        d->user_range({whole_x ? d->range.x : AxisRange{std::min(a.x(), b.x()), std::max(a.x(), b.x())},
                       whole_y ? d->range.y : AxisRange{std::min(a.y(), b.y()), std::max(a.y(), b.y())}});
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
    const ChartRange before = d->range;
    const bool zoomed_before = d->zoomed;
    fit();
    d->drag = Private::Drag::none;
    if (before != d->range) {
        Q_EMIT rangeChanged(d->range);
        Q_EMIT xRangeChanged(d->range.x);
    }
    d->commit(before, zoomed_before, tr("Fit"), false);
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
    else if (layout.y_labels.contains(at))
        x = false;
    else if (event->modifiers() & Qt::ControlModifier)
        y = false;
    else if (event->modifiers() & Qt::ShiftModifier)
        x = false;
    const ChartRange before = d->range;
    const bool zoomed_before = d->zoomed;
    const double anchor_x = std::clamp(at.x(), layout.plot.left(), layout.plot.right());
    const double anchor_y = std::clamp(at.y(), layout.plot.top(), layout.plot.bottom());
    d->user_range({x ? isoloss::zoomed(layout.x, anchor_x, factor) : before.x,
                   y ? isoloss::zoomed(layout.y, anchor_y, factor) : before.y});
    d->commit(before, zoomed_before, tr("Zoom"), true);
    event->accept();
}

void ChartView::Private::zoom_keys(double factor) {
    const QPointF at = state.cursor.value_or(state.layout.plot.center());
    user_range({isoloss::zoomed(state.layout.x, at.x(), factor), isoloss::zoomed(state.layout.y, at.y(), factor)});
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
    view.setAxisScale(axis, next);
    Q_EMIT view.axisScaleChanged(axis, next);
}

void ChartView::keyPressEvent(QKeyEvent* event) {
    if (d->state.band_focused && d->state.data.band && d->band_key(event->key(), event->modifiers())) return;
    const ChartRange before = d->range;
    const bool zoomed_before = d->zoomed;
    const QRectF& plot = d->state.layout.plot;
    const auto pan = [this](double x, double y) {
        d->user_range(
            {x != 0 ? panned(d->state.layout.x, x) : d->range.x, y != 0 ? panned(d->state.layout.y, y) : d->range.y});
    };
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
        fit();
        Q_EMIT rangeChanged(d->range);
        Q_EMIT xRangeChanged(d->range.x);
        break;
    case Qt::Key_L:
        if (event->modifiers() & ~Qt::ShiftModifier) {
            event->ignore();
            return;
        }
        d->toggle_log(event->modifiers() & Qt::ShiftModifier ? Qt::Horizontal : Qt::Vertical);
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

void ChartView::contextMenuEvent(QContextMenuEvent* event) {
    Q_EMIT contextMenuRequested(event->globalPos(), hitAt(event->pos()));
    event->accept();
}

} // namespace isoloss
