#include "widgets/style_picker.h"

#include "widgets/chart_painter.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QScreen>
#include <algorithm>

namespace isoloss {

namespace {

constexpr int cell_width = 34, cell_height = 24, margin = Theme::unit;
constexpr int styles = palette_size * dash_count;

} // namespace

StylePicker::StylePicker(const Theme& theme, int current, QWidget* parent)
    : QFrame(parent, Qt::Popup), m_theme(theme), m_current(std::max(0, current) % styles) {
    setAttribute(Qt::WA_DeleteOnClose);
    setFrameShape(StyledPanel);
    setMouseTracking(true);
    setFocusPolicy(Qt::StrongFocus);
    setAccessibleName(tr("Colour and dash"));
    resize(sizeHint());
}

QSize StylePicker::sizeHint() const {
    return {palette_size * cell_width + 2 * margin, dash_count * cell_height + 2 * margin};
}

void StylePicker::popup(const QPoint& corner) {
    const QWidget* anchor = parentWidget();
    const QRect free = anchor ? anchor->screen()->availableGeometry() : screen()->availableGeometry();
    move(std::clamp(corner.x(), free.left(), std::max(free.left(), free.right() - width())),
         std::clamp(corner.y(), free.top(), std::max(free.top(), free.bottom() - height())));
    show();
    setFocus(Qt::PopupFocusReason);
}

QRect StylePicker::cell(int index) const {
    return {margin + index % palette_size * cell_width, margin + index / palette_size * cell_height, cell_width,
            cell_height};
}

std::optional<int> StylePicker::indexAt(const QPoint& point) const {
    for (int index = 0; index < styles; ++index)
        if (cell(index).contains(point)) return index;
    return std::nullopt;
}

void StylePicker::setCurrent(int index) {
    if (index < 0 || index >= styles || index == m_current) return;
    m_current = index;
    update();
}

void StylePicker::choose(int index) {
    Q_EMIT chosen(index);
    close();
}

void StylePicker::paintEvent(QPaintEvent* event) {
    QFrame::paintEvent(event);
    QPainter painter(this);
    for (int index = 0; index < styles; ++index) {
        if (index == m_current) painter.fillRect(cell(index), m_theme.selection);
        const SeriesStyle style = m_theme.series(index);
        draw_line_swatch(painter, style.color, style.dash, cell(index).adjusted(6, 0, -6, 0));
    }
}

void StylePicker::mouseMoveEvent(QMouseEvent* event) {
    if (const auto index = indexAt(event->position().toPoint())) setCurrent(*index);
}

void StylePicker::mouseReleaseEvent(QMouseEvent* event) {
    const auto index = indexAt(event->position().toPoint());
    if (index && event->button() == Qt::LeftButton) choose(*index);
}

void StylePicker::keyPressEvent(QKeyEvent* event) {
    switch (event->key()) {
    case Qt::Key_Left:
        return setCurrent(m_current - 1);
    case Qt::Key_Right:
        return setCurrent(m_current + 1);
    case Qt::Key_Up:
        return setCurrent(m_current - palette_size);
    case Qt::Key_Down:
        return setCurrent(m_current + palette_size);
    case Qt::Key_Return:
    case Qt::Key_Enter:
    case Qt::Key_Space:
        return choose(m_current);
    default:
        QFrame::keyPressEvent(event);
    }
}

} // namespace isoloss
