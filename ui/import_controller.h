#pragma once

#include "engine/base/cancellation.h"
#include "engine/base/progress.h"
#include "engine/importers/import.h"

#include <QObject>
#include <QStringList>
#include <optional>
#include <thread>
#include <vector>

namespace isoloss {

class ProjectSession;

/// One import as the Jobs dock lists it.
struct ImportTask {
    enum class State { queued, running, done, failed, cancelled } state = State::queued;
    int number = 0;
    QStringList paths;
    ImportOptions corrections; ///< what the person changed before it began
    Progress progress;
    std::optional<ImportReport> report;
    std::optional<Error> error;
};

/// Runs imports one after the other on a thread of their own. Window thread.
class ImportController : public QObject {
    Q_OBJECT

public:
    explicit ImportController(ProjectSession& session, QObject* parent = nullptr);
    ~ImportController() override;

    /// Queues an import into the open project; answers its number.
    int start(const QStringList& paths, const ImportOptions& corrections = {});
    void cancel(int number);
    void clearFinished();

    const std::vector<ImportTask>& tasks() const { return tasks_; }

Q_SIGNALS:
    void tasksChanged();          ///< the list
    void taskChanged(int number); ///< progress or state of one
    void finished(const isoloss::ImportTask& task);

private:
    ImportTask* task(int number);
    void runNext();
    void finish(int number, Expected<ImportReport> result);
    void stopAll();

    ProjectSession& session_;
    std::vector<ImportTask> tasks_;
    std::thread thread_;
    CancellationSource cancellation_;
    int running_ = 0; ///< number of the task on the thread, 0 for none
    int lastNumber_ = 0;
};

} // namespace isoloss
