#include "ui/import_controller.h"

#include "engine/store/project.h"
#include "ui/file_path.h"
#include "ui/session.h"

#include <algorithm>
#include <exception>

namespace isoloss {

ImportController::ImportController(ProjectSession& session, QObject* parent) : QObject(parent), session_(session) {
    connect(&session, &ProjectSession::aboutToClose, this, &ImportController::stopAll);
}

ImportController::~ImportController() {
    stopAll();
}

ImportTask* ImportController::task(int number) {
    const auto found = std::find_if(tasks_.begin(), tasks_.end(), [&](const auto& t) { return t.number == number; });
    return found == tasks_.end() ? nullptr : &*found;
}

int ImportController::start(const QStringList& paths, const ImportOptions& corrections) {
    ImportTask added;
    added.number = ++lastNumber_;
    added.paths = paths;
    added.corrections = corrections;
    tasks_.push_back(std::move(added));
    Q_EMIT tasksChanged();
    runNext();
    return lastNumber_;
}

void ImportController::cancel(int number) {
    ImportTask* asked = task(number);
    if (!asked) return;
    if (asked->state == ImportTask::State::running) {
        cancellation_.cancel();
    } else if (asked->state == ImportTask::State::queued) {
        asked->state = ImportTask::State::cancelled;
        Q_EMIT taskChanged(number);
    }
}

void ImportController::clearFinished() {
    std::erase_if(tasks_, [](const ImportTask& t) {
        return t.state != ImportTask::State::queued && t.state != ImportTask::State::running;
    });
    Q_EMIT tasksChanged();
}

void ImportController::runNext() {
    if (running_ != 0 || !session_.isWritable()) return;
    const auto next = std::find_if(tasks_.begin(), tasks_.end(),
                                   [](const ImportTask& t) { return t.state == ImportTask::State::queued; });
    if (next == tasks_.end()) return;
    if (thread_.joinable()) thread_.join();
    next->state = ImportTask::State::running;
    const int number = running_ = next->number;
    cancellation_ = CancellationSource();
    std::vector<std::filesystem::path> paths;
    for (const QString& path : next->paths)
        paths.push_back(toPath(path));
    ImportOptions options = next->corrections;
    options.cancellation = cancellation_.token();
    options.progress = [this, number](const Progress& progress) {
        QMetaObject::invokeMethod(
            this,
            [this, number, progress] {
                if (ImportTask* shown = task(number)) {
                    shown->progress = progress;
                    Q_EMIT taskChanged(number);
                }
            },
            Qt::QueuedConnection);
    };
    thread_ = std::thread([this, number, project = session_.project(), paths, options] {
        Expected<ImportReport> result;
        try {
            result = import_paths(*project, paths, options);
        } catch (const std::exception& exception) {
            result = fail(ErrorKind::internal, exception.what(), "Please report this with the log");
        }
        QMetaObject::invokeMethod(
            this, [this, number, result] { finish(number, result); }, Qt::QueuedConnection);
    });
    Q_EMIT taskChanged(number);
}

void ImportController::finish(int number, Expected<ImportReport> result) {
    if (running_ != number) return;
    if (thread_.joinable()) thread_.join();
    running_ = 0;
    if (ImportTask* ended = task(number)) {
        if (result) {
            ended->report = std::move(*result);
            ended->state = cancellation_.token().cancelled() ? ImportTask::State::cancelled : ImportTask::State::done;
        } else {
            ended->error = result.error();
            ended->state =
                result.error().kind == ErrorKind::cancelled ? ImportTask::State::cancelled : ImportTask::State::failed;
        }
        Q_EMIT taskChanged(number);
        const ImportTask copy = *ended;
        Q_EMIT finished(copy);
    }
    runNext();
}

void ImportController::stopAll() {
    cancellation_.cancel();
    if (thread_.joinable()) thread_.join();
    running_ = 0;
    tasks_.clear();
    Q_EMIT tasksChanged();
}

} // namespace isoloss
