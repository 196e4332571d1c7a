#pragma once

#include "engine/jobs/engine_thread.h"
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

    using Jobs = std::shared_ptr<const std::vector<JobRecord>>;

    explicit JobsModel(QObject* parent = nullptr);

    void setJobs(Jobs jobs);
    void setImports(const std::vector<ImportTask>& imports);
    void setStatus(const EngineStatus& status);
    /// Leaves out measurements that were done before this time (seconds since 1970): they are the project's memory of
    /// what was measured, not work that one waits for.
    void hideDoneBefore(double time);

    /// What the last column offers for a row.
    Action action(int row) const;
    /// The job of a row; nothing for an import.
    std::optional<JobId> job(int row) const;
    /// The number of a row's import; 0 for a job.
    int import(int row) const;
    int running() const;
    int waiting() const;
    int failed() const;
    int finished() const;
    /// How long the measurements that wait or run will take at the pace of those done of the same queue; nothing
    /// while too few are done.
    std::optional<double> secondsLeft() const;

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    struct Row {
        JobId job;
        int import = 0;
        JobState state = JobState::queued;
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
    EngineStatus status_;
    double doneSince_ = 0;
    std::vector<Row> rows_;
};

/// "43 s left", "5 min left", "1.2 h left".
QString timeLeft(double seconds);

/// "48.2k tokens/s · 2 min left"; empty when nothing is known.
QString speedText(const Progress& progress);

} // namespace isoloss
