#pragma once

#include "engine/base/error.h"
#include "engine/jobs/engine_thread.h"
#include "ui/engine_bridge.h"

#include <QObject>
#include <filesystem>
#include <memory>

namespace isoloss {

class Project;

/// The open project with everything that works on it: the bridge to the window and the engine thread, which starts at
/// the first job. At most one project is open; opening another closes it. Window thread.
class ProjectSession : public QObject {
    Q_OBJECT

public:
    ProjectSession(BackendFactory backend, EngineOptions options, QObject* parent = nullptr);
    ~ProjectSession() override;

    Expected<void> open(const std::filesystem::path& path);
    Expected<void> create(const std::filesystem::path& path);
    void close();

    /// nullptr while none is open. Shared with worker threads that must not outlive it by a use of their own.
    const std::shared_ptr<Project>& project() const { return project_; }

    bool isOpen() const { return project_ != nullptr; }

    bool isWritable() const;

    EngineBridge& bridge() { return bridge_; }

    /// Starts the engine thread if need be and tells it that jobs wait. Does nothing when read-only.
    void wakeEngine();
    void cancelJob(JobId job);
    void cancelAllJobs();
    void retryJob(JobId job);
    void pauseJob(JobId job);
    void resumeJob(JobId job);
    void pauseQueue();
    void resumeQueue();
    void moveJob(JobId job, JobMove move);
    /// Reads a text with a checkpoint; the answer comes on the window's thread, unless `context` or the project is
    /// gone.
    void readText(CheckpointId checkpoint, const std::string& text, QObject* context,
                  std::function<void(Expected<TokenLosses>)> answer);

Q_SIGNALS:
    /// Before the project goes: work on it has to end before this returns.
    void aboutToClose();
    /// Opened or closed; after bridge().projectChanged().
    void projectChanged();

private:
    void adopt(std::unique_ptr<Project> project);
    EngineThread* engine();

    BackendFactory backend_;
    EngineOptions options_;
    std::shared_ptr<Project> project_;
    EngineBridge bridge_;
    std::unique_ptr<EngineThread> engine_;
};

} // namespace isoloss
