#include "ui/models/jobs_model.h"

#include "ui/plural.h"
#include "widgets/item_roles.h"

#include <QFileInfo>
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace isoloss {

namespace {

int urgency(JobState state) {
    switch (state) {
    case JobState::running:
        return 0;
    case JobState::queued:
        return 1;
    case JobState::failed:
        return 2;
    case JobState::cancelled:
        return 3;
    case JobState::done:
        return 4;
    }
    return 4;
}

double shareOf(double done, double total) {
    return total > 0 ? std::clamp(done / total, 0.0, 1.0) : std::numeric_limits<double>::quiet_NaN();
}

QString shortCount(double value) {
    constexpr std::array<const char*, 4> suffixes{"", "k", "M", "G"};
    std::size_t power = 0;
    while (value >= 1000 && power + 1 < suffixes.size()) {
        value /= 1000;
        ++power;
    }
    return QString::number(value, 'f', value < 10 && power > 0 ? 1 : 0) + QLatin1String(suffixes[power]);
}

QString stateText(JobState state) {
    switch (state) {
    case JobState::queued:
        return JobsModel::tr("waiting");
    case JobState::running:
        return JobsModel::tr("running");
    case JobState::done:
        return JobsModel::tr("done");
    case JobState::failed:
        return JobsModel::tr("failed");
    case JobState::cancelled:
        return JobsModel::tr("cancelled");
    }
    return {};
}

JobState stateOf(ImportTask::State state) {
    switch (state) {
    case ImportTask::State::queued:
        return JobState::queued;
    case ImportTask::State::running:
        return JobState::running;
    case ImportTask::State::done:
        return JobState::done;
    case ImportTask::State::failed:
        return JobState::failed;
    case ImportTask::State::cancelled:
        return JobState::cancelled;
    }
    return JobState::failed;
}

} // namespace

QString duration(double seconds) {
    constexpr double minute = 60, hour = 3600;
    if (seconds < minute) return JobsModel::tr("%1 s").arg(std::ceil(seconds));
    if (seconds < hour) return JobsModel::tr("%1 min").arg(std::ceil(seconds / minute));
    return JobsModel::tr("%1 h").arg(seconds / hour, 0, 'f', 1);
}

QString timeLeft(double seconds) {
    return JobsModel::tr("%1 left").arg(duration(seconds));
}

QString speedText(const Progress& progress) {
    QStringList parts;
    if (progress.per_second > 0)
        parts += QStringLiteral("%1 %2/s").arg(shortCount(progress.per_second), qtext(progress.unit));
    if (progress.seconds_left >= 0) parts += timeLeft(progress.seconds_left);
    return parts.join(QStringLiteral(" · "));
}

JobsModel::JobsModel(QObject* parent) : QAbstractTableModel(parent) {}

void JobsModel::setJobs(Jobs jobs) {
    jobs_ = std::move(jobs);
    rebuild();
}

void JobsModel::setQueue(std::vector<JobId> order) {
    queue_ = std::move(order);
    rebuild();
}

void JobsModel::setImports(const std::vector<ImportTask>& imports) {
    imports_ = imports;
    rebuild();
}

void JobsModel::setStatus(const EngineStatus& status) {
    status_ = status;
    rebuild();
}

void JobsModel::hideDoneBefore(double time) {
    doneSince_ = time;
    rebuild();
}

JobsModel::Row JobsModel::rowOf(const JobRecord& job) const {
    Row row;
    row.job = job.id;
    row.state = job.state;
    row.what = qtext(job.metric);
    if (!job.dataset_name.empty()) row.what += QStringLiteral("[%1]").arg(qtext(job.dataset_name));
    row.subject = qtext(job.checkpoint_label);
    row.device = qtext(job.device);
    row.note = qtext(job.error);
    row.order = job.finished_at.value_or(job.created_at);
    row.paused = job.paused;
    row.share = job.state == JobState::done ? 1 : shareOf(job.done, job.total);
    if (job.state == JobState::queued) {
        // What an interrupted one has found is not lost.
        if (std::isnan(row.share)) row.share = 0;
        const auto place = std::find(queue_.begin(), queue_.end(), job.id);
        row.order = static_cast<double>(place - queue_.begin());
        if (place == queue_.end()) row.order += job.created_at;
        if (const auto left = time_.seconds.find(job.id); left != time_.seconds.end())
            row.speed = tr("takes %1").arg(duration(left->second));
    } else if (job.state == JobState::done && job.seconds.value_or(0) > 0 && job.total > 0) {
        row.speed = QStringLiteral("%1 %2/s").arg(shortCount(job.total / *job.seconds), qtext(job.unit));
    }
    const LaneStatus* lane = status_.lane_of(job.id);
    if (lane != nullptr && job.state == JobState::running) {
        row.share = shareOf(static_cast<double>(lane->progress.done), static_cast<double>(lane->progress.total));
        row.speed =
            lane->state == LaneStatus::State::loading_module ? tr("loading LibTorch") : speedText(lane->progress);
        if (!lane->device.empty()) row.device = qtext(lane->device);
    }
    return row;
}

JobsModel::Row JobsModel::rowOf(const ImportTask& import) {
    Row row;
    row.import = import.number;
    row.state = stateOf(import.state);
    row.what = tr("Import");
    QStringList names;
    for (const QString& path : import.paths)
        names += QFileInfo(path).fileName();
    row.subject = names.join(QStringLiteral(", "));
    row.order = import.number;
    row.share = row.state == JobState::done
                    ? 1
                    : shareOf(static_cast<double>(import.progress.done), static_cast<double>(import.progress.total));
    if (row.state == JobState::queued) row.share = 0;
    if (row.state == JobState::running) {
        row.speed = speedText(import.progress);
        row.note = qtext(import.progress.subject);
    }
    if (import.error) row.note = qtext(import.error->text());
    if (import.report)
        row.note = tr("%1, %2").arg(
            plural(import.report->runs, tr("%1 new run"), tr("%1 new runs")),
            plural(static_cast<std::int64_t>(import.report->skipped.size()), tr("%1 skipped"), tr("%1 skipped")));
    return row;
}

void JobsModel::rebuild() {
    time_ = queue_time(*jobs_, status_);
    std::vector<Row> rows;
    for (const ImportTask& import : imports_)
        rows.push_back(rowOf(import));
    for (const JobRecord& job : *jobs_)
        if (job.state != JobState::done || job.finished_at.value_or(doneSince_) >= doneSince_)
            rows.push_back(rowOf(job));
    std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
        if (urgency(a.state) != urgency(b.state)) return urgency(a.state) < urgency(b.state);
        const bool isOver = urgency(a.state) > urgency(JobState::queued);
        return isOver ? a.order > b.order : a.order < b.order;
    });
    const bool sameRows = std::equal(rows.begin(), rows.end(), rows_.begin(), rows_.end(),
                                     [](const Row& a, const Row& b) { return a.isSame(b); });
    if (!sameRows) {
        beginResetModel();
        rows_ = std::move(rows);
        endResetModel();
        return;
    }
    rows_ = std::move(rows);
    if (!rows_.empty()) Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, columns - 1));
}

JobsModel::Action JobsModel::action(int row) const {
    if (row < 0 || row >= rowCount()) return Action::none;
    const Row& shown = rows_[static_cast<std::size_t>(row)];
    if (shown.state == JobState::running || shown.state == JobState::queued) return Action::cancel;
    if (shown.import == 0 && shown.state != JobState::done) return Action::retry;
    return Action::none;
}

JobsModel::Pause JobsModel::pauseAction(int row) const {
    if (row < 0 || row >= rowCount()) return Pause::none;
    const Row& shown = rows_[static_cast<std::size_t>(row)];
    if (shown.import != 0 || urgency(shown.state) > urgency(JobState::queued)) return Pause::none;
    return shown.paused ? Pause::resume : Pause::pause;
}

bool JobsModel::canMove(int row) const {
    if (row < 0 || row >= rowCount()) return false;
    const Row& shown = rows_[static_cast<std::size_t>(row)];
    return shown.import == 0 && shown.state == JobState::queued;
}

std::optional<JobId> JobsModel::job(int row) const {
    const Row& shown = rows_[static_cast<std::size_t>(row)];
    return shown.import == 0 ? std::optional(shown.job) : std::nullopt;
}

int JobsModel::import(int row) const {
    return rows_[static_cast<std::size_t>(row)].import;
}

std::vector<JobRecord> JobsModel::stopped() const {
    std::vector<JobRecord> stopped;
    for (const JobRecord& job : *jobs_)
        if (job.state == JobState::failed || job.state == JobState::cancelled) stopped.push_back(job);
    return stopped;
}

int JobsModel::count(JobState state) const {
    return static_cast<int>(
        std::count_if(rows_.begin(), rows_.end(), [state](const Row& row) { return row.state == state; }));
}

int JobsModel::running() const {
    return count(JobState::running);
}

int JobsModel::waiting() const {
    return count(JobState::queued);
}

int JobsModel::failed() const {
    return count(JobState::failed);
}

int JobsModel::finished() const {
    return rowCount() - running() - waiting();
}

int JobsModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(rows_.size());
}

int JobsModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(columns);
}

QVariant JobsModel::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid)) return {};
    const Row& row = rows_[static_cast<std::size_t>(index.row())];
    if (role == Qt::ToolTipRole)
        return row.note.isEmpty() ? row.subject : QStringLiteral("%1\n%2").arg(row.subject, row.note);
    if (role == MutedRole) return index.column() != whatColumn;
    if (role == ProgressRole) return index.column() == progressColumn ? QVariant(row.share) : QVariant();
    if (role == Qt::AccessibleTextRole && index.column() == progressColumn)
        return std::isnan(row.share) ? tr("unknown") : tr("%1 percent").arg(std::lround(100 * row.share));
    if (role == Qt::TextAlignmentRole && index.column() == actionColumn)
        return QVariant::fromValue(Qt::AlignVCenter | Qt::AlignRight);
    if (role != Qt::DisplayRole) return {};
    switch (index.column()) {
    case whatColumn:
        return row.what;
    case subjectColumn:
        return row.subject;
    case speedColumn:
        return row.speed;
    case deviceColumn:
        return row.device;
    case stateColumn:
        if (row.paused && urgency(row.state) <= urgency(JobState::queued)) return tr("paused");
        return row.note.isEmpty() ? stateText(row.state) : QStringLiteral("%1: %2").arg(stateText(row.state), row.note);
    case actionColumn:
        return action(index.row()) == Action::cancel  ? tr("Cancel")
               : action(index.row()) == Action::retry ? tr("Retry")
                                                      : QString();
    default:
        return {};
    }
}

QVariant JobsModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole) return {};
    switch (section) {
    case whatColumn:
        return tr("what");
    case subjectColumn:
        return tr("checkpoint or folder");
    case progressColumn:
        return tr("progress");
    case speedColumn:
        return tr("speed");
    case deviceColumn:
        return tr("device");
    case stateColumn:
        return tr("state");
    default:
        return {};
    }
}

} // namespace isoloss
