#pragma once

#include "widgets/chart_hit.h"
#include "widgets/chart_table.h"

#include <QGraphicsView>
#include <memory>

class QUndoStack;

namespace isoloss {

/// One chart: Qt Charts' QChart holds card, margins and plot area; axes, dense lines, points and the band are items of
/// our own. All setters are silent; signals report what the user did.
///
/// Mouse: drag = box zoom, middle or Shift-drag = pan, wheel = zoom, Ctrl+wheel = zoom the axis under the cursor
/// (inside the plot: x), double click = fit, click = select, Alt+click = isolate. Keys: + − zoom, arrows pan, 0 fit, l
/// and Shift+l toggle the logarithmic y and x axis, c sets a cursor that stays (twice: two of them, a third time:
/// none); with the band focused (b) arrows move it, Shift+arrows its width.
class ChartView : public QGraphicsView {
    Q_OBJECT

public:
    enum class RangePolicy { keep, fit };

    explicit ChartView(QWidget* parent = nullptr);
    ~ChartView() override;

    void setTheme(const Theme& theme);

    /// Replaces what is shown. `keep` leaves the range as it is where it was moved: y follows the data as
    /// long as neither axis was, x as long as x was not.
    void setData(ChartData data, RangePolicy policy = RangePolicy::keep);
    const ChartData& data() const;

    ChartRange range() const;
    void setRange(const ChartRange& range);
    void setXRange(const AxisRange& range);
    /// True after the user (or a setter) left the fitted range on one of these axes.
    bool isZoomed(Qt::Orientations axes = Qt::Horizontal | Qt::Vertical) const;
    /// Lets these axes follow the data again.
    void fit(Qt::Orientations axes = Qt::Horizontal | Qt::Vertical);

    void setAxisScale(Qt::Orientation axis, AxisScale scale);

    void setBand(std::optional<ChartBand> band);
    std::optional<ChartBand> band() const;
    /// Gives the keyboard to the band (or back to the range).
    void setBandFocus(bool focus);

    /// Lines, polylines and points drawn stronger while the others fade; empty: none.
    void setHighlighted(const QList<qint64>& ids);

    /// The vertical cross-hair of a linked chart; none hides it.
    void setLinkedCursor(std::optional<double> x);

    /// Vertical cursors that stay where they are put, at most two; between two lies a range to be measured.
    void setFixedCursors(std::vector<double> cursors);
    const std::vector<double>& fixedCursors() const;

    /// Zoom and pan of the user are pushed here (one command per gesture); null: not recorded.
    void setUndoStack(QUndoStack* stack);

    /// The card's border and rounded corners, on by default.
    void setCardVisible(bool visible);
    /// The hover table drawn beside the cursor, on by default; hovered() is emitted in any case.
    void setHoverTableVisible(bool visible);

    /// What is shown, as a table; only what lies inside the range.
    ChartTable chartTable() const;

    /// What the user can do by menu and key; unlike setters these are told by signals.
    void fitByUser();
    void chooseScale(Qt::Orientation axis, AxisScale scale);
    /// Opens chartTable() in a window of its own.
    void showTable();
    /// Puts the table into the clipboard, separated by tabs; tableCopied() when it is there.
    void copyTable();
    /// The chart as it is drawn.
    void copyPicture();

    /// The plot area in widget coordinates; data ↔ widget coordinates.
    QRectF plotRect() const;
    QPointF toWidget(QPointF value) const;
    QPointF toValue(QPointF position) const;

    /// Whether the lines as they are drawn are those of the present data and range. Until then a picture of former ones
    /// stands in for them; a grab of the widget waits.
    bool isSettled() const;

    /// Whether detailWanted is going to be said.
    bool wantsDetail() const;

    /// What a click at a widget position would select.
    ChartHit hitAt(QPointF position) const;

Q_SIGNALS:
    /// The user changed the range (continuously while dragging).
    void rangeChanged(const isoloss::ChartRange& range);
    void xRangeChanged(const isoloss::AxisRange& range);
    /// The user moved x by hand (pan or zoom): live follow stops.
    void followInterrupted();
    /// More or less detail is needed: x range that is shown and width in device pixels. At most every 16 ms, also
    /// after a change by a setter or of the size.
    void detailWanted(const isoloss::AxisRange& x, int columns);
    /// x under the cursor; NaN when the cursor leaves.
    void cursorMoved(double x);
    void hovered(const QList<isoloss::HoverRow>& rows);
    /// The user set, moved or removed a fixed cursor.
    void fixedCursorsChanged(const std::vector<double>& cursors);
    void bandChanged(double center, double half_width);
    void lineClicked(qint64 id, Qt::KeyboardModifiers modifiers);
    void pointClicked(qint64 id, Qt::KeyboardModifiers modifiers);
    void isolateRequested(qint64 id);
    /// The user asked for another scale; the view has already changed.
    void axisScaleChanged(Qt::Orientation axis, isoloss::AxisScale scale);
    /// The owner shows a menu that ends with add_chart_actions(). Where nobody listens the chart shows these alone.
    void contextMenuRequested(const QPoint& global, const isoloss::ChartHit& hit);
    void tableCopied(qsizetype rows);

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;

private:
    class Private;
    std::unique_ptr<Private> d;
};

} // namespace isoloss

Q_DECLARE_METATYPE(isoloss::ChartRange)
Q_DECLARE_METATYPE(isoloss::ChartHit)
Q_DECLARE_METATYPE(isoloss::HoverRow)
