#include "ui/tail_controller.h"

#include "engine/base/file.h"
#include "engine/base/log.h"
#include "engine/store/project.h"
#include "ui/file_path.h"
#include "ui/session.h"

#include <algorithm>

namespace isoloss {

TailController::TailController(ProjectSession& session, QObject* parent) : QObject(parent), session_(session) {
    connect(&session, &ProjectSession::aboutToClose, this, &TailController::stop);
    connect(&session, &ProjectSession::projectChanged, this, &TailController::start);
    start();
}

TailController::~TailController() {
    stop();
}

void TailController::start() {
    if (tail_ || !session_.isWritable()) return;
    TailOptions options;
    options.on_news = [](const ImportReport& report) {
        for (const SkippedSource& skipped : report.skipped)
            log::warn("skipped {} {}: {}", skipped.path, skipped.place, skipped.reason);
    };
    options.on_status = [this, number = ++started_](const TailStatus& status) {
        QMetaObject::invokeMethod(
            this,
            [this, number, status] {
                if (number != started_) return;
                status_ = status;
                Q_EMIT statusChanged();
            },
            Qt::QueuedConnection);
    };
    tail_ = std::make_unique<LiveTail>(*session_.project(), std::move(options));
}

void TailController::stop() {
    if (!tail_) return;
    tail_.reset();
    ++started_;
    status_ = {};
    Q_EMIT statusChanged();
}

void TailController::watch(const QString& folder) {
    if (tail_) tail_->watch(toPath(folder), LiveTail::Keep::in_project);
}

void TailController::unwatch(const QString& folder) {
    if (tail_) tail_->unwatch(toPath(folder));
}

bool TailController::isWatched(const QString& path) const {
    std::error_code error;
    const auto canonical = std::filesystem::canonical(toPath(path), error);
    return std::ranges::any_of(status_.folders, [&](const WatchedFolder& folder) {
        return lies_in(error ? toPath(path) : canonical, folder.path);
    });
}

} // namespace isoloss
