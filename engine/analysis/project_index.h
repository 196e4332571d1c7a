#pragma once

#include "engine/analysis/config_fields.h"
#include "engine/base/error.h"
#include "engine/store/reader.h"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace isoloss {

class Reader;

/// What a key stands for, found once and then looked up for every row.
struct ResolvedKey {
    enum class Kind {
        nothing,
        run,
        group,
        status,
        tag,
        notes,
        archived,
        attempt,
        step,
        tokens,
        flops,
        parameters,
        architecture,
        path,
        quantity,
        mean,
        config,
        series
    };
    Kind kind = Kind::nothing;
    std::string name;                   ///< of a config field or a series
    std::vector<QuantityId> quantities; ///< one, or the members of a mean
};

/// Runs and checkpoints outside of the trash with what names can stand for in them. Reads the project once when it is
/// made; values of quantities and points of series come later, when they are asked for. One thread.
class ProjectIndex {
public:
    static Expected<ProjectIndex> load(Reader& reader);

    const std::vector<RunRecord>& runs() const { return runs_; }

    /// By run, attempt, step.
    const std::vector<CheckpointRecord>& checkpoints() const { return checkpoints_; }

    const std::vector<QuantityRecord>& quantities() const { return quantities_; }

    const QuantityRecord& quantity(QuantityId id) const { return quantities_[quantity_index_.at(id)]; }

    std::size_t run_index(RunId run) const { return run_index_.at(run); }

    const ConfigFields& config(std::size_t run) const { return configs_[run]; }

    /// Every config field of any run.
    const std::vector<std::string>& config_fields() const { return config_fields_; }

    const std::vector<SeriesRecord>& series() const { return series_; }

    const SeriesRecord* series_of(std::size_t run, std::string_view name) const;
    std::vector<std::string> series_names() const; ///< each once, sorted

    /// A key as load_checkpoint_table describes them; kind `nothing` when there is nothing of that name, an error when
    /// there are several.
    Expected<ResolvedKey> resolve(std::string_view key) const;

    /// Reads the current values of these quantities; those that were read before stay.
    Expected<void> load_values(Reader& reader, const std::vector<QuantityId>& quantities);
    /// A value of a quantity that was loaded; null when the checkpoint (an index into checkpoints()) has none.
    const ValueNumber* value(QuantityId quantity, std::size_t checkpoint) const;

    /// Everything that resolve() knows, for advice.
    std::vector<std::string> known_names() const;

private:
    Expected<std::vector<QuantityId>> find_quantity(std::string_view key) const;
    std::vector<QuantityId> members_of_mean(std::string_view patterns) const;
    void take_values(std::vector<ValueNumber> values);

    std::vector<RunRecord> runs_;
    std::vector<ConfigFields> configs_;
    std::vector<std::string> config_fields_;
    std::vector<CheckpointRecord> checkpoints_;
    std::vector<QuantityRecord> quantities_;
    std::vector<SeriesRecord> series_;
    std::unordered_map<RunId, std::size_t> run_index_;
    std::unordered_map<CheckpointId, std::size_t> checkpoint_index_;
    std::unordered_map<QuantityId, std::size_t> quantity_index_;
    std::map<std::pair<std::size_t, std::string>, std::size_t, std::less<>> series_index_;
    std::vector<ValueNumber> values_;
    /// By quantity: for every checkpoint the index into values_, or no_value.
    std::unordered_map<QuantityId, std::vector<std::uint32_t>> value_index_;
};

/// The texts between commas outside of brackets, without spaces at their ends.
std::vector<std::string> split_arguments(std::string_view text);

} // namespace isoloss
