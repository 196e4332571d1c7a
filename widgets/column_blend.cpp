#include "widgets/column_blend.h"

#include <algorithm>
#include <cmath>

namespace isoloss {

namespace {

quint32 over(quint32 ground, quint32 source, quint32 keep) {
    const quint32 red_blue = (((ground & 0x00ff00ffU) * keep) >> 8) & 0x00ff00ffU;
    const quint32 alpha_green = (((ground >> 8) & 0x00ff00ffU) * keep) & 0xff00ff00U;
    return source + (red_blue | alpha_green);
}

#if defined(__GNUC__) && defined(__x86_64__)
/// The same loop, compiled for eight pixels at a time.
__attribute__((target("avx2"))) void fill_avx2(quint32* pixels, int count, quint32 source, quint32 keep) {
    for (int i = 0; i < count; ++i) {
        const quint32 ground = pixels[i];
        const quint32 red_blue = (((ground & 0x00ff00ffU) * keep) >> 8) & 0x00ff00ffU;
        const quint32 alpha_green = (((ground >> 8) & 0x00ff00ffU) * keep) & 0xff00ff00U;
        pixels[i] = source + (red_blue | alpha_green);
    }
}

bool has_avx2() {
    static const bool has = __builtin_cpu_supports("avx2");
    return has;
}
#endif

void fill(quint32* pixels, int count, quint32 source, quint32 keep) {
#if defined(__GNUC__) && defined(__x86_64__)
    if (count >= 8 && has_avx2()) {
        fill_avx2(pixels, count, source, keep);
        return;
    }
#endif
    for (int i = 0; i < count; ++i)
        pixels[i] = over(pixels[i], source, keep);
}

/// Integral from −∞ to y of the overlap of two centred boxes (lengths a ≥ b > 0), normalised by a: the coverage below
/// y of a line whose ends move over a box. The trapezoid's plateau is b/a high.
float trapezoid_integral(float y, float a, float b) {
    const float outer = (a + b) / 2;
    const float inner = (a - b) / 2;
    const float top = b / a;
    if (y <= -outer) return 0;
    if (y >= outer) return b;
    if (y < -inner) {
        const float t = y + outer;
        return t * t / (2 * a);
    }
    if (y <= inner) return b * b / (2 * a) + (y + inner) * top;
    const float t = outer - y;
    return b - t * t / (2 * a);
}

} // namespace

ColumnBlender::ColumnBlender(quint32* columns, int height, QRgb color, double opacity)
    : m_columns(columns), m_height(height), m_red(static_cast<float>(qRed(color))),
      m_green(static_cast<float>(qGreen(color))), m_blue(static_cast<float>(qBlue(color))),
      m_opacity(static_cast<float>(std::clamp(opacity, 0.0, 1.0))), m_top(height), m_bottom(0) {
    const auto byte = [this](float channel) { return static_cast<quint32>(channel * m_opacity + 0.5F); };
    m_full = byte(255) << 24 | byte(m_red) << 16 | byte(m_green) << 8 | byte(m_blue);
    const quint32 alpha = m_full >> 24;
    m_keep = 256 - (alpha + (alpha >> 7));
}

void ColumnBlender::begin(int column) {
    m_column = m_columns + static_cast<std::ptrdiff_t>(column) * m_height;
}

void ColumnBlender::slant(const SlantedInk& ink) {
    const float thickness = ink.thickness;
    const float travel = std::abs(ink.to - ink.from);
    const float middle = (ink.from + ink.to) / 2;
    const float reach = (travel + thickness) / 2;
    const auto limit = static_cast<float>(m_height);
    const float first = std::max({0.0F, middle - reach, ink.low});
    const float end = std::min({limit, middle + reach, ink.high});
    if (!(first < end)) return;
    const int top = static_cast<int>(first);
    const int bottom = std::min(m_height, static_cast<int>(end) + 1);
    if (m_coverage.empty()) m_coverage.assign(static_cast<std::size_t>(m_height), 0.0F);
    m_top = std::min(m_top, top);
    m_bottom = std::max(m_bottom, bottom);
    // Overlap of a box of `thickness` with one of `travel`; a level line is the box alone.
    const float a = std::max(std::max(travel, thickness), 1e-3F);
    const float b = std::max(std::min(travel, thickness), 1e-3F);
    const float scale = ink.share * thickness / b;
    float below = trapezoid_integral(first - middle, a, b);
    for (int y = top; y < bottom; ++y) {
        const float next = trapezoid_integral(std::min(end, static_cast<float>(y + 1)) - middle, a, b);
        m_coverage[static_cast<std::size_t>(y)] += (next - below) * scale;
        below = next;
    }
}

void ColumnBlender::end(float low, float high) {
    const bool slanted = m_bottom > m_top;
    low = std::max(low, 0.0F);
    high = std::min(high, static_cast<float>(m_height));
    if (!slanted) {
        if (high <= low) return;
        const int first = static_cast<int>(low);
        const int last = std::min(m_height - 1, static_cast<int>(high));
        if (first == last) {
            blend(first, high - low);
            return;
        }
        blend(first, static_cast<float>(first + 1) - low);
        fill(m_column + first + 1, last - first - 1, m_full, m_keep);
        blend(last, high - static_cast<float>(last));
        return;
    }
    if (high > low) {
        const int first = static_cast<int>(low);
        const int last = std::min(m_height - 1, static_cast<int>(high));
        for (int y = first; y <= last; ++y) {
            const float covered = std::min(high, static_cast<float>(y + 1)) - std::max(low, static_cast<float>(y));
            float& gathered = m_coverage[static_cast<std::size_t>(y)];
            gathered = std::max(gathered, covered);
        }
        m_top = std::min(m_top, first);
        m_bottom = std::max(m_bottom, last + 1);
    }
    for (int y = m_top; y < m_bottom; ++y) {
        float& gathered = m_coverage[static_cast<std::size_t>(y)];
        blend(y, std::min(gathered, 1.0F));
        gathered = 0;
    }
    m_top = m_height;
    m_bottom = 0;
}

void ColumnBlender::blend(int y, float coverage) {
    const float alpha = coverage * m_opacity;
    const auto byte = [alpha](float channel) { return static_cast<quint32>(channel * alpha + 0.5F); };
    const quint32 source = byte(255) << 24 | byte(m_red) << 16 | byte(m_green) << 8 | byte(m_blue);
    const quint32 opaque = source >> 24;
    m_column[y] = over(m_column[y], source, 256 - (opaque + (opaque >> 7)));
}

} // namespace isoloss
