#include "ui/docks/dock_title.h"

#include <QDockWidget>
#include <QHBoxLayout>
#include <QLabel>

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
    caption_->setFont(theme.caption);
    QPalette colors = caption_->palette();
    colors.setColor(QPalette::WindowText, theme.muted);
    caption_->setPalette(colors);
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
