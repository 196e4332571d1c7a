#include "widgets/chip_button.h"

#include "widgets/choice_popup.h"

#include <QFontMetrics>
#include <QPainter>

namespace isoloss {

namespace {

constexpr int pad = 10;
constexpr int gap = 6;
constexpr int chip_height = 28;
constexpr int widest_value = 320;
constexpr int least_characters = 12; ///< of the value stay readable however narrow the row is

} // namespace

ChipButton::ChipButton(const QString& label, QWidget* parent) : QAbstractButton(parent), m_label(label) {
    setSizePolicy(QSizePolicy::Maximum, QSizePolicy::Fixed);
    setFocusPolicy(Qt::StrongFocus);
    setAttribute(Qt::WA_Hover);
    setAccessibleName(label);
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
        if (choice.value == value) {
            setValueText(choice.text);
            return;
        }
}

void ChipButton::setValueText(const QString& text) {
    m_text = text;
    setAccessibleDescription(text);
    setToolTip(m_label + QStringLiteral(": ") + text);
    updateGeometry();
    update();
}

QSize ChipButton::sizeHint() const {
    const QFontMetrics metrics(m_theme.font);
    const int label = m_label.isEmpty() ? 0 : metrics.horizontalAdvance(m_label) + gap;
    const int value = std::min(widest_value, metrics.horizontalAdvance(m_text));
    return {label + value + 2 * pad + 1, chip_height};
}

QSize ChipButton::minimumSizeHint() const {
    const QFontMetrics metrics(m_theme.font);
    const int label = m_label.isEmpty() ? 0 : metrics.horizontalAdvance(m_label) + gap;
    const int value = metrics.averageCharWidth() * least_characters;
    return {std::min(sizeHint().width(), label + value + 2 * pad + 1), chip_height};
}

void ChipButton::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const bool over = underMouse() || isDown();
    painter.setPen(QPen(hasFocus() ? m_theme.accent : m_theme.border, 1));
    painter.setBrush(over ? m_theme.hover : m_theme.surface);
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), Theme::radius, Theme::radius);
    const QFontMetrics metrics(m_theme.font);
    painter.setFont(m_theme.font);
    QRect words = rect().adjusted(pad, 0, -pad, 0);
    if (!m_label.isEmpty()) {
        painter.setPen(m_theme.muted);
        painter.drawText(words, Qt::AlignLeft | Qt::AlignVCenter, m_label);
        words.setLeft(words.left() + metrics.horizontalAdvance(m_label) + gap);
    }
    painter.setPen(isEnabled() ? m_theme.text : m_theme.muted);
    painter.drawText(words, Qt::AlignLeft | Qt::AlignVCenter,
                     metrics.elidedText(m_text, Qt::ElideMiddle, words.width() + 1));
}

void ChipButton::openList() {
    if (m_open) return m_open();
    if (m_choices.empty()) return;
    auto* popup = new ChoicePopup(m_choices, m_value, m_theme, this);
    connect(popup, &ChoicePopup::chosen, this, [this](const QVariant& value) {
        setValue(value);
        Q_EMIT chosen(value);
    });
    popup->showBelow(*this);
}

} // namespace isoloss
