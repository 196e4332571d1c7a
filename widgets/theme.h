#pragma once

#include <QColor>
#include <QFont>
#include <QList>
#include <QPalette>

class QApplication;

namespace isoloss {

enum class ColorScheme { light, dark };

/// The shape of a point; the second channel beside its colour.
enum class Marker { circle, square, triangle, diamond, triangle_down, plus, cross };

/// How series number n is drawn: colour-blind-safe colour, dash pattern in units of the pen width (empty is solid)
/// and marker. Colours repeat after the palette, then with the next dash pattern.
struct SeriesStyle {
    QColor color;
    QList<qreal> dash;
    Marker marker = Marker::circle;
};

/// Every colour, font and size of the window. A plain value: the window owns one and hands it to each widget through
/// setTheme(const Theme&). Exports always use the light one.
struct Theme {
    ColorScheme scheme = ColorScheme::light;

    QColor window;       ///< behind cards
    QColor surface;      ///< docks, cards, tables
    QColor border;       ///< of cards and between docks
    QColor text;         ///< what is read
    QColor muted;        ///< labels, headers, secondary text
    QColor accent;       ///< the one accent: band, focus, progress
    QColor on_accent;    ///< text on the accent
    QColor selection;    ///< behind selected rows and the current tab
    QColor hover;        ///< behind what the mouse is over
    QColor track;        ///< the empty part of a bar; status pills
    QColor grid;         ///< lines of a chart
    QColor axis;         ///< tick labels
    QColor band_fill;    ///< the equal-loss band
    QColor tooltip;      ///< hover cards
    QColor tooltip_text; ///< text on them
    QColor danger;       ///< errors
    QColor warning;      ///< warnings
    QColor success;      ///< done

    QFont font;      ///< 13 px sans-serif
    QFont small;     ///< 11 px: tick labels, status bar
    QFont strong;    ///< 13 px semibold
    QFont caption;   ///< 11.5 px semibold: headings of docks, drawn in the muted colour
    QFont monospace; ///< filter line, logs

    static constexpr int unit = 8;        ///< the rhythm: margins and gaps are multiples of it
    static constexpr int radius = 6;      ///< corners of buttons and fields
    static constexpr int card_radius = 8; ///< corners of cards
    static constexpr int row_height = 24; ///< rows of tables

    static Theme light();
    static Theme dark();

    bool is_dark() const { return scheme == ColorScheme::dark; }

    QPalette palette() const;
    SeriesStyle series(int index) const;
    /// A tint for a matrix cell, readable under `text`. `level` in −1..1: above zero accent, below zero vermillion;
    /// no colour where it is not finite.
    QColor heat(double level) const;
};

inline constexpr int palette_size = 8; ///< colours before the dash pattern changes
inline constexpr int dash_count = 4;   ///< patterns before colours and patterns repeat
inline constexpr int marker_count = 7; ///< values of Marker

/// Sets palette, font, style and style sheet of the whole program. May be called again with another theme.
void apply_theme(QApplication& application, const Theme& theme);

} // namespace isoloss
