#include "widgets/tabular_text.h"

#include <QFontMetricsF>
#include <QGlyphRun>
#include <QPainter>
#include <QRawFont>
#include <QVector>
#include <algorithm>
#include <map>
#include <unordered_map>

namespace isoloss {

namespace {

bool is_digit(QChar c) {
    return c >= QLatin1Char('0') && c <= QLatin1Char('9');
}

/// The characters of a font one by one, without shaping, which takes longer than all else where a number is drawn.
class TabularFont {
public:
    explicit TabularFont(const QFont& font) : m_raw(QRawFont::fromFont(font)) {
        for (char16_t digit = u'0'; digit <= u'9'; ++digit)
            m_digit_width = std::max(m_digit_width, glyph(QChar(digit)).advance);
    }

    /// Of the font that was asked for last; text is drawn with few fonts, and many times with each.
    static TabularFont& of(const QFont& font) {
        constexpr std::size_t most_fonts = 32;
        thread_local std::map<QString, TabularFont> fonts;
        thread_local QFont last_font;
        thread_local TabularFont* last = nullptr;
        if (last != nullptr && font == last_font) return *last; // making a key takes longer than placing a number
        const QString key = font.key();
        if (fonts.size() == most_fonts && !fonts.contains(key)) fonts.clear();
        last = &fonts.try_emplace(key, font).first->second;
        last_font = font;
        return *last;
    }

    const QRawFont& raw() const { return m_raw; }

    double digit_width() const { return m_digit_width; }

    struct Placed {
        QVector<quint32> glyphs;
        QVector<QPointF> positions; ///< from the start of the base line
        double width = 0;
        bool complete = true; ///< false: some characters are not in the font, or change with their neighbours
    };

    Placed place(const QString& text) {
        Placed placed;
        for (const QChar c : text) {
            const Glyph& of = glyph(c);
            placed.complete &= of.index != 0;
            const double room = is_digit(c) ? m_digit_width : of.advance;
            placed.glyphs << of.index;
            placed.positions << QPointF(placed.width + (room - of.advance) / 2, 0);
            placed.width += room;
        }
        return placed;
    }

private:
    struct Glyph {
        quint32 index = 0; ///< 0: none
        double advance = 0;
    };

    const Glyph& glyph(QChar c) {
        const auto found = m_glyphs.find(c.unicode());
        if (found != m_glyphs.end()) return found->second;
        Glyph made;
        const bool alone = !c.isSurrogate() && !c.isMark() && QChar::script(c.unicode()) <= QChar::Script_Cyrillic;
        const QVector<quint32> indices = alone ? m_raw.glyphIndexesForString(QString(c)) : QVector<quint32>();
        if (indices.size() == 1 && indices[0] != 0) {
            made.index = indices[0];
            const QVector<QPointF> advances = m_raw.advancesForGlyphIndexes(indices);
            if (!advances.isEmpty()) made.advance = advances[0].x();
        }
        return m_glyphs.emplace(c.unicode(), made).first->second;
    }

    QRawFont m_raw;
    double m_digit_width = 0;
    std::unordered_map<char16_t, Glyph> m_glyphs;
};

} // namespace

double tabular_width(const QFont& font, const QString& text) {
    const TabularFont::Placed placed = TabularFont::of(font).place(text);
    return placed.complete ? placed.width : QFontMetricsF(font).horizontalAdvance(text);
}

void draw_tabular(QPainter& painter, const QRectF& rect, Qt::Alignment alignment, const QString& text) {
    TabularFont& font = TabularFont::of(painter.font());
    const TabularFont::Placed placed = font.place(text);
    if (!placed.complete) {
        painter.drawText(rect, static_cast<int>(alignment) | Qt::TextSingleLine | Qt::TextDontClip, text);
        return;
    }
    double x = rect.left();
    if (alignment & Qt::AlignRight)
        x = rect.right() - placed.width;
    else if (alignment & Qt::AlignHCenter)
        x = rect.center().x() - placed.width / 2;
    const double ascent = font.raw().ascent(), descent = font.raw().descent();
    double y = rect.top() + ascent;
    if (alignment & Qt::AlignBottom)
        y = rect.bottom() - descent;
    else if (alignment & Qt::AlignVCenter)
        y = rect.center().y() + (ascent - descent) / 2;
    QGlyphRun run;
    run.setRawFont(font.raw());
    run.setGlyphIndexes(placed.glyphs);
    run.setPositions(placed.positions);
    painter.drawGlyphRun(QPointF(x, y), run);
}

QString elided_name(const QFont& font, const QString& name, double width) {
    if (tabular_width(font, name) <= width) return name;
    const QString last = name.mid(name.lastIndexOf(u'/') + 1);
    const QString lead = last.size() < name.size() ? QStringLiteral("…/") : QString();
    const double room = width - tabular_width(font, lead);
    if (tabular_width(font, last) <= room) return lead + last;
    return QFontMetricsF(font).elidedText(last, Qt::ElideMiddle, width);
}

} // namespace isoloss
