#pragma once

#include "engine/jobs/queue_time.h"
#include "engine/store/records.h"
#include "ui/import_controller.h"

#include <QAbstractTableModel>
#include <memory>
#include <vector>

namespace isoloss {

/// The work of the project, most urgent first: running, waiting, failed, then what is done; measurements and imports
/// in one list. Window thread.
class JobsModel : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Column {
        whatColumn,
        subjectColumn,
        progressColumn,
        speedColumn,
        deviceColumn,
        stateColumn,
        actionColumn,
        columns
    };

    enum class Action { none, cancel, retry };
    enum class Pause { none, pause, resume }; ///< none: neither makes sense

    using Jobs = std::shared_ptr<const std::vector<JobRecord>>;

    explicit JobsModel(QObject* parent = nullptr);

    void setJobs(Jobs jobs);
    /// The jobs that wait, in the order in which they will run; others wait behind them by the time of their making.
    void setQueue(std::vector<JobId> order);
    void setImports(const std::vector<ImportTask>& imports);
    void setStatus(const EngineStatus& status);
    /// Leaves out measurements that were done before this time (seconds since 1970): they are the project's memory of
    /// what was measured, not work that one waits for.
    void hideDoneBefore(double time);

    double hiddenBefore() const { return doneSince_; }

    /// The jobs that failed or were cancelled.
    std::vector<JobRecord> stopped() const;

    /// What the last column offers for a row.
    Action action(int row) const;
    Pause pauseAction(int row) const;
    /// Whether the row is a measurement that waits, so that it can be moved in the queue.
    bool canMove(int row) const;
    /// The job of a row; nothing for an import.
    std::optional<JobId> job(int row) const;
    /// The number of a row's import; 0 for a job.
    int import(int row) const;
    int running() const;
    int waiting() const;
    int failed() const;
    int finished() const;

    /// How long the measurements that wait or run will take by what the same ones took before; nothing while that is
    /// not known of all of them.
    std::optional<double> secondsLeft() const { return time_.whole; }

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    struct Row {
        JobId job;
        int import = 0;
        JobState state = JobState::queued;
        bool paused = false;
        QString what, subject, speed, device, note;
        double share = 0; ///< NaN: unknown
        double order = 0; ///< time, for the order within a state

        bool isSame(const Row& other) const { return job == other.job && import == other.import; }
    };

    Row rowOf(const JobRecord& job) const;
    static Row rowOf(const ImportTask& import);
    void rebuild();
    int count(JobState state) const;

    Jobs jobs_ = std::make_shared<const std::vector<JobRecord>>();
    std::vector<ImportTask> imports_;
    std::vector<JobId> queue_;
    EngineStatus status_;
    QueueTime time_;
    double doneSince_ = 0;
    std::vector<Row> rows_;
};

/// "43 s", "5 min", "1.2 h".
QString duration(double seconds);

/// "43 s left", "5 min left", "1.2 h left".
QString timeLeft(double seconds);

/// "48.2k tokens/s · 2 min left"; empty when nothing is known.
QString speedText(const Progress& progress);

} // namespace isoloss
