#include "ui/watched_folders.h"

#include "engine/base/file.h"
#include "ui/figures/value_text.h"
#include "ui/tail_controller.h"
#include "widgets/elided_label.h"

#include <QAction>
#include <QCoreApplication>
#include <QFile>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QScreen>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>

namespace isoloss {

namespace {

constexpr int panelWidth = 420;

} // namespace

QString watchStateText(const WatchedFolder& folder) {
    if (folder.problem) return qtext(folder.problem->reason);
    if (!folder.polled_because.empty())
        return WatchedFolders::tr("looked at every second: %1").arg(qtext(folder.polled_because));
    return WatchedFolders::tr("told of every change");
}

WatchedFolders::WatchedFolders(const Theme& theme, TailController& tail, QAction* watchFolder, QWidget* parent)
    : QFrame(parent, Qt::Popup), theme_(theme), tail_(tail), rows_(new QVBoxLayout) {
    setAttribute(Qt::WA_DeleteOnClose);
    setAccessibleName(tr("Watched folders"));
    setObjectName(QStringLiteral("watchedFolders"));
    setStyleSheet(QStringLiteral("#watchedFolders { background: %1; border: 1px solid %2; border-radius: %3px; }")
                      .arg(theme.surface.name(), theme.border.name(), QString::number(Theme::card_radius)));
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(2 * Theme::unit, Theme::unit, Theme::unit, Theme::unit);
    auto* caption = new QLabel(tr("Watched folders"), this);
    caption->setFont(theme.caption);
    layout->addWidget(caption);
    layout->addLayout(rows_);
    if (watchFolder) {
        auto* add = new QPushButton(watchFolder->text(), this);
        connect(add, &QPushButton::clicked, this, [this, watchFolder] {
            close();
            watchFolder->trigger();
        });
        layout->addWidget(add, 0, Qt::AlignLeft);
    }
    setFixedWidth(panelWidth);
    connect(&tail_, &TailController::statusChanged, this, &WatchedFolders::showFolders);
    showFolders();
}

void WatchedFolders::showFolders() {
    while (QLayoutItem* item = rows_->takeAt(0)) {
        if (QWidget* row = item->widget()) row->deleteLater();
        delete item;
    }
    const auto addText = [this](const QString& text, const QColor& color, const QFont& font, QLayout* to) {
        auto* label = new ElidedLabel(text, this);
        label->setElideMode(Qt::ElideMiddle);
        label->setFont(font);
        QPalette colors = label->palette();
        colors.setColor(QPalette::WindowText, color);
        label->setPalette(colors);
        to->addWidget(label);
    };
    for (const WatchedFolder& folder : tail_.status().folders) {
        auto* row = new QWidget(this);
        auto* line = new QHBoxLayout(row);
        line->setContentsMargins(0, 4, 0, 4);
        auto* words = new QVBoxLayout;
        words->setSpacing(0);
        line->addLayout(words, 1);
        addText(qtext(path_text(folder.path)), theme_.text, theme_.font, words);
        addText(watchStateText(folder), folder.problem ? theme_.danger : theme_.muted, theme_.small, words);
        auto* stop = new QToolButton(row);
        stop->setText(QStringLiteral("✕"));
        stop->setToolTip(tr("Stop watching; its runs stay"));
        stop->setAccessibleName(tr("Stop watching %1").arg(qtext(path_text(folder.path))));
        connect(stop, &QToolButton::clicked, this,
                [this, path = QFile::decodeName(folder.path.c_str())] { tail_.unwatch(path); });
        line->addWidget(stop, 0, Qt::AlignTop);
        rows_->addWidget(row);
    }
    if (tail_.status().folders.empty())
        addText(tr("None. What is written into a watched folder is imported at once."), theme_.muted, theme_.small,
                rows_);
    adjustSize();
}

void WatchedFolders::openAt(const QPoint& global) {
    adjustSize();
    const QRect room = parentWidget()->screen()->availableGeometry();
    const int left = std::clamp(global.x(), room.left(), std::max(room.left(), room.right() - width()));
    const int top = std::clamp(global.y() - height(), room.top(), std::max(room.top(), room.bottom() - height()));
    move(left, top);
    show();
}

} // namespace isoloss
