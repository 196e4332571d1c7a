#pragma once

#include "widgets/theme.h"

#include <QPointF>
#include <QString>
#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

namespace isoloss {

/// Values of one axis from the smaller to the larger, whichever way the axis is drawn.
struct AxisRange {
    double min = 0;
    double max = 1;

    double span() const { return max - min; }

    bool contains(double value) const { return value >= min && value <= max; }

    bool operator==(const AxisRange&) const = default;
};

struct ChartRange {
    AxisRange x, y;
    AxisRange y2 = {}; ///< of the right axis, where the chart has one

    bool operator==(const ChartRange&) const = default;
};

enum class AxisScale { linear, log, symlog };

/// How the values of an axis are written: numbers, whole numbers, hours, or UTC seconds as date and time.
enum class AxisNumbers { real, integer, hours, utc };

struct ChartAxis {
    QString title = {}; ///< with the unit, e.g. "loss [C4] (nats/token)"
    AxisScale scale = AxisScale::linear;
    bool reversed = false; ///< larger values at the left or at the bottom
    AxisNumbers numbers = AxisNumbers::real;
    double symlog_threshold = 1;         ///< symlog is linear between ± this value
    std::optional<AxisRange> fixed = {}; ///< shown by fit() instead of the extent of the data
    bool marks_off_scale = false;        ///< of a y axis: small arrows where curves leave the range
};

/// What the buckets of a stretch cover; without positive values the least positive one is infinite.
struct LineExtent {
    AxisRange x, y;
    double least_positive_x = 0, least_positive_y = 0;
};

/// One unbroken stretch of a curve as buckets in the order of x, all columns of the same length. Where a bucket is a
/// single point x_first = x_last and min = max = first = last. All values finite: gaps lie between stretches.
struct LineStretch {
    std::vector<double> x_first, x_last;
    std::vector<float> min, max, first, last;
    std::optional<LineExtent> extent = {}; ///< where it was computed before, off the window's thread

    std::size_t size() const { return x_first.size(); }

    /// Over all buckets; the stretch is not empty.
    LineExtent measured() const;
};

using LineStretches = std::shared_ptr<const std::vector<LineStretch>>;

/// Which of a chart's y axes something is drawn against.
enum class YSide { left, right };

/// A place on a curve that is marked, e.g. its smallest value.
struct LineMark {
    enum class Kind { min, max, last };
    Kind kind = Kind::last;
    double x = 0, y = 0;
};

/// Values in a row that are not finite: nothing is drawn between x_first and x_last.
struct LineGap {
    double x_first = 0, x_last = 0;
    qint64 count = 0;
};

/// A dense curve, drawn by the fast line layer.
struct ChartLine {
    qint64 id = 0; ///< the caller's; given back by signals
    QString name = {};
    QColor color = {};
    QList<qreal> dash = {};
    double width = 1.3;   ///< logical pixels
    LineStretches curve;  ///< may be null while it loads
    LineStretches raw;    ///< drawn faint behind `curve`, e.g. before smoothing; may be null
    qint64 nonfinite = 0; ///< values that cannot be drawn; shown as a badge "NaN ×3"
    YSide side = YSide::left;
    std::vector<LineMark> marks = {};
    std::vector<LineGap> gaps = {}; ///< shown as ticks at the foot of the plot, with their counts under the cursor
};

/// A single observation. A missing error is no error bar.
struct ChartPoint {
    qint64 id = 0;
    double x = 0, y = 0;
    std::optional<double> x_error = {}, y_error = {}; ///< half lengths of the bars, e.g. standard errors
    QColor color = {};
    Marker marker = Marker::circle;
    double size = 5;     ///< diameter in logical pixels
    bool hollow = false; ///< outline only: what sizes stand for is not known here
    bool ringed = false; ///< chosen: a ring around it
    qint64 line = -1;    ///< id of the polyline it belongs to, −1 for none
    QString label = {};  ///< e.g. "760M-2xC @18k"
};

/// Straight segments through given points (a run across the plane, a fitted curve).
struct ChartPolyline {
    qint64 id = 0;
    QString name = {};
    QColor color = {};
    QList<qreal> dash = {};
    double width = 1.2;
    std::vector<QPointF> points; ///< in data units; a point that is not finite is a gap
    bool arrow = false;          ///< an arrow head at the last point: the direction of time
};

/// A filled area between two curves over the same x (spread of a group, confidence of a fit), drawn at low opacity.
struct ChartArea {
    qint64 id = 0; ///< that of the line it belongs to
    QColor color = {};
    LineStretches stretches; ///< from the min to the max of each bucket
    YSide side = YSide::left;
};

/// A straight line across the chart: Qt::Vertical at an x (a restart, a known floor), Qt::Horizontal at a y (the chance
/// level).
struct ChartMark {
    Qt::Orientation orientation = Qt::Vertical;
    double value = 0;
    QString label = {};
    QColor color = {}; ///< invalid: the theme's muted colour
};

/// The band of equal x.
struct ChartBand {
    double center = 0;
    double half_width = 0; ///< > 0, in the units of x

    /// "3.14 ± .02": as many digits as the half width has.
    QString text() const;

    bool contains(double x) const { return x >= center - half_width && x <= center + half_width; }

    bool operator==(const ChartBand&) const = default;
};

struct LegendEntry {
    QString text = {};
    QColor color = {}; ///< invalid: words without a swatch, e.g. a heading
    QList<qreal> dash = {};
    std::optional<Marker> marker = {}; ///< none: a square swatch, or a line where there is a dash pattern
    std::optional<double> size = {};   ///< of the marker, as in ChartPoint; none: as large as every swatch
    bool hollow = false;
    bool new_row = false; ///< begins a row of the legend
};

/// Everything one chart shows. A value: cheap to copy, because dense curves are shared.
struct ChartData {
    QString title = {}; ///< also the accessible name
    ChartAxis x, y;
    std::optional<ChartAxis> y2; ///< the right axis; without one everything is drawn against the left one
    std::vector<ChartLine> lines;
    std::vector<ChartPolyline> polylines;
    std::vector<ChartPoint> points;
    bool sized = false; ///< sizes of points stand for a quantity: the band does not enlarge its points
    std::vector<ChartArea> areas;
    std::vector<ChartMark> marks;
    std::optional<ChartBand> band;
    std::vector<LegendEntry> legend;
    QString note = {};       ///< short text beside the legend, e.g. "chance .31 · 398 checkpoints"
    QString empty_text = {}; ///< shown inside the plot when there is nothing to draw

    bool empty() const;
    /// Values that are not finite, over all lines.
    qint64 nonfinite() const;

    /// Whether one of the y axes asks for arrows where curves leave it.
    bool marks_off_scale() const { return y.marks_off_scale || (y2 && y2->marks_off_scale); }

    /// The axis of a side.
    const ChartAxis& axis(YSide side) const { return side == YSide::right && y2 ? *y2 : y; }
};

/// Diameter in logical pixels as it is drawn: points of the band are larger unless sizes stand for a quantity.
double drawn_diameter(const ChartData& data, const ChartPoint& point);

/// Whether a is drawn after b: points of the band lie above the others, and where sizes stand for a quantity small ones
/// above large ones. False for both orders: the later of the two lies above.
bool lies_above(const ChartData& data, const ChartPoint& a, const ChartPoint& b);

/// The smallest range that holds all drawable data, with a small margin, never empty. On a logarithmic axis only
/// positive values count. A mark beside the data is held too when it is not farther off than 15 % of their span.
ChartRange data_range(const ChartData& data);

} // namespace isoloss
