#include "widgets/empty_state.h"

#include <QAction>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

namespace isoloss {

EmptyState::EmptyState(QWidget* parent)
    : QWidget(parent), m_icon_label(new QLabel(this)), m_title(new QLabel(this)), m_text(new QLabel(this)),
      m_buttons(new QHBoxLayout) {
    for (QLabel* label : {m_icon_label, m_title, m_text})
        label->setAlignment(Qt::AlignHCenter);
    m_text->setWordWrap(true);
    m_text->setMaximumWidth(440);
    m_text->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::LinksAccessibleByMouse);
    m_icon_label->hide();
    m_buttons->setSpacing(Theme::unit);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(3 * Theme::unit, 3 * Theme::unit, 3 * Theme::unit, 3 * Theme::unit);
    layout->setSpacing(Theme::unit);
    layout->addStretch();
    layout->addWidget(m_icon_label, 0, Qt::AlignHCenter);
    layout->addWidget(m_title);
    auto* centred = new QHBoxLayout;
    centred->addStretch(1);
    centred->addWidget(m_text, 100);
    centred->addStretch(1);
    layout->addLayout(centred);
    layout->addSpacing(Theme::unit);
    auto* row = new QHBoxLayout;
    row->addStretch();
    row->addLayout(m_buttons);
    row->addStretch();
    layout->addLayout(row);
    layout->addStretch();
    setTheme(m_theme);
}

void EmptyState::setTheme(const Theme& theme) {
    m_theme = theme;
    QFont title = theme.strong;
    title.setPointSizeF(title.pointSizeF() * 1.2);
    m_title->setFont(title);
    const auto colored = [](const QColor& color) { return QStringLiteral("color: %1").arg(color.name()); };
    m_title->setStyleSheet(colored(theme.text));
    m_text->setStyleSheet(colored(theme.muted));
    m_text->setFont(theme.font);
}

void EmptyState::setIcon(const QIcon& icon) {
    m_icon = icon;
    m_icon_label->setPixmap(icon.pixmap(QSize(40, 40), devicePixelRatioF()));
    m_icon_label->setVisible(!icon.isNull());
}

void EmptyState::setTitle(const QString& title) {
    m_title->setText(title);
    setAccessibleName(title);
}

void EmptyState::setText(const QString& text) {
    m_text->setText(text);
    setAccessibleDescription(text);
}

void EmptyState::addButton(QAction* action) {
    auto* button = new QPushButton(action->text(), this);
    button->setIcon(action->icon());
    button->setToolTip(action->toolTip());
    button->setEnabled(action->isEnabled());
    button->setDefault(m_buttons->count() == 0);
    connect(button, &QPushButton::clicked, action, &QAction::trigger);
    connect(action, &QAction::changed, button, [button, action] {
        button->setText(action->text());
        button->setEnabled(action->isEnabled());
    });
    m_buttons->addWidget(button);
}

} // namespace isoloss
