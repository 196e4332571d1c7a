#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace isoloss {

/// A key with its value as it was logged. Keys that were nested come in parts. Text points into the record.
struct WandbItem {
    std::span<const std::string_view> path; ///< at least one part
    std::string_view json;                  ///< empty for what is removed
};

/// Items of one record; keeps the parts of their keys.
class WandbItems {
public:
    /// Keys of more parts than this are cut after one more, so that they can be told.
    static constexpr std::size_t most_parts = 64;
    static constexpr std::size_t most_items = 1'000'000;

    void clear();

    /// Takes one HistoryItem, ConfigItem, SummaryItem or StatsItem; false when it contradicts its own format or is one
    /// too many.
    bool add(std::span<const std::byte> item);

    std::size_t size() const { return entries_.size(); }

    WandbItem operator[](std::size_t i) const {
        const Entry& entry = entries_[i];
        return {std::span(parts_).subspan(entry.first_part, entry.parts), entry.json};
    }

private:
    struct Entry {
        std::size_t first_part = 0, parts = 0;
        std::string_view json;
    };

    std::vector<std::string_view> parts_;
    std::vector<Entry> entries_;
};

struct WandbGit {
    std::string_view remote, commit;
};

/// The run, and the value of its metric, where another branches off.
struct WandbBranch {
    std::string_view run, metric;
    double value = 0;
};

/// Who the run is. Empty members were not logged.
struct WandbRunInfo {
    std::string_view id, entity, project, group, job_type, display_name, notes, sweep, host;
    std::vector<std::string_view> tags;
    std::int64_t starting_step = 0;
    std::optional<double> started_at; ///< UTC seconds
    bool resumed = false;             ///< or logged so that it can go on an earlier run
    WandbGit git;
    std::string_view python_version, client_version;
    std::optional<WandbBranch> branch;
};

/// One define_metric: which other metric is its x axis, and which direction is better.
struct WandbMetric {
    std::string_view name; ///< or a pattern such as "val/*"
    std::string_view step_metric;
    enum class Goal { none, minimize, maximize } goal = Goal::none;
};

struct WandbEnvironment {
    std::string_view os, python, program, host, gpu;
    std::vector<std::string_view> arguments;
    std::uint64_t gpu_count = 0;
    WandbGit git;
};

/// One record of a transaction log, as far as it matters here (wandb_internal.proto). Used again for the next one. Text
/// points into the record's bytes.
struct WandbRecord {
    enum class Kind { other, history, summary, config, stats, metric, run, exit, environment };

    Kind kind = Kind::other;
    WandbItems items;                 ///< history, stats; what summary, config and run set
    WandbItems summary;               ///< run: the summary that it begins with
    WandbItems removed;               ///< summary, config
    std::optional<std::int64_t> step; ///< history
    std::optional<double> time;       ///< stats, UTC seconds
    WandbRunInfo run;
    WandbMetric metric;
    WandbEnvironment environment;
    std::int32_t exit_code = 0;
    bool exit_of_a_part = false; ///< of one process of several that share the run

    /// False when the bytes contradict their own format; the record then means nothing.
    bool decode(std::span<const std::byte> bytes);
};

} // namespace isoloss
