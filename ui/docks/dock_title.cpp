#include "ui/docks/dock_title.h"

#include <QDockWidget>
#include <QHBoxLayout>
#include <QLabel>
#include <QToolButton>

namespace isoloss {

DockTitle::DockTitle(QDockWidget* dock) : QWidget(dock), caption_(new QLabel(this)), tools_(new QHBoxLayout) {
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(12, 6, 8, 2);
    layout->setSpacing(4);
    layout->addWidget(caption_, 1);
    layout->addLayout(tools_);
    tools_->setSpacing(2);
    caption_->setMinimumWidth(1);
    caption_->setTextFormat(Qt::PlainText);
    setText(dock->windowTitle());
}

void DockTitle::setTheme(const Theme& theme) {
    setStyleSheet(QStringLiteral("QLabel { color: %1; }"
                                 "QToolButton { color: %1; padding: 2px 6px; }"
                                 "QToolButton:hover:enabled { color: %2; }"
                                 "QToolButton:disabled { color: %3; }")
                      .arg(theme.muted.name(), theme.text.name(), theme.border.name()));
    // A style sheet takes the fonts back.
    caption_->setFont(theme.caption);
    for (QToolButton* tool : findChildren<QToolButton*>())
        tool->setFont(theme.small);
}

void DockTitle::setText(const QString& text) {
    caption_->setText(text);
}

QString DockTitle::text() const {
    return caption_->text();
}

void DockTitle::addTool(QWidget* tool) {
    tools_->addWidget(tool);
}

} // namespace isoloss
