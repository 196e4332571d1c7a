#include "widgets/line_raster.h"

#include "widgets/column_blend.h"

#include <QSemaphore>
#include <QThreadPool>
#include <algorithm>
#include <atomic>
#include <cmath>

namespace isoloss {

namespace {

constexpr double far_away = 1e9;   ///< pixels beyond which a place does not matter
constexpr double slanted_from = 2; ///< pixels between neighbours; nearer ones are joined within their columns
constexpr int strip_width = 192;   ///< columns that stay in the processor's cache while all curves are drawn

/// Values of one axis to pixels. What a logarithmic axis cannot show lies far below.
class PixelMap {
public:
    explicit PixelMap(const AxisTransform& axis)
        : m_axis(axis), m_linear(axis.scale() == AxisScale::linear), m_log(axis.scale() == AxisScale::log),
          m_offset(axis.offset()), m_factor(axis.factor()) {}

    double operator()(double value) const {
        if (m_linear) return bounded(m_offset + value * m_factor);
        if (m_log && value <= 0) return falling() ? far_away : -far_away;
        return bounded(m_axis.position(value));
    }

    bool falling() const { return m_factor < 0; }

    bool shows(double value) const { return !m_log || value > 0; }

private:
    static double bounded(double position) { return std::clamp(position, -far_away, far_away); }

    const AxisTransform& m_axis;
    bool m_linear, m_log;
    double m_offset, m_factor;
};

/// Gathers the ink of one curve in a strip of columns, from buckets given in the order of the screen.
class CurvePen {
public:
    CurvePen(ColumnBlender& blender, int first_column, int columns)
        : m_blender(blender), m_first(first_column), m_last(first_column + columns - 1) {
        m_ink.low.assign(static_cast<std::size_t>(columns), far_below);
        m_ink.high.assign(static_cast<std::size_t>(columns), far_above);
        m_gap.assign(static_cast<std::size_t>(columns), 0);
    }

    void begin(const RasterLine& line) {
        m_line = &line;
        m_half = line.width / 2;
        m_from = m_last + 1;
        m_to = m_first - 1;
    }

    /// Dashes are counted along x from here: they keep their place on the curve while it moves.
    void set_origin(double x) {
        m_dashed = !m_line->dash.isEmpty();
        if (!m_dashed) return;
        std::vector<double> lengths;
        double period = 0;
        for (const qreal length : m_line->dash) {
            lengths.push_back(length * std::max(1.0, m_line->width));
            period += lengths.back();
        }
        m_dashed = period > 0;
        if (!m_dashed) return;
        for (std::size_t c = 0; c < m_gap.size(); ++c) {
            const double at = std::fmod(std::abs(m_first + static_cast<double>(c) - x), period);
            double end = 0;
            std::size_t piece = 0;
            while (piece + 1 < lengths.size() && at >= end + lengths[piece])
                end += lengths[piece++];
            m_gap[c] = piece % 2;
        }
    }

    /// A bucket: everything between two pixel columns and two heights.
    void box(int from, int to, double y0, double y1) {
        const double low = std::min(y0, y1), high = std::max(y0, y1);
        for (int c = std::max(m_first, from); c <= std::min(m_last, to); ++c)
            span(c, low, high);
    }

    /// A connection between neighbouring columns: per column the heights that it passes.
    void step(double x0, double y0, double x1, double y1) {
        if (x0 > x1) {
            std::swap(x0, x1);
            std::swap(y0, y1);
        }
        const int from = std::max(m_first, column(x0));
        const int to = std::min(m_last, column(x1));
        const double slope = x1 > x0 ? (y1 - y0) / (x1 - x0) : 0;
        for (int c = from; c <= to; ++c) {
            const double a = c > x0 ? y0 + slope * (c - x0) : y0;
            const double b = c + 1.0 < x1 ? y0 + slope * (c + 1.0 - x0) : y1;
            span(c, std::min(a, b), std::max(a, b));
        }
    }

    /// What lies between the upper and the lower edge of an area on the way from one bucket to the next.
    void between(double x0, double top0, double bottom0, double x1, double top1, double bottom1) {
        const int from = std::max(m_first, column(x0));
        const int to = std::min(m_last, column(x1));
        for (int c = from; c <= to; ++c) {
            const double middle = std::clamp(c + 0.5, x0, x1);
            const double share = x1 > x0 ? (middle - x0) / (x1 - x0) : 0;
            span(c, top0 + share * (top1 - top0), bottom0 + share * (bottom1 - bottom0));
        }
    }

    /// A slanted segment with exact coverage.
    void segment(double x0, double y0, double x1, double y1) {
        const double slope = (y1 - y0) / (x1 - x0);
        const double stretch = std::sqrt(1 + slope * slope);
        const double left_end = std::min(x0, x1);
        const double right_end = std::max(x0, x1);
        const int from = std::max(m_first, column(left_end));
        const int to = std::min(m_last, column(right_end));
        // Of a steep segment the pen's width, not the piece of the column, decides how dark it is, and its ink ends
        // where the segment ends.
        const bool steep = std::abs(slope) > 1;
        const double reach = steep ? m_half : m_half * stretch;
        SlantedInk ink{};
        ink.thickness = static_cast<float>(2 * m_half * stretch);
        ink.low = static_cast<float>(std::min(y0, y1) - reach);
        ink.high = static_cast<float>(std::max(y0, y1) + reach);
        for (int c = from; c <= to; ++c) {
            const double left = std::max(left_end, static_cast<double>(c));
            const double right = std::min(right_end, c + 1.0);
            if (right <= left || gap(c)) continue;
            ink.column = c - m_first;
            ink.from = static_cast<float>(y0 + slope * (left - x0));
            ink.to = static_cast<float>(y0 + slope * (right - x0));
            const double width = right - left;
            ink.share = static_cast<float>(steep ? std::max(width, std::min(1.0, 2 * m_half)) : width);
            m_ink.slants.push_back(ink);
            touch(c);
        }
    }

    bool shows(int column) const { return column >= m_first && column <= m_last; }

    int of_strip(int column) const { return column - m_first; }

    /// The column of a place; std::floor is a call on plain x86-64.
    static int column(double x) {
        const int truncated = static_cast<int>(x);
        return truncated - (x < truncated ? 1 : 0);
    }

    /// Pieces of slanted lines are blended in the order of columns: before the next stretch, which may begin anywhere.
    void end_stretch() {
        if (!m_ink.slants.empty()) finish();
    }

    void finish() {
        if (m_from > m_to) return;
        blend(m_from - m_first, m_to - m_first);
        m_ink.slants.clear();
        m_from = m_last + 1;
        m_to = m_first - 1;
    }

private:
    static constexpr auto far_below = static_cast<float>(far_away);
    static constexpr auto far_above = static_cast<float>(-far_away);

    /// Between two heights in one column of the strip; no ink where it is a gap between dashes.
    void span(int c, double low, double high) {
        if (gap(c)) return;
        const auto i = static_cast<std::size_t>(c - m_first);
        const auto top = static_cast<float>(low - m_half);
        const auto bottom = static_cast<float>(high + m_half);
        float& known_top = m_ink.low[i];
        float& known_bottom = m_ink.high[i];
        // Another stretch of the curve, far from the one that is there: what lies between them is not inked.
        if (known_top < known_bottom && (top > known_bottom || bottom < known_top)) blend(c - m_first, c - m_first);
        known_top = std::min(known_top, top);
        known_bottom = std::max(known_bottom, bottom);
        touch(c);
    }

    void touch(int c) {
        m_from = std::min(m_from, c);
        m_to = std::max(m_to, c);
    }

    bool gap(int c) const { return m_dashed && m_gap[static_cast<std::size_t>(c - m_first)] != 0; }

    /// Columns of the strip; their spans are empty afterwards.
    void blend(int from, int to) {
        m_blender.blend(m_ink, from, to, m_line->color, m_line->opacity);
        std::fill(m_ink.low.begin() + from, m_ink.low.begin() + to + 1, far_below);
        std::fill(m_ink.high.begin() + from, m_ink.high.begin() + to + 1, far_above);
    }

    ColumnBlender& m_blender;
    int m_first, m_last;
    const RasterLine* m_line = nullptr;
    double m_half = 0;
    StripInk m_ink;
    bool m_dashed = false;
    std::vector<quint8> m_gap;
    int m_from = 0, m_to = -1; ///< columns with ink
};

/// Buckets [first, last) whose neighbourhood touches the values between a and b.
std::pair<std::size_t, std::size_t> visible_buckets(const LineStretch& stretch, double a, double b) {
    const auto low = std::lower_bound(stretch.x_last.begin(), stretch.x_last.end(), std::min(a, b));
    const auto high = std::upper_bound(stretch.x_first.begin(), stretch.x_first.end(), std::max(a, b));
    auto first = static_cast<std::size_t>(low - stretch.x_last.begin());
    auto last = static_cast<std::size_t>(high - stretch.x_first.begin());
    if (first > 0) --first;
    if (last < stretch.size()) ++last;
    return {std::min(first, last), last};
}

/// Buckets first to last − 1 of a stretch, from the left of the screen to the right (backwards where the axis is
/// reversed), so that every column is gathered once. Neighbours that are farther apart than `slanted_from` are joined
/// by slanted lines.
template <bool backwards>
class StretchWalk {
public:
    StretchWalk(CurvePen& pen, const LineStretch& stretch, const PixelMap& x, const PixelMap& y,
                std::span<const double> edges)
        : m_pen(pen), m_stretch(stretch), m_x(x), m_y(y), m_edges(edges) {}

    void draw(std::size_t first, std::size_t last) {
        const PixelMap x = m_x; // a copy: the compiler knows that nothing writes to it
        m_pen.set_origin(x(m_stretch.x_first.front()));
        const double* const x_enter = (backwards ? m_stretch.x_last : m_stretch.x_first).data();
        const double* const x_leave = (backwards ? m_stretch.x_first : m_stretch.x_last).data();
        const float* const y_enter = (backwards ? m_stretch.last : m_stretch.first).data();
        const float* const y_leave = (backwards ? m_stretch.first : m_stretch.last).data();
        const auto index = [&](std::size_t k) { return backwards ? last - 1 - (k - first) : k; };
        double former_x = 0; ///< where the last bucket was left
        float former = 0;
        bool slanted_before = false;
        double x0 = x(x_enter[index(first)]);
        for (std::size_t k = first; k < last; ++k) {
            std::size_t i = index(k);
            const bool instant = x_enter[i] == x_leave[i];
            double x1 = instant ? x0 : x(x_leave[i]);
            const int from = CurvePen::column(x0);
            const int to = CurvePen::column(x1);
            if (k > first) connect(slanted_before, former_x, former, x0, y_enter[i], from, to);
            bool joint = false;
            if (from == to) {
                gather(from, i);
                const std::size_t begin = k;
                if (m_pen.shows(from)) {
                    // Buckets that lie in this column as a whole need no place of their own.
                    const double edge = m_edges[static_cast<std::size_t>(m_pen.of_strip(from) + 1)];
                    while (k + 1 < last && (backwards ? x_leave[index(k + 1)] > edge : x_leave[index(k + 1)] < edge))
                        ++k;
                    if (k != begin) {
                        merge(std::min(index(begin + 1), index(k)), k - begin);
                        i = index(k);
                        x1 = x(x_leave[i]);
                    }
                }
                joint = k == begin && instant && m_gathered == 1 && m_stretch.min[i] == m_stretch.max[i];
            } else {
                leave_column();
                m_pen.box(from, to, height(m_stretch.max[i]), height(m_stretch.min[i]));
            }
            const bool more = k + 1 < last;
            const double next_x0 = more ? x(x_enter[index(k + 1)]) : x1;
            const bool slanted_after = more && next_x0 - x1 > slanted_from;
            // A single point between slanted lines has no ink of its own.
            if (joint && (slanted_before || slanted_after) && (slanted_before || k == first) &&
                (slanted_after || !more))
                m_gathered = 0;
            former_x = x1;
            former = y_leave[i];
            slanted_before = slanted_after;
            x0 = next_x0;
        }
        leave_column();
        m_pen.end_stretch();
    }

private:
    double height(float value) const { return m_y(static_cast<double>(value)); }

    /// From where the last bucket was left to the next one, which lies in the columns `from` to `to`.
    void connect(bool slanted, double x0, float former, double x1, float next, int from, int to) {
        if (slanted) {
            leave_column();
            m_pen.segment(x0, height(former), x1, height(next));
            return;
        }
        const int left = CurvePen::column(x0);
        if (left == from) return;
        const double y0 = height(former), y1 = height(next);
        if (m_gathered > 0 && m_column == left && from == left + 1 && from == to) {
            // The usual case: both columns reach to where the line crosses their common edge.
            const double crossing = y0 + (y1 - y0) * ((from - x0) / (x1 - x0));
            reach(crossing);
            leave_column();
            reach(crossing);
            return;
        }
        leave_column();
        m_pen.step(x0, y0, x1, y1);
    }

    void gather(int column, std::size_t i) {
        if (m_gathered == 0 || m_column != column) {
            if (m_gathered > 0) leave_column();
            m_column = column;
            m_smallest = m_stretch.min[i];
            m_largest = m_stretch.max[i];
            m_gathered = 1;
        } else {
            merge(i, 1);
        }
    }

    void merge(std::size_t begin, std::size_t count) {
        const float* const min = m_stretch.min.data() + begin;
        const float* const max = m_stretch.max.data() + begin;
        float smallest = m_smallest, largest = m_largest;
        for (std::size_t i = 0; i < count; ++i) {
            smallest = std::min(smallest, min[i]);
            largest = std::max(largest, max[i]);
        }
        m_smallest = smallest;
        m_largest = largest;
        m_gathered += count;
    }

    void reach(double y) {
        m_top = std::min(m_top, y);
        m_bottom = std::max(m_bottom, y);
    }

    /// Extremes are mapped to heights only once a column is complete.
    void leave_column() {
        if (m_gathered > 0) {
            reach(height(m_largest));
            reach(height(m_smallest));
            m_pen.box(m_column, m_column, m_top, m_bottom);
        }
        m_gathered = 0;
        m_top = far_away;
        m_bottom = -far_away;
    }

    CurvePen& m_pen;
    const LineStretch& m_stretch;
    const PixelMap& m_x;
    const PixelMap& m_y;
    std::span<const double> m_edges; ///< values at the edges of the strip's columns
    int m_column = 0;                ///< that is being gathered
    std::size_t m_gathered = 0;      ///< buckets in it
    float m_smallest = 0, m_largest = 0;
    double m_top = far_away, m_bottom = -far_away; ///< heights that it reaches, besides those of the extremes
};

/// The area between the smallest and the largest values of buckets first to last − 1, from the left to the right.
void draw_area(CurvePen& pen, const LineStretch& stretch, std::size_t first, std::size_t last, const PixelMap& x,
               const PixelMap& y) {
    double left = 0, left_top = 0, left_bottom = 0; // where the last bucket was left
    for (std::size_t k = first; k < last; ++k) {
        const std::size_t i = x.falling() ? last - 1 - (k - first) : k;
        const double a = y(static_cast<double>(stretch.max[i])), b = y(static_cast<double>(stretch.min[i]));
        const double top = std::min(a, b), bottom = std::max(a, b);
        const double x0 = x(x.falling() ? stretch.x_last[i] : stretch.x_first[i]);
        const double x1 = x(x.falling() ? stretch.x_first[i] : stretch.x_last[i]);
        if (k > first) pen.between(left, left_top, left_bottom, x0, top, bottom);
        pen.box(CurvePen::column(x0), CurvePen::column(x1), top, bottom);
        left = x1;
        left_top = top;
        left_bottom = bottom;
    }
}

/// Columns of a strip into rows of the image, by blocks that fit the nearest cache.
void transpose(const ColumnBlender& strip, int width, int height, quint32* rows, std::ptrdiff_t stride) {
    constexpr int block = 16;
    for (int x0 = 0; x0 < width; x0 += block)
        for (int y0 = 0; y0 < height; y0 += block)
            for (int y = y0; y < std::min(height, y0 + block); ++y) {
                quint32* row = rows + y * stride;
                for (int x = x0; x < std::min(width, x0 + block); ++x)
                    row[x] = strip.column(x)[y];
            }
}

} // namespace

bool RasterLine::same_look(const RasterLine& other) const {
    return color == other.color && opacity == other.opacity && width == other.width && dash == other.dash &&
           dot_opacity == other.dot_opacity && area == other.area && y.has_value() == other.y.has_value();
}

QImage draw_lines(QSize size, const AxisTransform& x, const AxisTransform& y, std::span<const RasterLine> lines,
                  QThreadPool* helpers, const std::stop_token& stop) {
    if (size.width() <= 0 || size.height() <= 0) return {};
    const int width = size.width();
    const int height = size.height();
    QImage image(size, QImage::Format_ARGB32_Premultiplied);
    auto* rows = reinterpret_cast<quint32*>(image.bits());
    const auto stride =
        static_cast<std::ptrdiff_t>(image.bytesPerLine()) / static_cast<std::ptrdiff_t>(sizeof(quint32));
    const PixelMap map_x(x);
    const int strips = (width + strip_width - 1) / strip_width;
    std::atomic<int> next_strip = 0;

    const auto draw_strips = [&] {
        ColumnBlender blender(strip_width, height);
        std::vector<double> edges(strip_width + 1);
        for (int strip = next_strip++; strip < strips; strip = next_strip++) {
            const int from = strip * strip_width;
            const int columns = std::min(strip_width, width - from);
            blender.clear();
            CurvePen pen(blender, from, columns);
            for (int column = 0; column <= columns; ++column)
                edges[static_cast<std::size_t>(column)] = x.value(from + column);
            for (const RasterLine& line : lines) {
                if (stop.stop_requested()) return;
                if (!line.stretches) continue;
                pen.begin(line);
                const PixelMap map_y(line.y ? *line.y : y);
                // A few columns more than the strip: a wide pen reaches over its edges.
                const double a = x.value(from - 2 - line.width);
                const double b = x.value(from + columns + 2 + line.width);
                for (const LineStretch& stretch : *line.stretches) {
                    if (stretch.size() == 0) continue;
                    auto [first, last] = visible_buckets(stretch, a, b);
                    while (first < last && !map_x.shows(stretch.x_first[first]))
                        ++first;
                    if (first == last) continue;
                    if (line.area)
                        draw_area(pen, stretch, first, last, map_x, map_y);
                    else if (map_x.falling())
                        StretchWalk<true>(pen, stretch, map_x, map_y, edges).draw(first, last);
                    else
                        StretchWalk<false>(pen, stretch, map_x, map_y, edges).draw(first, last);
                }
                pen.finish();
            }
            transpose(blender, columns, height, rows + from, stride);
        }
    };

    QSemaphore done;
    int started = 0;
    while (helpers && started + 1 < strips && helpers->tryStart([&draw_strips, &done] {
        draw_strips();
        done.release();
    }))
        ++started;
    draw_strips();
    done.acquire(started);
    if (stop.stop_requested()) return {};
    return image;
}

} // namespace isoloss
