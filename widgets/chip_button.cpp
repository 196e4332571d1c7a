#include "widgets/chip_button.h"

#include <QMenu>
#include <QPainter>

namespace isoloss {

ChipButton::ChipButton(const QString& label, QWidget* parent) : QAbstractButton(parent), m_label(label) {
    setSizePolicy(QSizePolicy::Maximum, QSizePolicy::Fixed);
    connect(this, &QAbstractButton::clicked, this, [this] { openList(); });
}

void ChipButton::setTheme(const Theme& theme) {
    m_theme = theme;
    updateGeometry();
    update();
}

void ChipButton::setChoices(std::vector<ChipChoice> choices) {
    m_choices = std::move(choices);
    setValue(m_value);
}

void ChipButton::setValue(const QVariant& value) {
    m_value = value;
    for (const ChipChoice& choice : m_choices)
        if (choice.value == value) setValueText(choice.text);
}

void ChipButton::setValueText(const QString& text) {
    m_text = text;
    updateGeometry();
    update();
}

QSize ChipButton::sizeHint() const {
    return {100, 28};
}

QSize ChipButton::minimumSizeHint() const {
    return sizeHint();
}

void ChipButton::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.drawText(rect(), Qt::AlignCenter, m_label + QStringLiteral("  ") + m_text);
}

void ChipButton::openList() {
    QMenu menu;
    for (const ChipChoice& choice : m_choices)
        menu.addAction(choice.text, this, [this, choice] {
            setValue(choice.value);
            Q_EMIT chosen(choice.value);
        });
    menu.exec(mapToGlobal(rect().bottomLeft()));
}

} // namespace isoloss
