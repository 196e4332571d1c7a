#include "ui/header_strip.h"

#include "widgets/elided_label.h"

#include <QAction>
#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QPainter>
#include <QPushButton>
#include <QToolButton>
#include <algorithm>

namespace isoloss {

namespace {

constexpr int stripHeight = 44;
constexpr int searchWidth = 230, leastSearchWidth = 120;
constexpr int mostProjectWidth = 260;

void setTextColor(QWidget* widget, const QColor& color) {
    QPalette colors = widget->palette();
    colors.setColor(QPalette::WindowText, color);
    colors.setColor(QPalette::ButtonText, color);
    widget->setPalette(colors);
}

} // namespace

HeaderStrip::HeaderStrip(QWidget* parent)
    : QWidget(parent), program_(new QToolButton(this)), project_(new ElidedLabel(this)), tabs_(new QWidget(this)),
      search_(new QPushButton(this)), device_(new QLabel(this)) {
    setFixedHeight(stripHeight);
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(6, 0, 14, 1);
    layout->setSpacing(8);
    program_->setText(tr("Isoloss"));
    program_->setAccessibleName(tr("Main menu"));
    program_->setToolTip(tr("Menu (F10)"));
    program_->setPopupMode(QToolButton::InstantPopup);
    layout->addWidget(program_);
    project_->setElideMode(Qt::ElideMiddle);
    layout->addWidget(project_);
    auto* tabLayout = new QHBoxLayout(tabs_);
    tabLayout->setContentsMargins(0, 0, 0, 0);
    tabLayout->setSpacing(2);
    layout->addSpacing(8);
    layout->addWidget(tabs_);
    layout->addStretch(1);
    search_->setText(tr("Search commands   Ctrl+K"));
    search_->setAccessibleName(tr("Search commands"));
    search_->setMinimumWidth(leastSearchWidth);
    search_->setMaximumWidth(searchWidth);
    search_->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    search_->setObjectName(QStringLiteral("commandSearch"));
    connect(search_, &QPushButton::clicked, this, &HeaderStrip::paletteRequested);
    layout->addWidget(search_, 2);
    device_->setObjectName(QStringLiteral("deviceChip"));
    device_->setAccessibleName(tr("Device"));
    layout->addSpacing(6);
    layout->addWidget(device_, 0, Qt::AlignVCenter);
}

void HeaderStrip::setTheme(const Theme& theme) {
    theme_ = theme;
    setStyleSheet(
        QStringLiteral("QLabel#deviceChip { background: %1; color: %2; border-radius: 9px; padding: 3px 10px; }"
                       "QPushButton#commandSearch { text-align: left; color: %2; padding: 4px 10px; }"
                       "QToolButton[pageTab=\"true\"] { color: %2; padding: 5px 12px; }"
                       "QToolButton[pageTab=\"true\"]:checked { background: %3; color: %4; font-weight: 600; }"
                       "QToolButton::menu-indicator { image: none; }")
            .arg(theme.track.name(), theme.muted.name(), theme.selection.name(), theme.text.name()));
    // A style sheet takes palettes and fonts back.
    QFont name = theme.strong;
    program_->setFont(name);
    setTextColor(program_, theme.text);
    setTextColor(project_, theme.muted);
    project_->setFont(theme.font);
    fitProjectName();
    device_->setFont(theme.small);
    update();
}

void HeaderStrip::setPages(const QList<QAction*>& pages) {
    for (QAction* page : pages) {
        auto* tab = new QToolButton(tabs_);
        tab->setProperty("pageTab", true);
        tab->setDefaultAction(page);
        tab->setToolButtonStyle(Qt::ToolButtonTextOnly);
        tab->setFocusPolicy(Qt::TabFocus);
        tabs_->layout()->addWidget(tab);
    }
}

void HeaderStrip::setMenu(QMenu* menu) {
    program_->setMenu(menu);
}

void HeaderStrip::setProjectName(const QString& name, const QString& path) {
    project_->setText(name);
    fitProjectName();
    project_->setToolTip(path);
}

void HeaderStrip::fitProjectName() {
    project_->setFixedWidth(std::min(project_->sizeHint().width(), mostProjectWidth));
}

void HeaderStrip::setDevice(const QString& device) {
    device_->setText(device);
    device_->setVisible(!device.isEmpty());
}

void HeaderStrip::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.fillRect(rect(), theme_.surface);
    painter.fillRect(QRect(0, height() - 1, width(), 1), theme_.border);
}

} // namespace isoloss
