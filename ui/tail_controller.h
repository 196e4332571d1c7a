#pragma once

#include "engine/importers/tail/live_tail.h"

#include <QObject>
#include <QString>
#include <memory>

namespace isoloss {

class ProjectSession;

/// Follows the watched folders of the open project while it may be written: starts with the project and ends before it
/// closes. What is new of them reaches the window as every other change does. Window thread.
class TailController : public QObject {
    Q_OBJECT

public:
    explicit TailController(ProjectSession& session, QObject* parent = nullptr);
    ~TailController() override;

    /// Keeps the folder in the project and follows it. Does nothing while no project is open for writing.
    void watch(const QString& folder);
    void unwatch(const QString& folder);

    /// Whether what lies there is followed.
    bool isWatched(const QString& path) const;

    const TailStatus& status() const { return status_; }

Q_SIGNALS:
    void statusChanged();

private:
    void start();
    void stop();

    ProjectSession& session_;
    TailStatus status_;
    int started_ = 0; ///< number of the tail; what earlier ones still tell is dropped
    std::unique_ptr<LiveTail> tail_;
};

} // namespace isoloss
