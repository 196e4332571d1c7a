#include "widgets/theme.h"

#include <QFontDatabase>
#include <QFontInfo>
#include <array>
#include <cmath>

namespace isoloss {

namespace {

/// Okabe and Ito (2008), "Color Universal Design", ordered so that neighbours differ most; black gives way to grey,
/// which is visible on both backgrounds.
constexpr std::array<QRgb, palette_size> okabe_ito = {0xff0072b2, 0xffd55e00, 0xff009e73, 0xffe69f00,
                                                      0xffcc79a7, 0xff56b4e9, 0xff8c8c8c, 0xffb8ac1c};

const std::array<QList<qreal>, dash_count>& dashes() {
    static const std::array<QList<qreal>, dash_count> patterns = {
        QList<qreal>{}, QList<qreal>{5, 3}, QList<qreal>{1.5, 2.5}, QList<qreal>{7, 2.5, 1.5, 2.5}};
    return patterns;
}

QFont sized(const QFont& base, double pixels, QFont::Weight weight = QFont::Normal) {
    QFont font = base;
    // Points rather than pixels: the platform's text scaling then applies.
    font.setPointSizeF(pixels * 0.75);
    font.setWeight(weight);
    return font;
}

void set_fonts(Theme& theme) {
    QFont base;
    base.setFamilies({QStringLiteral("Inter"), QStringLiteral("Inter Variable"),
                      QFontDatabase::systemFont(QFontDatabase::GeneralFont).family(), QStringLiteral("DejaVu Sans")});
    base.setStyleHint(QFont::SansSerif);
    base.setHintingPreference(QFont::PreferNoHinting);
    theme.font = sized(base, 13);
    theme.small = sized(base, 11);
    theme.strong = sized(base, 13, QFont::DemiBold);
    theme.caption = sized(base, 11.5, QFont::DemiBold);
    QFont mono;
    mono.setFamilies({QStringLiteral("JetBrains Mono"), QStringLiteral("DejaVu Sans Mono"),
                      QFontDatabase::systemFont(QFontDatabase::FixedFont).family()});
    mono.setStyleHint(QFont::Monospace);
    mono.setFixedPitch(true);
    theme.monospace = sized(mono, 12);
}

QColor mixed(const QColor& below, const QColor& above, double amount) {
    const auto mix = [amount](int a, int b) { return static_cast<int>(std::lround(a + (b - a) * amount)); };
    return QColor(mix(below.red(), above.red()), mix(below.green(), above.green()), mix(below.blue(), above.blue()));
}

} // namespace

Theme Theme::light() {
    Theme theme;
    theme.scheme = ColorScheme::light;
    theme.window = QColor(0xf4, 0xf5, 0xf7);
    theme.surface = QColor(0xff, 0xff, 0xff);
    theme.border = QColor(0xdc, 0xdf, 0xe4);
    theme.text = QColor(0x1b, 0x1d, 0x21);
    theme.muted = QColor(0x66, 0x6d, 0x79);
    theme.accent = QColor(0x1c, 0x6d, 0xc9);
    theme.on_accent = QColor(0xff, 0xff, 0xff);
    theme.selection = QColor(0xe5, 0xef, 0xfb);
    theme.hover = QColor(0xf1, 0xf3, 0xf6);
    theme.track = QColor(0xec, 0xee, 0xf2);
    theme.grid = QColor(0xee, 0xef, 0xf2);
    theme.axis = QColor(0x66, 0x6d, 0x79);
    theme.band_fill = QColor(0xe5, 0xef, 0xfb);
    theme.tooltip = QColor(0xff, 0xff, 0xff);
    theme.tooltip_text = theme.text;
    theme.danger = QColor(0xc0, 0x2b, 0x2b);
    theme.warning = QColor(0xa8, 0x62, 0x00);
    theme.success = QColor(0x1c, 0x7c, 0x4a);
    set_fonts(theme);
    return theme;
}

Theme Theme::dark() {
    Theme theme;
    theme.scheme = ColorScheme::dark;
    theme.window = QColor(0x1e, 0x1f, 0x22);
    theme.surface = QColor(0x26, 0x27, 0x2b);
    theme.border = QColor(0x3a, 0x3c, 0x42);
    theme.text = QColor(0xe8, 0xea, 0xed);
    theme.muted = QColor(0x9d, 0xa3, 0xae);
    theme.accent = QColor(0x6c, 0xb0, 0xf5);
    theme.on_accent = QColor(0x10, 0x18, 0x22);
    theme.selection = QColor(0x2d, 0x38, 0x49);
    theme.hover = QColor(0x2d, 0x2f, 0x34);
    theme.track = QColor(0x36, 0x38, 0x3e);
    theme.grid = QColor(0x33, 0x35, 0x3a);
    theme.axis = QColor(0x9d, 0xa3, 0xae);
    theme.band_fill = QColor(0x2a, 0x3a, 0x50);
    theme.tooltip = QColor(0x2e, 0x30, 0x35);
    theme.tooltip_text = theme.text;
    theme.danger = QColor(0xf2, 0x7d, 0x72);
    theme.warning = QColor(0xe5, 0xb1, 0x5c);
    theme.success = QColor(0x6c, 0xc8, 0x97);
    set_fonts(theme);
    return theme;
}

QPalette Theme::palette() const {
    QPalette palette;
    const auto set = [&palette](QPalette::ColorRole role, const QColor& color) {
        palette.setColor(QPalette::All, role, color);
    };
    set(QPalette::Window, surface);
    set(QPalette::WindowText, text);
    set(QPalette::Base, surface);
    set(QPalette::AlternateBase, hover);
    set(QPalette::ToolTipBase, tooltip);
    set(QPalette::ToolTipText, tooltip_text);
    set(QPalette::PlaceholderText, muted);
    set(QPalette::Text, text);
    set(QPalette::Button, surface);
    set(QPalette::ButtonText, text);
    set(QPalette::BrightText, danger);
    set(QPalette::Highlight, selection);
    set(QPalette::HighlightedText, text);
    set(QPalette::Link, accent);
    set(QPalette::LinkVisited, accent);
    set(QPalette::Light, mixed(surface, text, is_dark() ? 0.12 : 0.0));
    set(QPalette::Midlight, hover);
    set(QPalette::Mid, border);
    set(QPalette::Dark, mixed(border, text, 0.2));
    set(QPalette::Shadow, is_dark() ? QColor(0, 0, 0) : mixed(border, text, 0.4));
    for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText, QPalette::HighlightedText})
        palette.setColor(QPalette::Disabled, role, mixed(surface, muted, 0.7));
    return palette;
}

SeriesStyle Theme::series(int index) const {
    const int position = index < 0 ? 0 : index;
    const auto color_index = static_cast<std::size_t>(position % palette_size);
    SeriesStyle style;
    style.color = QColor::fromRgb(okabe_ito[color_index]);
    if (is_dark() && color_index == 0) style.color = QColor(0x1f, 0x86, 0xc4); // the blue is too deep on dark grey
    style.dash = dashes()[static_cast<std::size_t>(position / palette_size) % dashes().size()];
    style.marker = static_cast<Marker>((position + position / palette_size) % marker_count);
    return style;
}

QColor Theme::heat(double level) const {
    if (!std::isfinite(level)) return {};
    const double amount = std::min(1.0, std::abs(level)) * (is_dark() ? 0.42 : 0.34);
    const QColor tint = level >= 0 ? accent : QColor::fromRgb(okabe_ito[1]);
    return mixed(surface, tint, amount);
}

} // namespace isoloss
