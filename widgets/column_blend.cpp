#include "widgets/column_blend.h"

#include <algorithm>
#include <cmath>

#if defined(__GNUC__) && defined(__x86_64__)
#define ISOLOSS_AVX2
#include <immintrin.h>
#endif

namespace isoloss {

namespace {

constexpr int lanes = 8;

/// A colour at its opacity, premultiplied.
struct Paint {
    quint32 full; ///< where it covers a pixel wholly
    quint32 keep; ///< of 256: what then stays of the ground
};

quint32 keep_under(quint32 source) {
    const quint32 alpha = source >> 24;
    return 256 - (alpha + (alpha >> 7));
}

Paint paint_of(QRgb color, double opacity) {
    const double alpha = std::clamp(opacity, 0.0, 1.0);
    const auto byte = [alpha](double channel) { return static_cast<quint32>(channel * alpha + 0.5); };
    const quint32 full = byte(255) << 24 | byte(qRed(color)) << 16 | byte(qGreen(color)) << 8 | byte(qBlue(color));
    return {full, keep_under(full)};
}

quint32 over(quint32 ground, quint32 source, quint32 keep) {
    const quint32 red_blue = (((ground & 0x00ff00ffU) * keep) >> 8) & 0x00ff00ffU;
    const quint32 alpha_green = (((ground >> 8) & 0x00ff00ffU) * keep) & 0xff00ff00U;
    return source + (red_blue | alpha_green);
}

void blend_pixel(quint32& pixel, float coverage, const Paint& paint) {
    const auto weight = static_cast<quint32>(coverage * 256.0F + 0.5F);
    const quint32 red_blue = (((paint.full & 0x00ff00ffU) * weight + 0x00800080U) >> 8) & 0x00ff00ffU;
    const quint32 alpha_green = (((paint.full >> 8) & 0x00ff00ffU) * weight + 0x00800080U) & 0xff00ff00U;
    const quint32 source = red_blue | alpha_green;
    pixel = over(pixel, source, keep_under(source));
}

/// How much of the box that a slanted line's vertical section moves over lies above y: the integral of the overlap of
/// two centred boxes of lengths a ≥ b > 0, a trapezoid with a plateau b/a high between two ramps.
struct Trapezoid {
    float outer, inner, b, height, ramp;

    Trapezoid(float a, float width)
        : outer((a + width) / 2), inner((a - width) / 2), b(width), height(width / a), ramp(1 / (2 * a)) {}

    float above(float y) const {
        const float rise = std::clamp(y + outer, 0.0F, b);
        const float fall = std::clamp(outer - y, 0.0F, b);
        return (rise * rise - fall * fall) * ramp + std::clamp(y, -inner, inner) * height;
    }
};

/// Rows of a column that a piece of slanted line inks, and how.
struct Slant {
    float first, end, middle, scale;
    Trapezoid shape;
    int top, bottom;

    Slant(const SlantedInk& ink, int rows)
        : first(0), end(0), middle((ink.from + ink.to) / 2), scale(0), shape(1, 1), top(0), bottom(0) {
        const float travel = std::abs(ink.to - ink.from);
        const float reach = (travel + ink.thickness) / 2;
        first = std::max(std::max(0.0F, middle - reach), ink.low);
        end = std::min(std::min(static_cast<float>(rows), middle + reach), ink.high);
        if (!(first < end)) return;
        // Overlap of a box of the thickness with one of the travel; a level line is the box alone.
        const float a = std::max(std::max(travel, ink.thickness), 1e-3F);
        const float b = std::max(std::min(travel, ink.thickness), 1e-3F);
        shape = Trapezoid(a, b);
        scale = ink.share * ink.thickness / b;
        top = static_cast<int>(first);
        bottom = std::min(rows, static_cast<int>(end) + 1);
    }

    bool empty() const { return bottom <= top; }
};

struct PlainCode {
    static void fill(quint32* pixels, int count, const Paint& paint) {
        for (int i = 0; i < count; ++i)
            pixels[i] = over(pixels[i], paint.full, paint.keep);
    }

    static void cover(quint32* pixels, float* coverage, int count, const Paint& paint) {
        for (int i = 0; i < count; ++i) {
            blend_pixel(pixels[i], std::min(coverage[i], 1.0F), paint);
            coverage[i] = 0;
        }
    }

    static void add_slant(float* coverage, const Slant& slant) {
        const auto at = [&slant](int y) {
            return slant.shape.above(std::clamp(static_cast<float>(y), slant.first, slant.end) - slant.middle);
        };
        for (int y = slant.top; y < slant.bottom; ++y)
            coverage[y] += (at(y + 1) - at(y)) * slant.scale;
    }
};

#ifdef ISOLOSS_AVX2
#define AVX2_CODE __attribute__((target("avx2")))

struct Avx2Code {
    /// Eight ground pixels times `keep` of 256, as 16-bit channels.
    AVX2_CODE static __m256i kept(__m256i ground, __m256i keep) {
        const __m256i low_bytes = _mm256_set1_epi32(0x00ff00ff);
        const __m256i red_blue = _mm256_srli_epi16(_mm256_mullo_epi16(_mm256_and_si256(ground, low_bytes), keep), 8);
        const __m256i alpha_green = _mm256_mullo_epi16(_mm256_srli_epi16(ground, 8), keep);
        return _mm256_or_si256(red_blue, _mm256_andnot_si256(low_bytes, alpha_green));
    }

    AVX2_CODE static __m256i load(const quint32* pixels) {
        return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(pixels));
    }

    AVX2_CODE static void store(quint32* pixels, __m256i values) {
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(pixels), values);
    }

    /// All bits in the first `count` lanes.
    AVX2_CODE static __m256i first_lanes(int count) {
        return _mm256_cmpgt_epi32(_mm256_set1_epi32(count), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
    }

    /// A number below 2¹⁶ of each pixel for both 16-bit halves of it.
    AVX2_CODE static __m256i twice(__m256i number) { return _mm256_or_si256(number, _mm256_slli_epi32(number, 16)); }

    AVX2_CODE static void fill(quint32* pixels, int count, const Paint& paint) {
        const __m256i full = _mm256_set1_epi32(static_cast<int>(paint.full));
        const __m256i keep = _mm256_set1_epi16(static_cast<short>(paint.keep));
        int i = 0;
        for (; i + lanes <= count; i += lanes)
            store(pixels + i, _mm256_add_epi32(full, kept(load(pixels + i), keep)));
        if (i >= count) return;
        const __m256i ground = load(pixels + i);
        const __m256i inked = _mm256_add_epi32(full, kept(ground, keep));
        store(pixels + i, _mm256_blendv_epi8(ground, inked, first_lanes(count - i)));
    }

    AVX2_CODE static void cover(quint32* pixels, float* coverage, int count, const Paint& paint) {
        const __m256i low_bytes = _mm256_set1_epi32(0x00ff00ff);
        const __m256i half = _mm256_set1_epi32(0x00800080);
        const __m256i full = _mm256_set1_epi32(static_cast<int>(paint.full));
        const __m256i full_red_blue = _mm256_and_si256(full, low_bytes);
        const __m256i full_alpha_green = _mm256_and_si256(_mm256_srli_epi32(full, 8), low_bytes);
        for (int i = 0; i < count; i += lanes) {
            // Lanes beyond the count have no coverage: they keep what they are.
            const __m256 covered = _mm256_min_ps(_mm256_loadu_ps(coverage + i), _mm256_set1_ps(1));
            const __m256 scaled = _mm256_add_ps(_mm256_mul_ps(covered, _mm256_set1_ps(256)), _mm256_set1_ps(0.5F));
            const __m256i weight = twice(_mm256_cvttps_epi32(scaled));
            const __m256i red_blue =
                _mm256_srli_epi16(_mm256_add_epi16(_mm256_mullo_epi16(full_red_blue, weight), half), 8);
            const __m256i alpha_green =
                _mm256_andnot_si256(low_bytes, _mm256_add_epi16(_mm256_mullo_epi16(full_alpha_green, weight), half));
            const __m256i source = _mm256_or_si256(red_blue, alpha_green);
            const __m256i alpha = _mm256_srli_epi32(source, 24);
            const __m256i keep =
                twice(_mm256_sub_epi32(_mm256_set1_epi32(256), _mm256_add_epi32(alpha, _mm256_srli_epi32(alpha, 7))));
            store(pixels + i, _mm256_add_epi32(source, kept(load(pixels + i), keep)));
            _mm256_storeu_ps(coverage + i, _mm256_setzero_ps());
        }
    }

    AVX2_CODE static __m256 clamped(__m256 value, float low, float high) {
        return _mm256_min_ps(_mm256_max_ps(value, _mm256_set1_ps(low)), _mm256_set1_ps(high));
    }

    AVX2_CODE static __m256 above(const Trapezoid& shape, __m256 y) {
        const __m256 outer = _mm256_set1_ps(shape.outer);
        const __m256 rise = clamped(_mm256_add_ps(y, outer), 0, shape.b);
        const __m256 fall = clamped(_mm256_sub_ps(outer, y), 0, shape.b);
        const __m256 ramps = _mm256_mul_ps(_mm256_sub_ps(_mm256_mul_ps(rise, rise), _mm256_mul_ps(fall, fall)),
                                           _mm256_set1_ps(shape.ramp));
        const __m256 plateau = clamped(y, -shape.inner, shape.inner);
        return _mm256_add_ps(ramps, _mm256_mul_ps(plateau, _mm256_set1_ps(shape.height)));
    }

    AVX2_CODE static __m256 above(const Slant& slant, __m256 y) {
        return above(slant.shape, _mm256_sub_ps(clamped(y, slant.first, slant.end), _mm256_set1_ps(slant.middle)));
    }

    AVX2_CODE static void add_slant(float* coverage, const Slant& slant) {
        for (int row = slant.top; row < slant.bottom; row += lanes) {
            const __m256 y =
                _mm256_cvtepi32_ps(_mm256_add_epi32(_mm256_set1_epi32(row), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7)));
            const __m256 inked = _mm256_sub_ps(above(slant, _mm256_add_ps(y, _mm256_set1_ps(1))), above(slant, y));
            const __m256 sum =
                _mm256_add_ps(_mm256_loadu_ps(coverage + row), _mm256_mul_ps(inked, _mm256_set1_ps(slant.scale)));
            _mm256_storeu_ps(coverage + row, sum);
        }
    }
};

#undef AVX2_CODE
#endif

/// The ink of one column. Reads and writes up to `lanes` − 1 pixels beyond it, which stay what they are.
template <typename Code>
struct ColumnInk {
    quint32* pixels;
    float* coverage;
    int height;
    Paint paint;

    void span(float low, float high) const {
        low = std::max(low, 0.0F);
        high = std::min(high, static_cast<float>(height));
        if (!(low < high)) return;
        const int first = static_cast<int>(low);
        const int last = std::min(height - 1, static_cast<int>(high));
        if (first == last) {
            blend_pixel(pixels[first], high - low, paint);
            return;
        }
        blend_pixel(pixels[first], static_cast<float>(first + 1) - low, paint);
        Code::fill(pixels + first + 1, last - first - 1, paint);
        blend_pixel(pixels[last], high - static_cast<float>(last), paint);
    }

    void with_slants(const SlantedInk* begin, const SlantedInk* end, float low, float high) const {
        int top = height, bottom = 0;
        for (const SlantedInk* ink = begin; ink != end; ++ink) {
            const Slant slant(*ink, height);
            if (slant.empty()) continue;
            Code::add_slant(coverage, slant);
            top = std::min(top, slant.top);
            bottom = std::max(bottom, slant.bottom);
        }
        low = std::max(low, 0.0F);
        high = std::min(high, static_cast<float>(height));
        if (low < high) {
            const int first = static_cast<int>(low);
            const int last = std::min(height - 1, static_cast<int>(high));
            for (int y = first; y <= last; ++y) {
                const float covered = std::min(high, static_cast<float>(y + 1)) - std::max(low, static_cast<float>(y));
                coverage[y] = std::max(coverage[y], covered);
            }
            top = std::min(top, first);
            bottom = std::max(bottom, last + 1);
        }
        if (top < bottom) Code::cover(pixels + top, coverage + top, bottom - top, paint);
    }
};

template <typename Code>
void blend_strip(quint32* pixels, float* coverage, int height, const StripInk& ink, int first, int last,
                 const Paint& paint) {
    const SlantedInk* slant = ink.slants.data();
    const SlantedInk* const slants_end = slant + ink.slants.size();
    for (int c = first; c <= last; ++c) {
        const SlantedInk* const begin = slant;
        while (slant != slants_end && slant->column == c)
            ++slant;
        const auto i = static_cast<std::size_t>(c);
        const ColumnInk<Code> column{pixels + static_cast<std::ptrdiff_t>(c) * height, coverage, height, paint};
        if (begin == slant)
            column.span(ink.low[i], ink.high[i]);
        else
            column.with_slants(begin, slant, ink.low[i], ink.high[i]);
    }
}

} // namespace

ColumnBlender::ColumnBlender(int columns, int height, Code code)
    : m_height(height), m_vectors(false),
      m_pixels(static_cast<std::size_t>(columns) * static_cast<std::size_t>(height) + lanes),
      m_coverage(static_cast<std::size_t>(height) + lanes) {
#ifdef ISOLOSS_AVX2
    m_vectors = code == Code::best && __builtin_cpu_supports("avx2");
#else
    Q_UNUSED(code)
#endif
}

void ColumnBlender::clear() {
    std::fill(m_pixels.begin(), m_pixels.end(), 0U);
}

void ColumnBlender::blend(const StripInk& ink, int first, int last, QRgb color, double opacity) {
    const Paint paint = paint_of(color, opacity);
#ifdef ISOLOSS_AVX2
    if (m_vectors) {
        blend_strip<Avx2Code>(m_pixels.data(), m_coverage.data(), m_height, ink, first, last, paint);
        return;
    }
#endif
    blend_strip<PlainCode>(m_pixels.data(), m_coverage.data(), m_height, ink, first, last, paint);
}

} // namespace isoloss
