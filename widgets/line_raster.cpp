#include "widgets/line_raster.h"

#include "widgets/column_blend.h"

#include <QSemaphore>
#include <QThread>
#include <QThreadPool>
#include <algorithm>
#include <cmath>

namespace isoloss {

namespace {

constexpr double far_away = 1e9; ///< pixels beyond which a place does not matter

/// Values of one axis to pixels. What a logarithmic axis cannot show lies far below.
class PixelMap {
public:
    explicit PixelMap(const AxisTransform& axis) : m_axis(axis) {}

    double operator()(double value) const {
        if (m_axis.scale() == AxisScale::linear) return bounded(m_axis.offset() + value * m_axis.factor());
        if (m_axis.scale() == AxisScale::log && value <= 0) return falling() ? far_away : -far_away;
        return bounded(m_axis.position(value));
    }

    bool falling() const { return m_axis.factor() < 0; }

    bool shows(double value) const { return m_axis.scale() != AxisScale::log || value > 0; }

private:
    static double bounded(double position) { return std::clamp(position, -far_away, far_away); }

    const AxisTransform& m_axis;
};

/// Draws one curve into a strip of columns, left to right; ink of one column is gathered until the next one begins.
class CurvePen {
public:
    CurvePen(ColumnBlender& blender, const RasterLine& line, int first_column, int last_column)
        : m_blender(blender), m_first(first_column), m_last(last_column), m_half(line.width / 2),
          m_dash(line.dash.begin(), line.dash.end()) {
        for (qreal& length : m_dash)
            length *= std::max(1.0, line.width);
        for (const qreal length : m_dash)
            m_period += length;
    }

    /// Dashes are counted along x from here: they keep their place on the curve while it moves.
    void set_origin(double x) { m_origin = x; }

    /// A bucket: everything between two pixel columns and two heights.
    void box(double x0, double x1, double y0, double y1) {
        const int from = std::max(m_first, column(std::min(x0, x1)));
        const int to = std::min(m_last, column(std::max(x0, x1)));
        const double low = std::min(y0, y1) - m_half;
        const double high = std::max(y0, y1) + m_half;
        for (int c = from; c <= to; ++c)
            span(c, low, high);
    }

    /// A connection between dense buckets: per column the heights that it passes.
    void step(double x0, double y0, double x1, double y1) {
        if (x0 > x1) {
            std::swap(x0, x1);
            std::swap(y0, y1);
        }
        const int from = std::max(m_first, column(x0));
        const int to = std::min(m_last, column(x1));
        const double slope = x1 > x0 ? (y1 - y0) / (x1 - x0) : 0;
        for (int c = from; c <= to; ++c) {
            const double left = std::max(x0, static_cast<double>(c));
            const double right = std::min(x1, c + 1.0);
            const double a = x1 > x0 ? y0 + slope * (left - x0) : y0;
            const double b = x1 > x0 ? y0 + slope * (right - x0) : y1;
            span(c, std::min(a, b) - m_half, std::max(a, b) + m_half);
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
        const double dx = x1 - x0;
        const double dy = y1 - y0;
        if (std::abs(dx) < 1e-3) {
            box(x0, x0, y0, y1);
            return;
        }
        const double slope = dy / dx;
        const double stretch = std::sqrt(1 + slope * slope);
        const double left_end = std::min(x0, x1);
        const double right_end = std::max(x0, x1);
        const int from = std::max(m_first, column(left_end));
        const int to = std::min(m_last, column(right_end));
        for (int c = from; c <= to; ++c) {
            const double left = std::max(left_end, static_cast<double>(c));
            const double right = std::min(right_end, c + 1.0);
            if (right <= left) continue;
            if (gap_at(c)) continue;
            move_to(c);
            const double from_y = y0 + slope * (left - x0);
            const double to_y = y0 + slope * (right - x0);
            // Of a steep segment the pen's width, not the piece of the column, decides how dark it is, and its ink
            // ends where the segment ends.
            const bool steep = std::abs(slope) > 1;
            const double share = steep ? std::max(right - left, std::min(1.0, 2 * m_half)) : right - left;
            const double reach = steep ? m_half : m_half * stretch;
            m_blender.slant({static_cast<float>(from_y), static_cast<float>(to_y),
                             static_cast<float>(2 * m_half * stretch), static_cast<float>(share),
                             static_cast<float>(std::min(y0, y1) - reach),
                             static_cast<float>(std::max(y0, y1) + reach)});
        }
    }

    /// A bucket inside one column.
    void inside(int c, double low, double high) {
        if (c >= m_first && c <= m_last) span(c, low - m_half, high + m_half);
    }

    /// The column of a place; std::floor is a call on plain x86-64.
    static int column(double x) {
        const int truncated = static_cast<int>(x);
        return truncated - (x < truncated ? 1 : 0);
    }

    void finish() {
        flush();
        m_column = no_column;
    }

private:
    static constexpr int no_column = -1;

    void span(int c, double low, double high) {
        if (gap_at(c)) return;
        move_to(c);
        m_low = std::min(m_low, low);
        m_high = std::max(m_high, high);
    }

    void move_to(int c) {
        if (c == m_column) return;
        flush();
        m_column = c;
        m_blender.begin(c);
    }

    void flush() {
        if (m_column == no_column) return;
        m_blender.end(static_cast<float>(m_low), static_cast<float>(m_high));
        m_low = far_away;
        m_high = -far_away;
    }

    bool gap_at(int c) const {
        if (m_dash.empty()) return false;
        double rest = std::fmod(std::abs(c - m_origin), m_period);
        bool gap = false;
        for (const qreal length : m_dash) {
            if (rest < length) return gap;
            rest -= length;
            gap = !gap;
        }
        return gap;
    }

    ColumnBlender& m_blender;
    int m_first, m_last;
    double m_half;
    std::vector<qreal> m_dash;
    double m_period = 0;
    double m_origin = 0;
    int m_column = no_column;
    double m_low = far_away;
    double m_high = -far_away;
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

/// Buckets first to last − 1, from the left of the screen to the right (backwards where the axis is reversed), so that
/// every column is gathered once.
void draw_stretch(CurvePen& pen, const LineStretch& stretch, std::size_t first, std::size_t last, const PixelMap& x,
                  const PixelMap& y) {
    const auto height = [&y](double value) { return y(static_cast<double>(value)); };
    pen.set_origin(x(stretch.x_first.front()));
    const double extent = std::abs(x(stretch.x_last[last - 1]) - x(stretch.x_first[first]));
    const bool sparse = static_cast<double>(last - first) < extent / 2;
    const bool backwards = x.falling();
    const auto& x_enter = backwards ? stretch.x_last : stretch.x_first;
    const auto& x_leave = backwards ? stretch.x_first : stretch.x_last;
    const auto& y_enter = backwards ? stretch.last : stretch.first;
    const auto& y_leave = backwards ? stretch.first : stretch.last;
    double previous_x = 0;
    float previous = 0; ///< value where the last bucket was left; its height is seldom needed
    for (std::size_t k = first; k < last; ++k) {
        const std::size_t i = backwards ? last - 1 - (k - first) : k;
        const double x0 = x(x_enter[i]);
        const double x1 = x(x_leave[i]);
        const double top = height(stretch.max[i]);
        const double bottom = height(stretch.min[i]);
        const bool connected = k > first;
        const int column = CurvePen::column(x0);
        if (!sparse && column == CurvePen::column(x1) && (!connected || column == CurvePen::column(previous_x))) {
            pen.inside(column, std::min(top, bottom), std::max(top, bottom));
        } else {
            if (connected && sparse)
                pen.segment(previous_x, height(previous), x0, height(y_enter[i]));
            else if (connected)
                pen.step(previous_x, height(previous), x0, height(y_enter[i]));
            const bool single = stretch.x_first[i] == stretch.x_last[i] && stretch.min[i] == stretch.max[i];
            if (!sparse || !single || last - first == 1) pen.box(x0, x1, bottom, top);
        }
        previous_x = x1;
        previous = y_leave[i];
    }
    pen.finish();
}

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
        pen.box(x0, x1, top, bottom);
        left = x1;
        left_top = top;
        left_bottom = bottom;
    }
    pen.finish();
}

/// Columns [from, to) into rows of the image, by blocks that fit the cache.
void transpose(const quint32* columns, int from, int to, int height, quint32* rows, std::ptrdiff_t stride) {
    constexpr int block = 16;
    for (int x0 = from; x0 < to; x0 += block)
        for (int y0 = 0; y0 < height; y0 += block)
            for (int y = y0; y < std::min(height, y0 + block); ++y) {
                quint32* row = rows + y * stride;
                for (int x = x0; x < std::min(to, x0 + block); ++x)
                    row[x] = columns[std::ptrdiff_t{x} * height + y];
            }
}

} // namespace

bool RasterLine::same_look(const RasterLine& other) const {
    return color == other.color && opacity == other.opacity && width == other.width && dash == other.dash &&
           dot_opacity == other.dot_opacity;
}

QImage LineRaster::draw(QSize size, const AxisTransform& x, const AxisTransform& y, std::span<const RasterLine> lines) {
    if (size.width() <= 0 || size.height() <= 0) return {};
    const int width = size.width();
    const int height = size.height();
    m_columns.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
    QImage image(size, QImage::Format_ARGB32_Premultiplied);
    auto* rows = reinterpret_cast<quint32*>(image.bits());
    const auto stride =
        static_cast<std::ptrdiff_t>(image.bytesPerLine()) / static_cast<std::ptrdiff_t>(sizeof(quint32));
    const PixelMap map_x(x);

    const auto draw_strip = [&](int from, int to) {
        quint32* columns = m_columns.data();
        std::fill(columns + static_cast<std::ptrdiff_t>(from) * height,
                  columns + static_cast<std::ptrdiff_t>(to) * height, 0U);
        for (const RasterLine& line : lines) {
            if (!line.stretches) continue;
            ColumnBlender blender(columns, height, line.color, line.opacity);
            CurvePen pen(blender, line, from, to - 1);
            const PixelMap map_y(line.y ? *line.y : y);
            // A few columns more than the strip: a wide pen reaches over its edges.
            const double a = x.value(from - 2 - line.width);
            const double b = x.value(to + 2 + line.width);
            for (const LineStretch& stretch : *line.stretches) {
                if (stretch.size() == 0) continue;
                auto [first, last] = visible_buckets(stretch, a, b);
                while (first < last && !map_x.shows(stretch.x_first[first]))
                    ++first;
                if (first < last) (line.area ? draw_area : draw_stretch)(pen, stretch, first, last, map_x, map_y);
            }
        }
        transpose(columns, from, to, height, rows, stride);
    };

    const int workers = std::clamp(std::min(QThread::idealThreadCount(), width / 200), 1, 8);
    QSemaphore done;
    int started = 0;
    for (int worker = 1; worker < workers; ++worker) {
        const int from = width * worker / workers;
        const int to = width * (worker + 1) / workers;
        const bool taken = QThreadPool::globalInstance()->tryStart([&draw_strip, &done, from, to] {
            draw_strip(from, to);
            done.release();
        });
        if (taken)
            ++started;
        else
            draw_strip(from, to);
    }
    draw_strip(0, width / workers);
    done.acquire(started);
    return image;
}

} // namespace isoloss
