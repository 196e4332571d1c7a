#pragma once

#include "engine/base/ids.h"

#include <array>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// The rows of a project as plain values. What is not known is std::nullopt or an empty string, never a stand-in
/// number.
namespace isoloss {

/// `presumed_crashed` is a verdict of ours (silent for too long while it was watched), the others are the source's
/// words.
enum class RunStatus { unknown, running, finished, crashed, presumed_crashed };

struct RunRecord {
    RunId id;
    std::string name;
    std::string group;
    std::string config = "{}"; ///< JSON object, nested as it was logged
    std::string notes;
    RunStatus status = RunStatus::unknown;
    std::string status_note; ///< why a verdict of ours was given: "nothing new since …"
    std::vector<std::string> tags;
    std::optional<double> started_at; ///< UTC seconds
    int color = 0;                    ///< index into the palette; given once, changed only by a person
    bool visible = true;              ///< the eye
    bool pinned = false;
    bool archived = false;
    bool trashed = false;
    int attempts = 0;
    int series_count = 0;
    int checkpoint_count = 0;
    std::int64_t point_count = 0;
    std::optional<std::int64_t> last_step;
};

/// How a run is recognised when its source is imported again (HOUSE.md, identity and joining).
struct RunIdentity {
    std::string kind; ///< "event_folder", "harness_model", "checkpoint_folder", …
    std::string key;  ///< stable within its kind
};

struct SeriesRecord {
    SeriesId id;
    RunId run;
    std::string name;
    bool is_float32 = true; ///< all points are float32: print the shortest float32 text
    std::int64_t points = 0;
    std::int64_t nonfinite = 0;
    std::int64_t first_step = 0;
    std::int64_t last_step = 0;
    double last = std::numeric_limits<double>::quiet_NaN();
    double min = std::numeric_limits<double>::quiet_NaN(); ///< over finite values
    double max = std::numeric_limits<double>::quiet_NaN();
    int attempts = 0; ///< highest attempt number that has points
};

/// Columns of points. Steps are in the order they were written; within one attempt they never decrease. A wall time
/// that is not known is NaN. Values keep every bit, NaN payloads and −0 included.
struct PointColumns {
    std::vector<std::int64_t> steps;
    std::vector<double> wall_times; ///< same length as steps
    std::variant<std::vector<float>, std::vector<double>> values = std::vector<float>();

    std::size_t size() const { return steps.size(); }

    bool is_float32() const { return values.index() == 0; }

    double value(std::size_t i) const {
        return is_float32() ? static_cast<double>(std::get<0>(values)[i]) : std::get<1>(values)[i];
    }
};

/// Borrowed columns of points, all of one length.
struct PointSpan {
    std::span<const std::int64_t> steps;
    std::span<const double> wall_times;
    std::variant<std::span<const float>, std::span<const double>> values;

    std::size_t size() const { return steps.size(); }

    bool is_float32() const { return values.index() == 0; }

    double value(std::size_t i) const {
        return is_float32() ? static_cast<double>(std::get<0>(values)[i]) : std::get<1>(values)[i];
    }

    PointSpan part(std::size_t offset, std::size_t count) const;
};

PointSpan point_span(const PointColumns& points);

/// The double that has exactly the bits of a float: unlike a conversion it keeps signalling NaNs.
double widen(float value);

struct CheckpointRecord {
    CheckpointId id;
    RunId run;
    std::string run_name;
    int attempt = 1;
    std::optional<std::int64_t> step; ///< none: "final", the run's last checkpoint
    std::optional<double> tokens;
    std::string tokens_source; ///< "logged", "batch × length × step", …
    std::optional<double> flops;
    std::string flops_source;
    std::string path;   ///< folder, empty while only scores are known
    std::string format; ///< "huggingface", …
    std::string content_hash;
    std::optional<std::int64_t> parameter_count;
    std::string architecture; ///< model_type of the config
};

enum class QuantityKind { imported, measured, derived };
enum class Direction { up, down, descriptive };

/// Anything that a checkpoint has a number for. `key` is unique: `task/metric`, `task/metric@5shot`, `loss[dataset]`.
struct QuantityRecord {
    QuantityId id;
    std::string key;
    QuantityKind kind = QuantityKind::imported;
    std::string metric;  ///< "acc", "loss"
    std::string subject; ///< task or data set name
    std::string filter;  ///< harness filter, empty when there is none
    std::optional<int> shots;
    std::string version; ///< task version or metric version
    std::string unit;    ///< "nats/token", "share", ""
    Direction direction = Direction::descriptive;
    std::int64_t value_count = 0; ///< filled by readers
};

enum class ValueStatus { ok, partial, undefined, nonfinite };

struct ValueRecord {
    ValueId id;
    CheckpointId checkpoint;
    QuantityId quantity;
    std::string quantity_key;    ///< filled by readers
    std::optional<double> value; ///< none when undefined; NaN and infinities are kept (status nonfinite)
    std::optional<double> standard_error;
    std::optional<std::int64_t> n;
    std::int64_t n_skipped = 0;
    ValueStatus status = ValueStatus::ok;
    std::string reason;            ///< why it is partial or undefined
    std::string provenance = "{}"; ///< JSON object: file and place, or metric version, data hash, device, dtype, seed
    std::string variant;           ///< distinguishes values of one quantity (parameters, repeated results)
    double recorded_at = 0;        ///< UTC seconds
};

/// One item of a task or a text. Shared by all checkpoints that were scored on it.
struct ItemRecord {
    ItemId id;
    std::string task;
    std::string key;      ///< document id within the task (and filter)
    std::string doc_hash; ///< pairs items between files; empty when there is none
    std::string text;     ///< query
    std::vector<std::string> choices;
    std::optional<int> gold;
};

/// value × item.
struct OutcomeRecord {
    ItemRecord item;
    std::optional<double> correct; ///< 1 right, 0 wrong, or a partial score
    std::optional<int> chosen;
    std::vector<double> log_likelihoods; ///< per choice, nats; for text: one sum
    std::optional<std::int64_t> tokens;  ///< scored tokens of this item
};

/// What the files of a data set hold (engine/datasets/dataset.h).
enum class DatasetKind {
    text,
    tokens,          ///< ids of a tokenizer
    multiple_choice, ///< questions with answers to choose from
    last_word,       ///< texts whose last word is to be predicted
    minimal_pairs,   ///< an acceptable and an unacceptable sentence
    labelled_text,
    membership, ///< texts that were in the training data and texts that were not
    parallel_text,
    labelled_images,
    embeddings,
    predictions,
};

struct DatasetRecord {
    DatasetId id;
    std::string name; ///< short, used in quantity keys: loss[name]
    DatasetKind kind = DatasetKind::text;
    std::string path;
    std::string hash; ///< of the bytes of all files, and of what a person said about how to read them
    std::int64_t bytes = 0;
    std::string details = "{}"; ///< JSON (engine/datasets/dataset_details.h)
};

inline constexpr std::array all_dataset_kinds{
    DatasetKind::text,       DatasetKind::tokens,        DatasetKind::multiple_choice,
    DatasetKind::last_word,  DatasetKind::minimal_pairs, DatasetKind::labelled_text,
    DatasetKind::membership, DatasetKind::parallel_text, DatasetKind::labelled_images,
    DatasetKind::embeddings, DatasetKind::predictions};

enum class JobState { queued, running, done, failed, cancelled };

enum class JobMove { first, up, down, last };

struct JobRecord {
    JobId id;
    CheckpointId checkpoint;
    std::string checkpoint_label; ///< "run @ step", filled by readers
    std::string metric;           ///< key in the metric catalogue
    std::optional<DatasetId> dataset;
    std::string dataset_name;
    std::string data_hash;
    std::string parameters = "{}"; ///< canonical JSON: sorted keys
    JobState state = JobState::queued;
    double done = 0, total = 0; ///< last stored progress
    std::string unit;
    std::optional<double> seconds;               ///< that its pass has computed, without loading and waiting
    std::optional<std::int64_t> parameter_count; ///< of the checkpoint, filled by readers
    std::optional<std::int64_t> place;           ///< in the queue, when a person moved it; lower runs earlier
    bool paused = false;                         ///< waits until a person lets it go on
    std::string device;
    std::string error; ///< Error::text() of a failed job
    int tries = 0;
    double created_at = 0;
    std::optional<double> started_at;
    std::optional<double> finished_at;
};

/// A pass over a data set that was begun: what its results depend on. It is found again by the first four.
struct PartialPassRecord {
    CheckpointId checkpoint;
    std::string pass;
    std::string data_hash;
    std::string parameters = "{}";
    std::string conditions;        ///< everything else: with others its units are not of use
    std::int64_t batch_tokens = 0; ///< of the model's batches, when it was begun
    std::int64_t unit_tokens = 0;  ///< by which its units were cut
    double seconds = 0;            ///< computed so far
};

/// What is kept of a unit and of a pass at most: 8 and 256 MiB.
constexpr std::size_t most_unit_numbers = 1u << 20, most_pass_numbers = 1u << 25;

/// Numbers that the units of a pass have given so far, by unit.
using PartialUnits = std::map<std::int64_t, std::vector<double>>;

struct PartialPass {
    PartialPassId id;
    PartialPassRecord record;
    PartialUnits units;
};

struct ViewRecord {
    ViewId id;
    std::string name;
    std::string page; ///< "curves", "downstream", "checkpoints", "compare"
    std::string body = "{}";
    double updated_at = 0;
};

/// What a person has said about tables and the names of runs (engine/importers/import_mapping.h).
struct MappingRecord {
    std::string name; ///< unique
    std::string body; ///< JSON
};

/// What an importer remembers of a file so that the next import takes only what is new.
struct SourceRecord {
    SourceId id;
    std::string path;
    std::string format;
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::uint64_t size = 0; ///< when it was last read
    double modified = 0;
    std::string head_hash;       ///< content hash of the first up to 4,096 bytes
    std::uint64_t head_size = 0; ///< how many bytes head_hash covers
    std::uint64_t offset = 0;    ///< bytes consumed
    std::string state = "{}";    ///< JSON: what the parser needs to go on
    std::optional<RunId> run;
};

/// How much of something there is.
struct ImportContent {
    std::int64_t runs = 0;
    std::int64_t series = 0;
    std::int64_t points = 0;
    std::int64_t checkpoints = 0;
    std::int64_t values = 0;
    std::int64_t items = 0; ///< item outcomes: value × item

    ImportContent& operator+=(const ImportContent& other);
    bool operator==(const ImportContent&) const = default;
};

struct ImportRecord {
    ImportId id;
    std::vector<std::string> paths;
    double started_at = 0;             ///< UTC seconds
    std::optional<double> finished_at; ///< none while it is under way, or when it was interrupted
    std::string report = "{}";         ///< JSON
    std::optional<double> undone_at;
    bool undoable = false; ///< false: of a version that did not keep what undoing needs
    ImportContent holds;   ///< what of it is in the project now
};

/// A file that an importer remembers and the run that came of it.
struct RunSource {
    std::string path;
    RunId run;
    double modified = 0; ///< UTC seconds, when it was last read
};

/// When a run last logged, and how often it does.
struct RunRhythm {
    std::optional<double> last_wall_time; ///< UTC seconds; none when no point has a time
    std::optional<double> interval;       ///< mean seconds between the latest points of its longest series
};

std::string_view run_status_name(RunStatus status);
std::string_view direction_name(Direction direction);
std::string_view value_status_name(ValueStatus status);
std::string_view job_state_name(JobState state);
std::string_view quantity_kind_name(QuantityKind kind);
std::string_view dataset_kind_name(DatasetKind kind);
std::optional<DatasetKind> dataset_kind_named(std::string_view name);

} // namespace isoloss
