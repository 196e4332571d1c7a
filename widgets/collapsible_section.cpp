#include "widgets/collapsible_section.h"

#include <QToolButton>
#include <QVBoxLayout>

namespace isoloss {

CollapsibleSection::CollapsibleSection(const QString& title, QWidget* parent)
    : QWidget(parent), m_header(new QToolButton(this)) {
    m_header->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    m_header->setArrowType(Qt::DownArrow);
    m_header->setCheckable(true);
    m_header->setChecked(true);
    m_header->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    m_header->setObjectName(QStringLiteral("section_header"));
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(m_header);
    connect(m_header, &QToolButton::toggled, this, [this](bool expanded) {
        m_header->setArrowType(expanded ? Qt::DownArrow : Qt::RightArrow);
        if (m_content) m_content->setVisible(expanded);
        Q_EMIT expandedChanged(expanded);
    });
    setTitle(title);
    setTheme(Theme::light());
}

void CollapsibleSection::setTheme(const Theme& theme) {
    m_header->setFont(theme.caption);
    m_header->setStyleSheet(
        QStringLiteral("QToolButton { background: transparent; color: %1; text-align: left; padding: 4px 0; }"
                       "QToolButton:hover, QToolButton:focus { color: %2; }")
            .arg(theme.muted.name(), theme.text.name()));
}

void CollapsibleSection::setTitle(const QString& title) {
    m_header->setText(title);
    setAccessibleName(title);
}

void CollapsibleSection::setContent(QWidget* content) {
    delete m_content;
    m_content = content;
    if (!content) return;
    layout()->addWidget(content);
    content->setVisible(isExpanded());
}

bool CollapsibleSection::isExpanded() const {
    return m_header->isChecked();
}

void CollapsibleSection::setExpanded(bool expanded) {
    m_header->setChecked(expanded);
}

} // namespace isoloss
