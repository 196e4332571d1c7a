#include "widgets/theme.h"

#include <QApplication>
#include <QPainter>
#include <QProxyStyle>
#include <QStyleFactory>
#include <QStyleOption>
#include <QToolTip>
#include <algorithm>

namespace isoloss {

namespace {

/// Fusion with quieter details: no dotted focus boxes on rows, slim splitters, tool tips without delay of seconds.
class CalmStyle : public QProxyStyle {
public:
    CalmStyle() : QProxyStyle(QStyleFactory::create(QStringLiteral("Fusion"))) {}

    int pixelMetric(PixelMetric metric, const QStyleOption* option, const QWidget* widget) const override {
        switch (metric) {
        case PM_SplitterWidth:
        case PM_DockWidgetSeparatorExtent:
            return 5;
        case PM_DefaultFrameWidth:
            return 1;
        case PM_SmallIconSize:
        case PM_ButtonIconSize:
            return 16;
        case PM_ScrollView_ScrollBarOverlap:
            return 0;
        default:
            return QProxyStyle::pixelMetric(metric, option, widget);
        }
    }

    int styleHint(StyleHint hint, const QStyleOption* option, const QWidget* widget,
                  QStyleHintReturn* data) const override {
        switch (hint) {
        case SH_EtchDisabledText:
        case SH_ItemView_ShowDecorationSelected:
            return hint == SH_ItemView_ShowDecorationSelected;
        case SH_ToolTip_WakeUpDelay:
            return 450;
        case SH_UnderlineShortcut:
        case SH_DialogButtonBox_ButtonsHaveIcons:
            return 0;
        default:
            return QProxyStyle::styleHint(hint, option, widget, data);
        }
    }

    void drawPrimitive(PrimitiveElement element, const QStyleOption* option, QPainter* painter,
                       const QWidget* widget) const override {
        if (element == PE_FrameFocusRect && widget && widget->inherits("QAbstractItemView")) return;
        if (element == PE_IndicatorItemViewItemCheck || element == PE_IndicatorCheckBox)
            draw_check_box(*option, *painter);
        else
            QProxyStyle::drawPrimitive(element, option, painter, widget);
    }

private:
    // Fusion's box is nearly invisible on dark ground.
    static void draw_check_box(const QStyleOption& option, QPainter& painter) {
        const bool set = option.state & (State_On | State_NoChange);
        const QColor accent = option.palette.color(QPalette::Link);
        const double side = std::min({option.rect.width(), option.rect.height(), 16}) - 2.0;
        QRectF box(0, 0, side, side);
        box.moveCenter(QRectF(option.rect).center());
        painter.save();
        painter.setRenderHint(QPainter::Antialiasing);
        if (!(option.state & State_Enabled)) painter.setOpacity(0.5);
        painter.setPen(QPen(set ? accent : option.palette.color(QPalette::PlaceholderText), 1.2));
        painter.setBrush(set ? QBrush(accent) : option.palette.brush(QPalette::Base));
        painter.drawRoundedRect(box, 3, 3);
        if (set) {
            const auto at = [&box](double x, double y) { return box.topLeft() + QPointF(x, y) * box.width(); };
            painter.setPen(QPen(option.palette.color(QPalette::Base), 1.8, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
            painter.setBrush(Qt::NoBrush);
            if (option.state & State_On)
                painter.drawPolyline(QPolygonF{at(0.22, 0.52), at(0.43, 0.72), at(0.78, 0.3)});
            else
                painter.drawLine(at(0.25, 0.5), at(0.75, 0.5));
        }
        painter.restore();
    }
};

QString style_sheet(const Theme& theme) {
    QString sheet = QStringLiteral(R"(
QToolTip { background: @tooltip; color: @tooltip_text; border: 1px solid @border; padding: 4px 6px; }
QMainWindow::separator { background: @border; width: 1px; height: 1px; }
QSplitter::handle { background: @border; }
QSplitter[quiet="true"]::handle { background: transparent; }
QSplitter::handle:horizontal { width: 1px; }
QSplitter::handle:vertical { height: 1px; }

QAbstractItemView { border: none; outline: none; background: @surface;
    selection-background-color: @selection; selection-color: @text; }
QDialog QListView { border: 1px solid @border; border-radius: 6px; padding: 4px; }
QHeaderView { background: @surface; border: none; }
QHeaderView::section { background: @surface; color: @muted; border: none; border-bottom: 1px solid @border;
    padding: 4px 6px; font-weight: normal; }
QHeaderView::section:hover { color: @text; }
QTableCornerButton::section { background: @surface; border: none; border-bottom: 1px solid @border; }

QLineEdit, QPlainTextEdit, QTextEdit, QSpinBox, QDoubleSpinBox, QComboBox, QDateTimeEdit {
    background: @surface; color: @text; border: 1px solid @border; border-radius: 6px; padding: 4px 8px;
    selection-background-color: @accent; selection-color: @on_accent; }
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus, QComboBox:focus {
    border: 1px solid @accent; }
QSpinBox::up-button, QSpinBox::down-button, QDoubleSpinBox::up-button, QDoubleSpinBox::down-button {
    width: 0; border: none; }
QLineEdit:disabled, QSpinBox:disabled, QDoubleSpinBox:disabled, QComboBox:disabled { color: @muted; background: @window; }
QComboBox::drop-down { border: none; width: 20px; }
QComboBox QAbstractItemView { border: 1px solid @border; padding: 4px; }

QPushButton { background: @surface; color: @text; border: 1px solid @border; border-radius: 6px;
    padding: 4px 14px; min-height: 18px; }
QPushButton:hover { background: @hover; }
QPushButton:pressed { background: @selection; }
QPushButton:focus { border: 1px solid @accent; }
QPushButton:disabled { color: @muted; }
QPushButton:default { background: @accent; color: @on_accent; border: 1px solid @accent; }
QPushButton:default:disabled { background: @track; color: @muted; border: 1px solid @border; }
QPushButton[flat="true"] { border: none; background: transparent; color: @muted; padding: 2px 6px; }
QPushButton[flat="true"]:hover { color: @text; }
QToolButton { border: none; border-radius: 6px; padding: 4px 8px; color: @text; background: transparent; }
QToolButton:hover { background: @hover; }
QToolButton:checked { background: @selection; }

QMenu { background: @surface; border: 1px solid @border; border-radius: 6px; padding: 4px; }
QMenu::item { padding: 5px 28px 5px 12px; border-radius: 4px; }
QMenu::item:selected { background: @selection; color: @text; }
QMenu::item:disabled { color: @muted; }
QMenu::separator { height: 1px; background: @border; margin: 4px 8px; }
QMenuBar { background: @surface; }
QMenuBar::item { padding: 5px 9px; border-radius: 6px; background: transparent; }
QMenuBar::item:selected { background: @selection; }

QTabBar { background: transparent; }
QTabBar::tab { color: @muted; background: transparent; border: none; border-radius: 6px; padding: 6px 13px;
    margin: 0 1px; }
QTabBar::tab:hover { color: @text; }
QTabBar::tab:selected { color: @text; background: @selection; font-weight: 600; }
QTabWidget::pane { border: none; }

QStatusBar { background: @surface; color: @muted; border-top: 1px solid @border; }
QStatusBar::item { border: none; }
QDockWidget { color: @muted; }
QDockWidget::title { background: @surface; padding: 8px; }

QScrollBar:vertical { background: transparent; width: 10px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 0; }
QScrollBar::handle { background: @handle; border-radius: 3px; margin: 2px; min-height: 28px; min-width: 28px; }
QScrollBar::handle:hover { background: @muted; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }

QProgressBar { background: @track; border: none; border-radius: 3px; max-height: 6px; color: transparent; }
QProgressBar::chunk { background: @accent; border-radius: 3px; }
QCheckBox, QRadioButton { spacing: 8px; }
QGroupBox { border: none; margin-top: 18px; color: @muted; font-weight: 600; }
QGroupBox::title { subcontrol-origin: margin; left: 0; }
)");
    const auto put = [&sheet](const char* name, const QColor& color) {
        sheet.replace(QLatin1Char('@') + QLatin1String(name), color.name());
    };
    // Longer names first: "@text" must not eat the start of another name.
    put("tooltip_text", theme.tooltip_text);
    put("tooltip", theme.tooltip);
    put("on_accent", theme.on_accent);
    put("selection", theme.selection);
    put("surface", theme.surface);
    put("window", theme.window);
    put("border", theme.border);
    put("accent", theme.accent);
    put("handle", theme.is_dark() ? QColor(0x50, 0x54, 0x5c) : QColor(0xc6, 0xca, 0xd1));
    put("muted", theme.muted);
    put("hover", theme.hover);
    put("track", theme.track);
    put("text", theme.text);
    return sheet;
}

} // namespace

void apply_theme(QApplication& application, const Theme& theme) {
    if (!dynamic_cast<CalmStyle*>(QApplication::style())) QApplication::setStyle(new CalmStyle);
    QApplication::setFont(theme.font);
    QApplication::setPalette(theme.palette());
    QToolTip::setPalette(theme.palette());
    QToolTip::setFont(theme.small);
    application.setStyleSheet(style_sheet(theme));
}

} // namespace isoloss
