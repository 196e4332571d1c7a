#pragma once

#include "engine/base/error.h"
#include "engine/base/ids.h"
#include "engine/store/import_undo.h"
#include "engine/store/records.h"

#include <cstdint>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace isoloss {

class Connection;

/// What one committed transaction changed. `everything` is set when the lists would be longer than useful.
struct ChangeSet {
    bool everything = false;
    bool runs = false; ///< names, tags, status, new runs
    bool checkpoints = false;
    bool quantities = false;
    bool values = false;
    bool jobs = false;
    bool views = false;
    bool datasets = false;
    std::vector<SeriesId> series; ///< got points

    bool empty() const {
        return !everything && !runs && !checkpoints && !quantities && !values && !jobs && !views && !datasets &&
               series.empty();
    }
};

/// How sure a commit is: `full` survives a power cut (what a person typed), `bulk` survives a crash of the program.
enum class Durability { bulk, full };

/// What is stored of one value.
struct StoredValue {
    ValueId id;
    std::optional<double> value;
    std::optional<double> standard_error;
    std::int64_t outcomes = 0; ///< how many items are behind it
};

/// The open transaction of a write task: every way to change a project. Exists only on the Writer's thread, inside a
/// task. All functions may fail with io (full disk) or damaged.
class WriteSession {
public:
    explicit WriteSession(Connection& connection);
    ~WriteSession();
    WriteSession(const WriteSession&) = delete;
    WriteSession& operator=(const WriteSession&) = delete;

    // Runs. ensure_run finds the run of an identity or makes one with this name and the next colour.
    Expected<RunId> ensure_run(const RunIdentity& identity, std::string_view name);
    Expected<void> add_identity(RunId run, const RunIdentity& identity);
    Expected<std::optional<RunId>> find_run(const RunIdentity& identity);
    /// Nothing when no run, or more than one, has this name.
    Expected<std::optional<RunId>> find_run_by_name(std::string_view name);
    Expected<void> rename_run(RunId run, std::string_view name);
    Expected<void> set_run_group(RunId run, std::string_view group);
    Expected<void> set_run_notes(RunId run, std::string_view notes);
    Expected<void> set_run_tags(RunId run, const std::vector<std::string>& tags);
    Expected<void> add_run_tags(RunId run, const std::vector<std::string>& tags);
    /// `note`: why, where the verdict is ours; replaces the one before.
    Expected<void> set_run_status(RunId run, RunStatus status, std::string_view note = {});
    Expected<void> set_run_started(RunId run, double utc_seconds); ///< keeps the earliest
    Expected<void> set_run_visible(RunId run, bool visible);
    Expected<void> set_run_pinned(RunId run, bool pinned);
    Expected<void> set_run_color(RunId run, int color); ///< index into the palette
    Expected<void> set_run_archived(RunId run, bool archived);
    Expected<void> set_run_trashed(RunId run, bool trashed);
    /// Merges the members of a JSON object into the run's config (new keys win, nested objects merge).
    Expected<void> merge_run_config(RunId run, std::string_view config_object);

    // Series. Steps of one call must not decrease; a decrease belongs to a new attempt.
    Expected<SeriesId> ensure_series(RunId run, std::string_view name);
    Expected<std::optional<SeriesId>> find_series(RunId run, std::string_view name);
    Expected<void> append_points(SeriesId series, int attempt, const PointSpan& points);

    Expected<void> append_points(SeriesId series, int attempt, const PointColumns& points) {
        return append_points(series, attempt, point_span(points));
    }

    /// About how many bytes the points of this session will take in the log when it is committed.
    std::size_t pending_bytes() const;

    /// The last step that was appended to this attempt of the series; nothing while it has no points.
    Expected<std::optional<std::int64_t>> last_step(SeriesId series, int attempt);

    // Checkpoints. ensure_checkpoint finds (run, attempt, step) or makes it; update fills in what is known (non-empty
    // fields of `record`) and leaves the rest.
    Expected<CheckpointId> ensure_checkpoint(RunId run, int attempt, std::optional<std::int64_t> step);
    Expected<std::optional<CheckpointId>> find_checkpoint(RunId run, int attempt, std::optional<std::int64_t> step);
    Expected<std::string> content_hash(CheckpointId checkpoint); ///< empty while it is not known
    Expected<void> update_checkpoint(CheckpointId checkpoint, const CheckpointRecord& record);

    // Quantities and values. ensure_quantity finds by key or makes it from the record. put_value replaces the value of
    // (checkpoint, quantity, variant) and drops its outcomes; an equal value stays as it is. put_outcomes replaces all
    // outcomes of a value from a position on; the items are found again by task, key and document hash.
    Expected<QuantityId> ensure_quantity(const QuantityRecord& record);
    Expected<std::optional<QuantityRecord>> find_quantity(std::string_view key);
    Expected<ValueId> put_value(const ValueRecord& value);
    Expected<std::optional<StoredValue>> find_value(CheckpointId checkpoint, QuantityId quantity,
                                                    std::string_view variant);
    Expected<void> put_outcomes(ValueId value, const std::vector<OutcomeRecord>& outcomes,
                                std::int64_t first_position = 0);

    // Data sets; found again by name and hash. ensure_dataset brings a removed one back and takes over where its files
    // are now and what is known about them.
    Expected<DatasetId> ensure_dataset(const DatasetRecord& record);
    /// Renames also what was measured on it: `loss[old]` becomes `loss[new]`, with its items. Fails with usage when the
    /// name is empty, has brackets or belongs to another data set or other quantities.
    Expected<void> rename_dataset(DatasetId dataset, std::string_view name);
    /// Takes it off the list, or puts it back. Values that were measured on it stay.
    Expected<void> set_dataset_removed(DatasetId dataset, bool removed);
    /// Whether there are data sets of this name, but none with this hash.
    Expected<bool> has_other_dataset(const DatasetRecord& record);

    // Jobs. enqueue_job answers the existing job of (checkpoint, metric, data hash, parameters) if there is one;
    // `created` tells. A failed or cancelled one is queued again.
    struct Enqueued {
        JobId id;
        bool created = false;
        JobState state = JobState::queued; ///< after the call
    };

    Expected<Enqueued> enqueue_job(const JobRecord& job);
    /// Claims the next job of the queue and marks it running; nothing while the queue is paused. Jobs that a person
    /// moved come first, in their order; then those of `preferred`, the checkpoint that is loaded; then those of
    /// checkpoints that nobody else has loaded; then as Reader::queue() has them.
    Expected<std::optional<JobRecord>> claim_job(std::string_view device,
                                                 std::optional<CheckpointId> preferred = std::nullopt);
    /// Claims the queued jobs that one pass over the same data can answer together with `job`: same checkpoint, data
    /// hash and parameters, and a metric of the list.
    Expected<std::vector<JobRecord>> claim_companions(const JobRecord& job, const std::vector<std::string>& metrics);
    /// A measurement that was done elsewhere: makes its job, or ends the one that waits for it.
    Expected<void> enter_done_job(const JobRecord& job);
    Expected<void> set_job_progress(JobId job, double done, double total, std::string_view unit);
    Expected<void> finish_job(JobId job, JobState state, std::string_view error);
    Expected<void> set_job_device(JobId job, std::string_view device);
    Expected<void> set_job_seconds(JobId job, double seconds);
    /// Back to the queue, at its place. Its progress stays: what was found so far is not lost.
    Expected<void> requeue_job(JobId job);
    /// A paused job stays in the queue and is not claimed. False when it is over already.
    Expected<bool> set_job_paused(JobId job, bool paused);
    /// While the queue is paused no job is claimed.
    Expected<void> set_queue_paused(bool paused);
    /// Moves a queued job before or behind its neighbour, or to an end; false when it is not queued or there already.
    Expected<bool> move_job(JobId job, JobMove move);
    /// Queues a failed or cancelled job again; false when it is neither.
    Expected<bool> retry_job(JobId job);
    /// Cancels a job, or all, that nobody has claimed yet. Answers how many.
    Expected<int> cancel_queued_jobs(std::optional<JobId> job = std::nullopt);
    /// After a crash: running jobs go back to queued. Answers how many.
    Expected<int> requeue_interrupted_jobs();
    /// Forgets failed and cancelled jobs. Those that are done stay: they say what need not be measured again.
    Expected<void> remove_stopped_jobs();
    /// Brings jobs back that were forgotten, as they were; one that is there again stays as it is.
    Expected<void> restore_jobs(const std::vector<JobRecord>& jobs);

    // Passes that were begun. begin_partial_pass answers what an interrupted one has found under the same conditions;
    // else it starts anew. All of a pass is dropped when its values are stored.
    Expected<PartialPass> begin_partial_pass(const PartialPassRecord& record);
    /// At most most_unit_numbers (usage).
    Expected<void> put_partial_unit(PartialPassId pass, std::int64_t unit, std::span<const double> numbers);
    Expected<void> update_partial_pass(PartialPassId pass, std::int64_t batch_tokens, double seconds);
    Expected<void> drop_partial_pass(PartialPassId pass);
    /// Drops the passes that no unfinished job asks for.
    Expected<void> drop_unwanted_partial_passes();

    // Views (found again by name), sources, imports. Rows made after begin_import or continue_import belong to that
    // import.
    Expected<ViewId> put_view(const ViewRecord& view);
    Expected<void> remove_view(ViewId view);
    /// Replaces the mapping of this name.
    Expected<void> put_mapping(const MappingRecord& mapping);
    Expected<void> remove_mapping(std::string_view name);
    /// The view that the project opens with; none for an empty name. not_found when there is no view of that name.
    Expected<void> set_start_view(std::string_view name);
    Expected<std::optional<SourceRecord>> find_source(std::string_view path);
    Expected<void> put_source(const SourceRecord& source);
    Expected<ImportId> begin_import(const std::vector<std::string>& paths);
    void continue_import(ImportId import);
    Expected<void> finish_import(ImportId import, std::string_view report);
    /// Takes an import back: afterwards the project is as it was before it, but for what a person changed since. Alone
    /// in its transaction. An import that is still under way fails at its next transaction. Fails as plan_import_undo
    /// does, and with usage when the rule forbids it.
    Expected<ImportUndone> undo_import(ImportId import, UndoRule rule);

    // Folders that are watched while the project is open; a folder that is there already stays as it is.
    Expected<void> add_watched_folder(std::string_view path);
    Expected<void> remove_watched_folder(std::string_view path);

    const ChangeSet& changes() const { return changes_; }

private:
    friend class Writer;
    struct Cache;

    /// Writes what was gathered; before the commit.
    Expected<void> flush();
    Expected<void> check_import();
    Expected<void> note_attempt(RunId run, int attempt);
    Expected<void> set_run(std::string_view column, RunId run, auto value);
    Expected<void> note_edit(RunId run);
    Expected<void> put_outcome(ValueId value, std::int64_t position, const OutcomeRecord& outcome);

    Connection& connection_;
    ChangeSet changes_;
    std::unique_ptr<Cache> cache_;
};

/// The one thread that writes and checkpoints the project. Tasks run one after the other, each in its own transaction:
/// it commits when the task succeeds and rolls back when it fails or throws. submit and run may be called from any
/// thread; run must not be called from within a task.
class Writer {
public:
    using Task = std::function<Expected<void>(WriteSession&)>;
    using Listener = std::function<void(const ChangeSet&)>;

    explicit Writer(std::unique_ptr<Connection> connection);
    ~Writer(); ///< runs what is queued, then checkpoints and closes
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    std::future<Expected<void>> submit(Task task, Durability durability = Durability::bulk);
    Expected<void> run(Task task, Durability durability = Durability::full);
    /// Tasks that wait; a producer that outruns the disk slows down when this is high.
    std::size_t waiting() const;

    /// Called on the Writer's thread after every commit that changed something. Answers a handle for unsubscribe, which
    /// returns only when no call is in flight.
    int subscribe(Listener listener);
    void unsubscribe(int handle);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace isoloss
