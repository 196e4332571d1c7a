#include "ui/session.h"

#include "engine/store/project.h"

#include <QPointer>

namespace isoloss {

ProjectSession::ProjectSession(BackendFactory backend, EngineOptions options, QObject* parent)
    : QObject(parent), backend_(std::move(backend)), options_(std::move(options)) {}

ProjectSession::~ProjectSession() {
    close();
}

Expected<void> ProjectSession::open(const std::filesystem::path& path) {
    // While it is open here, its lock would make the second opening one for reading only.
    std::error_code ignored;
    if (project_ && std::filesystem::equivalent(project_->path(), path, ignored)) close();
    ISOLOSS_TRY(auto project, Project::open(path));
    adopt(std::move(project));
    return {};
}

Expected<void> ProjectSession::create(const std::filesystem::path& path) {
    ISOLOSS_TRY(auto project, Project::create(path));
    adopt(std::move(project));
    return {};
}

void ProjectSession::adopt(std::unique_ptr<Project> project) {
    close();
    project_ = std::move(project);
    bridge_.setProject(project_.get());
    Q_EMIT projectChanged();
    if (!isWritable()) return;
    // Jobs that were left from the last time go on.
    bridge_.query<bool>(
        [](Reader& reader) -> Expected<bool> {
            ISOLOSS_TRY(const auto jobs, reader.jobs());
            for (const JobRecord& job : jobs)
                if (job.state == JobState::queued || job.state == JobState::running) return true;
            return false;
        },
        this,
        [this](const QueryAnswer<bool>& waiting) {
            if (waiting && **waiting) wakeEngine();
        });
}

void ProjectSession::close() {
    if (!project_) return;
    Q_EMIT aboutToClose();
    engine_.reset();
    bridge_.setProject(nullptr);
    project_.reset();
    Q_EMIT projectChanged();
}

bool ProjectSession::isWritable() const {
    return project_ && !project_->read_only();
}

EngineThread* ProjectSession::engine() {
    if (!engine_ && isWritable())
        engine_ = std::make_unique<EngineThread>(
            *project_, backend_, options_, [this](const EngineStatus& status) { bridge_.postEngineStatus(status); });
    return engine_.get();
}

void ProjectSession::wakeEngine() {
    if (auto* thread = engine()) thread->wake();
}

void ProjectSession::cancelJob(JobId job) {
    if (auto* thread = engine()) thread->cancel(job);
}

void ProjectSession::cancelAllJobs() {
    if (auto* thread = engine()) thread->cancel_all();
}

void ProjectSession::retryJob(JobId job) {
    if (auto* thread = engine()) thread->retry(job);
}

void ProjectSession::pauseJob(JobId job) {
    if (auto* thread = engine()) thread->pause(job);
}

void ProjectSession::resumeJob(JobId job) {
    if (auto* thread = engine()) thread->resume(job);
}

void ProjectSession::pauseQueue() {
    if (auto* thread = engine()) thread->pause_all();
}

void ProjectSession::resumeQueue() {
    if (auto* thread = engine()) thread->resume_all();
}

void ProjectSession::moveJob(JobId job, JobMove move) {
    if (auto* thread = engine()) thread->move(job, move);
}

void ProjectSession::readText(CheckpointId checkpoint, const std::string& text, QObject* context,
                              std::function<void(Expected<TokenLosses>)> answer) {
    auto* thread = engine();
    if (!thread) return;
    thread->read_text(
        checkpoint, text,
        [this, receiver = QPointer<QObject>(context), answer = std::move(answer)](Expected<TokenLosses> losses) {
            QMetaObject::invokeMethod(
                this,
                [receiver, answer, losses = std::move(losses)] {
                    if (receiver) answer(losses);
                },
                Qt::QueuedConnection);
        });
}

} // namespace isoloss
