#pragma once

#include "widgets/chart_scene.h"
#include "widgets/chart_view.h"

#include <QElapsedTimer>
#include <QPointer>
#include <QTimer>
#include <QUndoStack>

class QGraphicsScene;

QT_BEGIN_NAMESPACE
class QChart;
QT_END_NAMESPACE

namespace isoloss {

/// State and items of a ChartView; input handling lives in chart_view_input.cpp.
class ChartView::Private {
public:
    enum class Drag { none, box, pan, band_move, band_width };

    explicit Private(ChartView& owner);

    /// Lays out and repaints everything. `left_margin` keeps the plot in place while the range moves.
    void relayout();
    /// Sets the range for the user: signals, undo and detail follow.
    void user_range(const ChartRange& range);
    void apply_range(const ChartRange& range);
    /// Ends a gesture that began with the range `before`.
    void commit(const ChartRange& before, bool zoomed_before, const QString& text, bool mergeable);
    void data_changed();
    void shift_band(double center);
    void move_band(double center, double half_width);
    void update_cursor(QPointF position);
    void clear_cursor();
    Drag drag_at(QPointF position, Qt::MouseButton button, Qt::KeyboardModifiers modifiers) const;
    void update_cursor_shape(QPointF position);
    void zoom_keys(double factor);
    bool band_key(int key, Qt::KeyboardModifiers modifiers);
    void toggle_log(Qt::Orientation axis);

    ChartView& view;
    ChartState state;
    ChartRange range;
    bool zoomed = false;

    QGraphicsScene* scene;
    QChart* chart;
    GroundItem* ground;
    LineLayer* lines;
    PointLayer* points;
    FrontItem* front;

    QPointer<QUndoStack> undo_stack;
    QTimer detail_timer;

    Drag drag = Drag::none;
    QPointF press, last;
    ChartRange drag_range; ///< when the drag began
    bool drag_zoomed = false;
    double band_offset = 0; ///< pixels between the press and the band's centre
};

} // namespace isoloss
