#pragma once

#include "engine/base/error.h"
#include "engine/base/ids.h"
#include "engine/store/import_undo.h"
#include "engine/store/records.h"

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace isoloss {

class Connection;

enum class TrashRule { without_trash, with_trash };

/// Levels of the min / max / first / last pyramid. Level 0 is the points themselves; a bucket of level L covers 8^L
/// points of one chunk.
constexpr int pyramid_levels = 4; ///< levels 1 to 4; a level-4 bucket is a whole chunk of 4,096 points

/// Buckets of one level as columns, in order of attempt and position. Extremes are over finite values; a bucket without
/// one has NaN there. first and last are the values of its first and last finite points.
struct BucketColumns {
    int level = 1;
    std::vector<int> attempts;
    std::vector<std::int64_t> first_steps, last_steps;
    std::vector<double> first_wall_times, last_wall_times;
    std::vector<double> min, max, first, last;
    std::vector<std::uint32_t> counts;    ///< points in the bucket
    std::vector<std::uint32_t> nonfinite; ///< NaN and infinities among them

    std::size_t size() const { return attempts.size(); }
};

/// One chunk as listed in the directory, without its points.
struct ChunkInfo {
    std::int64_t id = 0;
    int attempt = 1;
    std::int64_t ordinal = 0;
    std::uint32_t count = 0;
    std::int64_t first_step = 0, last_step = 0;
    bool bad = false; ///< failed its checks before; skipped and reported
};

struct SeriesName {
    std::string name;
    std::int64_t runs = 0;
};

struct PointsOfAttempt {
    int attempt = 1;
    PointColumns points;
};

/// The number of a current value: what a table of many checkpoints needs of it.
struct ValueNumber {
    ValueId id;
    CheckpointId checkpoint;
    QuantityId quantity;
    std::optional<double> value; ///< as in ValueRecord
    std::optional<double> standard_error;
    std::optional<std::int64_t> n;
    std::string reason; ///< why it is partial or undefined
};

/// What one text contributes to a loss.
struct TextOutcome {
    ItemId item;
    double log_likelihood = 0; ///< Σ ln p of its scored tokens, nats
    std::int64_t tokens = 0;
};

/// Read-only queries over one connection. Each call is one short read transaction. One thread at a time.
class Reader {
public:
    explicit Reader(std::unique_ptr<Connection> connection);
    ~Reader();

    Expected<std::vector<RunRecord>> runs(TrashRule trash = TrashRule::without_trash);
    Expected<std::optional<RunRecord>> run(RunId run);
    Expected<std::optional<RunId>> run_of(const RunIdentity& identity);
    /// All identities of a run, in the order of kind and key.
    Expected<std::vector<RunIdentity>> identities(RunId run);
    /// Nothing when no run, or more than one, has this name.
    Expected<std::optional<RunId>> run_named(std::string_view name);
    Expected<std::vector<SeriesRecord>> series(std::optional<RunId> run = std::nullopt);
    /// The series of one name, by run.
    Expected<std::vector<SeriesRecord>> series_named(std::string_view name);
    /// Each name of a series outside of the trash once, by name, with the number of runs that have it.
    Expected<std::vector<SeriesName>> series_names();
    Expected<std::vector<CheckpointRecord>> checkpoints(std::optional<RunId> run = std::nullopt);
    Expected<std::optional<CheckpointRecord>> checkpoint(CheckpointId checkpoint);
    Expected<std::vector<QuantityRecord>> quantities();
    /// Current values: of several variants of one quantity the newest. All checkpoints when none is named.
    Expected<std::vector<ValueRecord>> values(std::optional<CheckpointId> checkpoint = std::nullopt,
                                              std::optional<QuantityId> quantity = std::nullopt);
    /// The same without texts and several times as fast, by checkpoint and quantity.
    Expected<std::vector<ValueNumber>> value_numbers(std::optional<QuantityId> quantity = std::nullopt);
    /// Every variant, oldest first.
    Expected<std::vector<ValueRecord>> value_history(CheckpointId checkpoint, QuantityId quantity);
    Expected<std::vector<OutcomeRecord>> outcomes(ValueId value);
    Expected<bool> has_outcomes(ValueId value);
    /// Outcomes of a loss by item, lowest item first, at most `most`; those with a single log-likelihood and a number
    /// of tokens. Much faster than outcomes().
    Expected<std::vector<TextOutcome>> text_outcomes(ValueId value, std::int64_t most);
    Expected<std::vector<DatasetRecord>> datasets();                   ///< without those that were removed
    Expected<std::optional<DatasetRecord>> dataset(DatasetId dataset); ///< also a removed one
    Expected<std::vector<JobRecord>> jobs();
    /// The jobs that wait, those that are paused too, in the order in which they will run.
    Expected<std::vector<JobRecord>> queue();
    Expected<bool> queue_paused();
    Expected<std::vector<ViewRecord>> views();
    /// The view that the project opens with.
    Expected<std::optional<ViewRecord>> start_view();
    Expected<std::vector<MappingRecord>> mappings(); ///< by name; none in a project from before they were kept
    Expected<std::optional<SourceRecord>> source(std::string_view path);
    /// All imports, oldest first; those that were undone are marked.
    Expected<std::vector<ImportRecord>> imports();
    /// What WriteSession::undo_import would do.
    Expected<ImportUndoPlan> plan_undo(ImportId import);
    /// The files and folders that an import read, for find_lost_sources: without them it cannot be repeated.
    Expected<std::vector<SourceRecord>> sources_of(ImportId import);
    /// The folders that are watched while the project is open, in the order in which they were added.
    Expected<std::vector<std::string>> watched_folders();
    /// What came of `folder` (or of that file): every source of each run that has one there, by run.
    Expected<std::vector<RunSource>> run_sources(std::string_view folder);
    Expected<RunRhythm> rhythm(RunId run);

    /// The chunk directory of a series in order of attempt and position.
    Expected<std::vector<ChunkInfo>> chunks(SeriesId series);
    /// All points, or those of chunks that overlap [first_step, last_step]. A damaged chunk is skipped and named in
    /// `damaged`.
    Expected<std::vector<PointsOfAttempt>> points(SeriesId series, std::optional<std::int64_t> first_step = {},
                                                  std::optional<std::int64_t> last_step = {},
                                                  std::vector<std::string>* damaged = nullptr);
    /// Buckets of one level (1 to pyramid_levels) of chunks that overlap the range.
    Expected<BucketColumns> buckets(SeriesId series, int level, std::optional<std::int64_t> first_step = {},
                                    std::optional<std::int64_t> last_step = {});

    /// Changes of other processes: a number that differs after each commit.
    Expected<std::int64_t> data_version();
    /// SQLite's integrity check and a decode of every chunk; answers the faults found.
    Expected<std::vector<std::string>> check_integrity(const std::function<void(double share)>& progress = {});

    /// A read-only statement of the user (`isoloss query --sql`): column names, then rows as text (nullopt = NULL,
    /// bytes as hexadecimal digits). It may use the views and the function of packaging/docs/sql.md.
    struct SqlResult {
        std::vector<std::string> columns;
        std::vector<std::vector<std::optional<std::string>>> rows;
    };

    Expected<SqlResult> sql(std::string_view statement);

private:
    Expected<void> know_sql();

    std::unique_ptr<Connection> connection_;
    bool knows_sql_ = false; ///< the connection has the views and functions of sql()
};

} // namespace isoloss
