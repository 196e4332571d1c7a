#include "ui/pages/point_tip.h"

#include <QHBoxLayout>
#include <QLabel>
#include <algorithm>

namespace isoloss {

PointTip::PointTip(QWidget* parent) : QFrame(parent), text_(new QLabel(this)) {
    setObjectName(QStringLiteral("PointTip"));
    setAttribute(Qt::WA_TransparentForMouseEvents);
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(10, 7, 10, 7);
    layout->addWidget(text_);
    text_->setTextFormat(Qt::RichText);
    hide();
}

void PointTip::setTheme(const Theme& theme) {
    theme_ = theme;
    setStyleSheet(
        QStringLiteral("#PointTip { background: %1; border: 1px solid %2; border-radius: %3px; }"
                       "QLabel { color: %4; }")
            .arg(theme.tooltip.name(), theme.border.name(), QString::number(Theme::radius), theme.tooltip_text.name()));
    text_->setFont(theme.small);
}

void PointTip::showAt(QPoint position, const QString& name, const QColor& color,
                      const std::vector<std::pair<QString, QString>>& rows) {
    QString html = QStringLiteral("<span style='color:%1'>■</span> <b>%2</b><table cellspacing='0' cellpadding='1'>")
                       .arg(color.name(), name.toHtmlEscaped());
    for (const auto& [label, value] : rows)
        html += QStringLiteral("<tr><td style='color:%1; padding-right:14px'>%2</td><td align='right'>%3</td></tr>")
                    .arg(theme_.muted.name(), label.toHtmlEscaped(), value.toHtmlEscaped());
    text_->setText(html + QStringLiteral("</table>"));
    adjustSize();
    const QRect area = parentWidget()->rect();
    QPoint corner = position + QPoint(16, 12);
    if (corner.x() + width() > area.right()) corner.setX(position.x() - 16 - width());
    corner.setY(std::clamp(corner.y(), 0, std::max(0, area.bottom() - height())));
    corner.setX(std::max(0, corner.x()));
    move(corner);
    raise();
    show();
}

} // namespace isoloss
