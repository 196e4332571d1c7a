#include "ui/start_page.h"

#include "ui/recent_projects.h"
#include "ui/ui_services.h"
#include "widgets/empty_state.h"

#include <QFileInfo>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

namespace isoloss {

StartPage::StartPage(UiServices& services, const QList<QAction*>& actions, QWidget* parent)
    : QWidget(parent), services_(services), empty_(new EmptyState(this)), demo_(new QLabel(this)),
      recent_(new QWidget(this)), recentList_(new QVBoxLayout(recent_)) {
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 24);
    layout->addStretch(2);
    layout->addWidget(empty_);
    layout->addWidget(demo_, 0, Qt::AlignHCenter);
    layout->addWidget(recent_, 0, Qt::AlignHCenter);
    layout->addStretch(3);
    empty_->setTitle(tr("Look at your runs"));
    empty_->setText(
        tr("Import a folder of event files, evaluation results or checkpoints, or drop it here. The sources "
           "are only read; everything goes into one project file."));
    for (QAction* action : actions)
        empty_->addButton(action);
    demo_->setText(tr("No runs at hand? This makes a suite of small ones in a minute:\n%1")
                       .arg(QStringLiteral("isoloss demo ~/isoloss-demo --quick")));
    demo_->setAlignment(Qt::AlignHCenter);
    demo_->setTextInteractionFlags(Qt::TextSelectableByMouse);
    demo_->setContentsMargins(0, 0, 0, 3 * Theme::unit);
    recentList_->setSpacing(0);
    connect(&services_.theme(), &ThemeController::themeChanged, this, &StartPage::applyTheme);
    applyTheme();
    showRecent();
}

void StartPage::applyTheme() {
    const Theme& theme = services_.theme().theme();
    empty_->setTheme(theme);
    demo_->setFont(theme.small);
    demo_->setStyleSheet(QStringLiteral("color: %1").arg(theme.muted.name()));
}

void StartPage::showRecent() {
    while (QLayoutItem* item = recentList_->takeAt(0)) {
        delete item->widget();
        delete item;
    }
    const QStringList paths = recentProjects(services_.settings());
    recent_->setVisible(!paths.isEmpty());
    if (paths.isEmpty()) return;
    auto* caption = new QLabel(tr("Recent projects"), recent_);
    caption->setFont(services_.theme().theme().caption);
    recentList_->addWidget(caption);
    for (const QString& path : paths) {
        auto* button = new QPushButton(recent_);
        button->setFlat(true);
        const QFileInfo file(path);
        button->setText(QStringLiteral("%1    %2").arg(file.completeBaseName(), file.absolutePath()));
        button->setToolTip(path);
        button->setStyleSheet(QStringLiteral("text-align: left;"));
        connect(button, &QPushButton::clicked, this, [this, path] { Q_EMIT projectChosen(path); });
        recentList_->addWidget(button);
    }
}

} // namespace isoloss
