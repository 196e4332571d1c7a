#include "widgets/tabular_text.h"

#include <QFontMetricsF>
#include <QPainter>
#include <algorithm>

namespace isoloss {

namespace {

double digit_width(const QFontMetricsF& metrics) {
    double widest = 0;
    for (char16_t digit = u'0'; digit <= u'9'; ++digit)
        widest = std::max(widest, metrics.horizontalAdvance(QChar(digit)));
    return widest;
}

bool is_digit(QChar c) {
    return c >= QLatin1Char('0') && c <= QLatin1Char('9');
}

double width_of(const QFontMetricsF& metrics, double digit, const QString& text) {
    double width = 0;
    qsizetype start = 0;
    while (start < text.size()) {
        if (is_digit(text[start])) {
            width += digit;
            ++start;
            continue;
        }
        qsizetype end = start;
        while (end < text.size() && !is_digit(text[end]))
            ++end;
        width += metrics.horizontalAdvance(text.mid(start, end - start));
        start = end;
    }
    return width;
}

} // namespace

double tabular_width(const QFont& font, const QString& text) {
    const QFontMetricsF metrics(font);
    return width_of(metrics, digit_width(metrics), text);
}

void draw_tabular(QPainter& painter, const QRectF& rect, Qt::Alignment alignment, const QString& text) {
    const QFontMetricsF metrics(painter.font(), painter.device());
    const double digit = digit_width(metrics);
    const double width = width_of(metrics, digit, text);
    double x = rect.left();
    if (alignment & Qt::AlignRight)
        x = rect.right() - width;
    else if (alignment & Qt::AlignHCenter)
        x = rect.center().x() - width / 2;
    double y = rect.top() + metrics.ascent();
    if (alignment & Qt::AlignBottom)
        y = rect.bottom() - metrics.descent();
    else if (alignment & Qt::AlignVCenter)
        y = rect.center().y() + (metrics.ascent() - metrics.descent()) / 2;

    qsizetype start = 0;
    while (start < text.size()) {
        if (is_digit(text[start])) {
            const double advance = metrics.horizontalAdvance(text[start]);
            painter.drawText(QPointF(x + (digit - advance) / 2, y), text.mid(start, 1));
            x += digit;
            ++start;
            continue;
        }
        qsizetype end = start;
        while (end < text.size() && !is_digit(text[end]))
            ++end;
        const QString piece = text.mid(start, end - start);
        painter.drawText(QPointF(x, y), piece);
        x += metrics.horizontalAdvance(piece);
        start = end;
    }
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
