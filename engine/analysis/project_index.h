#pragma once

#include "engine/analysis/config_columns.h"
#include "engine/base/error.h"
#include "engine/store/reader.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace isoloss {

/// What a key stands for, found once and then looked up for every row.
struct ResolvedKey {
    enum class Kind {
        nothing,
        // of a run
        run,
        group,
        status,
        tag,
        notes,
        started,
        attempts,
        checkpoints,
        series_count,
        points,
        archived,
        pinned,
        visible,
        // of a checkpoint
        attempt,
        step,
        tokens,
        flops,
        parameters,
        architecture,
        path,
        // what the person's project has
        quantity,
        mean,
        config,
        series
    };
    Kind kind = Kind::nothing;
    std::string name;                   ///< of a config field or a series
    std::vector<QuantityId> quantities; ///< one, or the members of a mean
};

/// The series of one name in every run.
class SeriesColumn {
public:
    /// `run_of` are the indices of the runs of the records.
    SeriesColumn(std::vector<SeriesRecord> records, const std::vector<std::size_t>& run_of, std::size_t runs);

    /// nullptr where the run has none.
    const SeriesRecord* of_run(std::size_t run) const;

private:
    std::vector<SeriesRecord> records_;
    std::vector<std::uint32_t> record_of_; ///< by run
};

/// Runs and checkpoints with what names can stand for in them. Runs and quantities are read when it is made; the rest
/// when it is first needed, and then kept. One thread at a time.
class ProjectIndex {
public:
    static Expected<ProjectIndex> load(Reader& reader, TrashRule trash = TrashRule::without_trash);

    /// Without their config texts, which are large: ask configs().
    const std::vector<RunRecord>& runs() const { return runs_; }

    std::optional<std::size_t> run_index(RunId run) const;

    const std::vector<QuantityRecord>& quantities() const { return quantities_; }

    const QuantityRecord& quantity(QuantityId id) const { return quantities_[quantity_index_.at(id)]; }

    const ConfigColumns& configs() const;

    /// nullptr when no run has a series of this name.
    Expected<const SeriesColumn*> series(Reader& reader, std::string_view name);

    Expected<void> load_checkpoints(Reader& reader);

    /// By run, attempt, step; none before load_checkpoints.
    const std::vector<CheckpointRecord>& checkpoints() const { return checkpoints_; }

    /// The run of a checkpoint, both as indices.
    std::size_t run_of(std::size_t checkpoint) const { return run_of_[checkpoint]; }

    /// Reads the current values of these quantities, and the checkpoints; those that were read before stay.
    Expected<void> load_values(Reader& reader, const std::vector<QuantityId>& quantities);
    /// A value of a quantity that was loaded; nullptr when the checkpoint (an index into checkpoints()) has none.
    const ValueNumber* value(QuantityId quantity, std::size_t checkpoint) const;

    /// A key as load_checkpoint_table describes them; kind `nothing` when there is nothing of that name, an error when
    /// there are several. What runs outside of the trash have goes before what only those in it have.
    Expected<ResolvedKey> resolve(Reader& reader, std::string_view key);

    /// The quantity of a key: itself, or the only one of that metric; an error when there are several, nothing when
    /// there is none.
    Expected<std::optional<QuantityId>> find_quantity(std::string_view key) const;

    /// Everything that resolve() knows, for advice.
    Expected<std::vector<std::string>> known_names(Reader& reader) const;

private:
    Expected<std::optional<std::string>> find_config(std::string_view name) const;
    std::vector<QuantityId> members_of_mean(std::string_view patterns) const;
    void take_values(std::vector<ValueNumber> values);

    std::vector<RunRecord> runs_;
    std::unordered_map<RunId, std::size_t> run_index_;
    std::vector<QuantityRecord> quantities_;
    std::unordered_map<QuantityId, std::size_t> quantity_index_;
    mutable std::vector<std::string> config_texts_; ///< by run, until configs_ is made of them
    mutable std::optional<ConfigColumns> configs_;
    std::map<std::string, std::optional<SeriesColumn>, std::less<>> series_;
    bool has_checkpoints_ = false;
    std::vector<CheckpointRecord> checkpoints_;
    std::vector<std::size_t> run_of_; ///< by checkpoint
    std::unordered_map<CheckpointId, std::size_t> checkpoint_index_;
    std::vector<ValueNumber> values_;
    /// By quantity: for every checkpoint the index into values_, or no_value.
    std::unordered_map<QuantityId, std::vector<std::uint32_t>> value_index_;
};

/// The texts between commas outside of brackets, without spaces at their ends.
std::vector<std::string> split_arguments(std::string_view text);

} // namespace isoloss
