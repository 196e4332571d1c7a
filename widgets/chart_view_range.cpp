// What gestures do to the range of a chart, and how it is undone.
#include "widgets/chart_view.h"
#include "widgets/chart_view_p.h"

#include <QUndoCommand>
#include <algorithm>

namespace isoloss {

namespace {

/// A change of the range by one gesture. The view has already moved when it is pushed.
class RangeCommand : public QUndoCommand {
public:
    using Apply = std::function<void(const ChartRange&, Qt::Orientations zoomed)>;

    RangeCommand(const QString& text, QObject* owner, Apply apply, ChartRange before, Qt::Orientations zoomed_before,
                 ChartRange after, Qt::Orientations zoomed_after, bool mergeable)
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
    Qt::Orientations m_zoomed_before, m_zoomed_after;
    bool m_mergeable;
    bool m_done = false;
    QElapsedTimer m_age;
};

} // namespace

void ChartView::Private::user_range(const ChartRange& wanted) {
    const AxisRange x_before = range.x;
    if (wanted.x != range.x) zoomed |= Qt::Horizontal;
    if (wanted.y != range.y || wanted.y2 != range.y2) zoomed |= Qt::Vertical;
    apply_range(wanted);
    Q_EMIT view.rangeChanged(range);
    if (range.x != x_before) {
        Q_EMIT view.xRangeChanged(range.x);
        Q_EMIT view.followInterrupted();
    }
}

ChartRange ChartView::Private::panned_by(QPointF pixels) const {
    ChartRange moved = range;
    if (pixels.x() != 0) moved.x = panned(state.layout.x, pixels.x());
    if (pixels.y() == 0) return moved;
    moved.y = panned(state.layout.y, pixels.y());
    if (state.data.y2) moved.y2 = panned(state.layout.y2, pixels.y());
    return moved;
}

ChartRange ChartView::Private::zoomed_at(QPointF anchor, double factor, bool x, bool y) const {
    const QRectF& plot = state.layout.plot;
    const double at_x = std::clamp(anchor.x(), plot.left(), plot.right());
    const double at_y = std::clamp(anchor.y(), plot.top(), plot.bottom());
    ChartRange next = range;
    if (x) next.x = isoloss::zoomed(state.layout.x, at_x, factor);
    if (!y) return next;
    // Over the labels of one y axis the other one stays.
    const bool left_only = state.layout.y_labels.contains(anchor), right_only = state.layout.y2_labels.contains(anchor);
    if (!right_only) next.y = isoloss::zoomed(state.layout.y, at_y, factor);
    if (state.data.y2 && !left_only) next.y2 = isoloss::zoomed(state.layout.y2, at_y, factor);
    return next;
}

ChartRange ChartView::Private::range_of(const QRectF& box) const {
    const auto between = [](const AxisTransform& axis, double from, double to) {
        const double a = axis.value(from), b = axis.value(to);
        return AxisRange{std::min(a, b), std::max(a, b)};
    };
    ChartRange inside = range;
    if (box.width() < state.layout.plot.width()) inside.x = between(state.layout.x, box.left(), box.right());
    if (box.height() < state.layout.plot.height()) {
        inside.y = between(state.layout.y, box.bottom(), box.top());
        if (state.data.y2) inside.y2 = between(state.layout.y2, box.bottom(), box.top());
    }
    return inside;
}

void ChartView::Private::commit(const ChartRange& before, Qt::Orientations zoomed_before, const QString& text,
                                bool mergeable) {
    if (!undo_stack || (before == range && zoomed_before == zoomed)) return;
    const auto apply = [this](const ChartRange& wanted, Qt::Orientations was_zoomed) {
        apply_range(wanted);
        zoomed = was_zoomed;
        Q_EMIT view.rangeChanged(range);
        Q_EMIT view.xRangeChanged(range.x);
    };
    undo_stack->push(new RangeCommand(text, &view, apply, before, zoomed_before, range, zoomed, mergeable));
}

} // namespace isoloss
