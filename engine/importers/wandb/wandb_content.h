#pragma once

#include "engine/importers/event_points.h"
#include "engine/importers/run_part.h"
#include "engine/importers/wandb/wandb_config.h"
#include "engine/importers/wandb/wandb_numbers.h"
#include "engine/importers/wandb/wandb_record.h"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace isoloss {

/// What the records of one transaction log say about its run. Points go to EventPoints; config, summary and ending are
/// gathered until they are asked for. One thread.
class WandbContent {
public:
    /// `first_step`: of rows without a step in a log that goes on an earlier one; its own starting step, else 0, when
    /// there is none.
    WandbContent(EventPoints& points, std::optional<std::int64_t> first_step)
        : points_(points), first_step_(first_step), history_sink_(*this), system_sink_(*this), summary_sink_(*this) {}

    /// A record that contradicts its own format is counted and says nothing.
    void read(std::span<const std::byte> record);

    /// The rest of what is known: as if it had been logged.
    WandbConfig config;
    void set_summary(std::string_view name, std::string_view json);

    /// What came since the last call.
    RunFacts take_facts();

    /// Numbers of the summary that came since the last call and that no history of `has_series` has: those under a name
    /// of their own, and, once the run has ended, those that are not the last of their history.
    std::map<std::string, double> take_summary(const std::function<bool(std::string_view)>& has_series);

    Direction direction_of(std::string_view name) const;

    bool has_summary() const { return has_summary_; }

    bool has_config() const { return config.was_set() || has_config_; }

    /// How the exit record says that the run ended: unknown when it is that of one process of several, nothing without
    /// one.
    std::optional<RunStatus> ending() const { return ending_; }

    /// The step after the last one of the history; nothing without a history.
    std::optional<std::int64_t> next_step() const;

    /// The latest time that was logged, UTC seconds.
    std::optional<double> last_time() const { return last_time_; }

    /// JSON members for the state of the file's SourceRecord, without braces.
    std::string state() const;
    void restore(const rapidjson::Value& state);

    struct Counts {
        std::int64_t records = 0;
        std::int64_t malformed = 0;
        std::int64_t numbered_rows = 0; ///< history without a step
        std::int64_t bad_steps = 0;     ///< `_step` that is no whole number
        std::int64_t system_samples = 0;
        std::int64_t bad_config = 0; ///< members that are no JSON or too many
    };

    Counts counts;

    const WandbValueCounts& value_counts() const { return history_.counts; }

private:
    class Sink : public WandbValueSink {
    public:
        explicit Sink(WandbContent& content) : content_(content) {}

    protected:
        WandbContent& content_;
    };

    class HistorySink final : public Sink {
        using Sink::Sink;
        void number(std::string_view name, double value) override;
    };

    class SystemSink final : public Sink {
        using Sink::Sink;
        void number(std::string_view name, double value) override;
    };

    class SummarySink final : public Sink {
        using Sink::Sink;
        void number(std::string_view name, double value) override;
        void text(std::string_view name, std::string_view json) override;
    };

    struct NameHash {
        using is_transparent = void;

        std::size_t operator()(std::string_view name) const { return std::hash<std::string_view>{}(name); }
    };

    void read_history();
    void read_run();
    void read_summary(const WandbItems& items);
    void read_metric();
    std::int64_t step_of_row();
    double time_of_row() const;
    void see_time(double time);
    void add_point(std::string_view name, double value);

    EventPoints& points_;
    std::optional<std::int64_t> first_step_;
    WandbRecord record_;
    WandbNumbers history_, others_;
    HistorySink history_sink_;
    SystemSink system_sink_;
    SummarySink summary_sink_;
    RunFacts facts_;
    std::int64_t step_ = 0; ///< of the record at hand
    double time_ = 0;
    std::string system_name_;
    std::optional<std::int64_t> last_step_;
    std::optional<double> started_at_, last_time_;
    std::optional<RunStatus> ending_;
    std::unordered_map<std::string, double, NameHash, std::equal_to<>> last_values_; ///< by series of the history
    std::map<std::string, double, std::less<>> summary_;                             ///< changed
    std::map<std::string, Direction, std::less<>> directions_;
    bool has_summary_ = false;
    bool has_config_ = false;
};

} // namespace isoloss
