#pragma once

#include <QFont>
#include <QRectF>
#include <QString>

class QPainter;

namespace isoloss {

/// Width of `text` when every digit takes the width of the widest one (fonts such as Inter have narrow ones; Qt 6.4
/// cannot ask for their tabular figures).
double tabular_width(const QFont& font, const QString& text);

/// Draws one line of text in `rect` with digits of equal width, in the painter's font and pen.
void draw_tabular(QPainter& painter, const QRectF& rect, Qt::Alignment alignment, const QString& text);

/// A name cut to `width` where what tells names apart stays: its folders go first ("…/adamw-w32-s1"), then its middle.
QString elided_name(const QFont& font, const QString& name, double width);

} // namespace isoloss
