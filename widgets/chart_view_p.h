#pragma once

#include "widgets/chart_scene.h"
#include "widgets/chart_view.h"
#include "widgets/line_layer.h"

#include <QElapsedTimer>
#include <QPointer>
#include <QThreadPool>
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
    enum class Drag { none, box, pan, band_move, band_width, fixed_cursor };

    explicit Private(ChartView& owner);

    /// Lays out and repaints everything. `left_margin` keeps the plot in place while the range moves.
    void relayout();
    /// Sets the range for the user: signals, undo and detail follow.
    void user_range(const ChartRange& range);
    void apply_range(const ChartRange& range);
    /// The range with all of the data where it follows the data.
    ChartRange fitted(ChartRange kept) const;
    /// Ends a gesture that began with the range `before`.
    void commit(const ChartRange& before, Qt::Orientations zoomed_before, const QString& text, bool mergeable);
    ChartRange panned_by(QPointF pixels) const;
    /// Zooms about a position; the y axes together.
    ChartRange zoomed_at(QPointF anchor, double factor, bool x, bool y) const;
    /// What a box in the plot holds; an axis that it spans entirely stays.
    ChartRange range_of(const QRectF& box) const;
    void want_detail();
    void data_changed();
    void shift_band(double center);
    void move_band(double center, double half_width);
    void update_cursor(QPointF position);
    void clear_cursor();
    Drag drag_at(QPointF position, Qt::MouseButton button, Qt::KeyboardModifiers modifiers) const;
    void update_cursor_shape(QPointF position);
    /// The fixed cursor whose line is under the position, −1 for none.
    int fixed_cursor_at(QPointF position) const;
    void set_fixed_by_user(std::vector<double> cursors);
    /// The key: sets the first, then the second cursor, then takes both away.
    void next_fixed_cursor();
    void zoom_keys(double factor);
    bool band_key(int key, Qt::KeyboardModifiers modifiers);
    void toggle_log(Qt::Orientation axis);

    ChartView& view;
    ChartState state;
    ChartRange range;
    Qt::Orientations zoomed; ///< axes that were moved: the others show all of the data

    QGraphicsScene* scene;
    QChart* chart;
    GroundItem* ground;
    LineLayer* lines;
    PointLayer* points;
    FrontItem* front;

    QPointer<QUndoStack> undo_stack;
    QThreadPool copies; ///< tables on their way to the clipboard
    QTimer detail_timer;
    QElapsedTimer last_detail;

    Drag drag = Drag::none;
    QPointF press, last;
    ChartRange drag_range; ///< when the drag began
    Qt::Orientations drag_zoomed;
    double band_offset = 0; ///< pixels between the press and the band's centre
    int dragged_cursor = -1;
};

} // namespace isoloss
