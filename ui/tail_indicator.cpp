#include "ui/tail_indicator.h"

#include "engine/base/file.h"
#include "ui/figures/value_text.h"
#include "ui/plural.h"
#include "ui/tail_controller.h"
#include "ui/ui_services.h"
#include "ui/watched_folders.h"

#include <QDateTime>
#include <algorithm>
#include <chrono>

namespace isoloss {

namespace {

constexpr std::chrono::seconds betweenTicks{1};

double now() {
    constexpr double millisecondsASecond = 1000;
    return static_cast<double>(QDateTime::currentMSecsSinceEpoch()) / millisecondsASecond;
}

} // namespace

QString ageText(double seconds) {
    constexpr double minute = 60, hour = 3600, day = 86400;
    const auto whole = [&](double unit) { return static_cast<qint64>(std::max(0.0, seconds) / unit); };
    if (seconds < minute) return TailIndicator::tr("%1 s").arg(whole(1));
    if (seconds < hour) return TailIndicator::tr("%1 min").arg(whole(minute));
    if (seconds < 2 * day) return TailIndicator::tr("%1 h").arg(whole(hour));
    return TailIndicator::tr("%1 days").arg(whole(day));
}

TailIndicator::TailIndicator(UiServices& services, TailController& tail, QWidget* parent)
    : QToolButton(parent), services_(services), tail_(tail) {
    setAutoRaise(true);
    setAccessibleName(tr("Watched folders"));
    clock_.setInterval(betweenTicks);
    connect(&clock_, &QTimer::timeout, this, &TailIndicator::showStatus);
    connect(&tail_, &TailController::statusChanged, this, &TailIndicator::showStatus);
    connect(this, &QToolButton::clicked, this, &TailIndicator::openList);
    connect(&services_.theme(), &ThemeController::themeChanged, this, &TailIndicator::applyTheme);
    applyTheme();
    showStatus();
}

void TailIndicator::applyTheme() {
    const Theme& theme = services_.theme().theme();
    setFont(theme.small);
    setStyleSheet(QStringLiteral("QToolButton { color: %1; border: none; padding: 0 6px; } "
                                 "QToolButton:hover, QToolButton:focus { color: %2; }")
                      .arg(theme.muted.name(), theme.text.name()));
}

void TailIndicator::showStatus() {
    const TailStatus& status = tail_.status();
    setVisible(!status.folders.empty());
    if (status.folders.empty()) {
        clock_.stop();
        return;
    }
    if (!clock_.isActive()) clock_.start();
    const auto all = static_cast<std::int64_t>(status.folders.size());
    const auto well =
        all - std::ranges::count_if(status.folders, [](const WatchedFolder& folder) { return bool(folder.problem); });
    QString text = well == all ? plural(all, tr("watching %1 folder"), tr("watching %1 folders"))
                               : tr("watching %1 of %2 folders").arg(count_text(well), count_text(all));
    if (!status.importing.empty())
        text += tr(" · importing %1").arg(qtext(path_text(status.importing.filename())));
    else if (status.last_change)
        text += tr(" · last change %1 ago").arg(ageText(now() - *status.last_change));
    else
        text += tr(" · no change yet");
    setText(text);
    QStringList lines;
    for (const WatchedFolder& folder : status.folders)
        lines += qtext(path_text(folder.path)) + QStringLiteral("\n    ") + watchStateText(folder);
    setToolTip(lines.join(QLatin1Char('\n')));
}

void TailIndicator::openList() {
    auto* list = new WatchedFolders(services_.theme().theme(), tail_, watchFolder_, window());
    list->openAt(isVisible() ? mapToGlobal(QPoint(0, 0)) : window()->mapToGlobal(window()->rect().center()));
}

} // namespace isoloss
