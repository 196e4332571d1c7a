#include "ui/docks/inspector_dock.h"

#include "ui/inspector/inspector_panel.h"
#include "ui/ui_services.h"

#include <QStackedWidget>
#include <QTabBar>
#include <QVBoxLayout>

namespace isoloss {

namespace {

enum Tab { sideTab, inspectorTab };

} // namespace

InspectorDock::InspectorDock(UiServices& services, QWidget* parent)
    : QDockWidget(tr("Inspector"), parent), services_(services), tabs_(new QTabBar(this)),
      stack_(new QStackedWidget(this)), sideHolder_(new QWidget(stack_)),
      inspector_(new InspectorPanel(services, stack_)) {
    setObjectName(QStringLiteral("inspector"));
    auto* title = new QWidget(this);
    auto* row = new QVBoxLayout(title);
    row->setContentsMargins(8, 5, 8, 1);
    row->addWidget(tabs_);
    tabs_->addTab(QString());
    tabs_->addTab(tr("Inspector"));
    tabs_->setDrawBase(false);
    tabs_->setExpanding(false);
    tabs_->setAccessibleName(tr("Panels at the right"));
    setTitleBarWidget(title);
    auto* holder = new QVBoxLayout(sideHolder_);
    holder->setContentsMargins(0, 0, 0, 0);
    stack_->addWidget(sideHolder_);
    stack_->addWidget(inspector_);
    setWidget(stack_);
    setSidePanel(nullptr);
    connect(tabs_, &QTabBar::currentChanged, this, &InspectorDock::showTab);
    connect(tabs_, &QTabBar::tabBarClicked, this, [this](int tab) { wantsInspector_ = tab == inspectorTab; });
    connect(inspector_, &InspectorPanel::attentionWanted, this, &InspectorDock::showInspector);
    connect(inspector_, &InspectorPanel::itemsRequested, this, &InspectorDock::itemsRequested);
    connect(&services_.theme(), &ThemeController::themeChanged, this, &InspectorDock::applyTheme);
    applyTheme();
}

void InspectorDock::setSidePanel(QWidget* panel) {
    if (sidePanel_ && sidePanel_ != panel) {
        sideHolder_->layout()->removeWidget(sidePanel_);
        sidePanel_->hide();
    }
    sidePanel_ = panel;
    tabs_->setTabVisible(sideTab, panel != nullptr);
    if (panel) {
        tabs_->setTabText(sideTab, panel->windowTitle().isEmpty() ? tr("Details") : panel->windowTitle());
        sideHolder_->layout()->addWidget(panel);
        panel->show();
    }
    tabs_->setCurrentIndex(panel && !wantsInspector_ ? sideTab : inspectorTab);
    showTab(tabs_->currentIndex());
}

void InspectorDock::showInspector() {
    show();
    tabs_->setCurrentIndex(inspectorTab);
}

void InspectorDock::editTags() {
    showInspector();
    inspector_->editTags();
}

void InspectorDock::setRunActions(RunActions* actions) {
    inspector_->setRunActions(actions);
}

void InspectorDock::showTab(int tab) {
    stack_->setCurrentIndex(tab == sideTab ? 0 : 1);
}

void InspectorDock::applyTheme() {
    tabs_->setFont(services_.theme().theme().small);
}

} // namespace isoloss
