#pragma once

#include <QRgb>
#include <vector>

namespace isoloss {

/// A line through a part of a column. Heights in pixels, growing downwards.
struct SlantedInk {
    int column;      ///< of the strip
    float from, to;  ///< heights at both sides of the part
    float thickness; ///< measured vertically
    float share;     ///< of the column's width, in (0, 1]
    float low, high; ///< there is no ink outside
};

/// What one curve inks in a strip of columns: in each of them a span and pieces of slanted lines.
struct StripInk {
    std::vector<float> low, high;   ///< of every column's span; none where high ≤ low
    std::vector<SlantedInk> slants; ///< in the order of columns
};

/// A strip of pixel columns, stored one after the other, top first, premultiplied. Ink of one call never covers itself
/// twice. With AVX2 where the processor has it; plain code gives the same pixels.
class ColumnBlender {
public:
    enum class Code { best, plain };

    ColumnBlender(int columns, int height, Code code = Code::best);

    void clear();

    /// Blends the ink of columns [first, last] over what is there.
    void blend(const StripInk& ink, int first, int last, QRgb color, double opacity);

    const quint32* column(int index) const { return m_pixels.data() + offset(index); }

private:
    std::size_t offset(int column) const {
        return static_cast<std::size_t>(column) * static_cast<std::size_t>(m_height);
    }

    int m_height;
    bool m_vectors;
    std::vector<quint32> m_pixels;
    std::vector<float> m_coverage; ///< of one column, gathered from slants; zero between calls
};

} // namespace isoloss
