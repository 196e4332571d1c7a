#pragma once

#include <QRgb>
#include <vector>

namespace isoloss {

/// A line through a part of a column. Heights in pixels, growing downwards.
struct SlantedInk {
    float from, to;  ///< heights at both sides of the part
    float thickness; ///< measured vertically
    float share;     ///< of the column's width, in (0, 1]
    float low, high; ///< there is no ink outside
};

/// Gathers the ink of one curve in one pixel column and blends it over what is there, premultiplied. Columns are
/// stored one after the other, `height` pixels each, top first.
class ColumnBlender {
public:
    ColumnBlender(quint32* columns, int height, QRgb color, double opacity);

    void begin(int column);

    /// Gathers the ink of a piece of a slanted line.
    void slant(const SlantedInk& ink);

    /// Blends the gathered ink together with the span [low, high) (none where high ≤ low).
    void end(float low, float high);

private:
    void blend(int y, float coverage);

    quint32* m_columns;
    quint32* m_column = nullptr;
    int m_height;
    float m_red, m_green, m_blue, m_opacity; ///< 0..255, opacity 0..1
    quint32 m_full;                          ///< premultiplied source at coverage 1
    quint32 m_keep;                          ///< of 256: what stays of the ground under it
    std::vector<float> m_coverage;           ///< gathered by slant(), zero outside [m_top, m_bottom)
    int m_top, m_bottom;
};

} // namespace isoloss
