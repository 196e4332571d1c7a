#include "engine/importers/wandb/wandb_content.h"

#include "engine/base/json.h"
#include "engine/base/number_text.h"
#include "engine/base/utf8.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace isoloss {

namespace {

constexpr std::string_view system_prefix = "system/";
constexpr std::size_t most_names = 100'000, longest_name = 4096;

std::optional<std::int64_t> whole_number(std::string_view json) {
    if (const auto integer = parse_int(json)) return integer;
    const auto number = WandbNumbers::number(json);
    if (!number || *number != std::floor(*number) || std::abs(*number) >= 9.0e15) return std::nullopt;
    return static_cast<std::int64_t>(*number);
}

bool same_number(double a, double b) {
    return a == b || (std::isnan(a) && std::isnan(b));
}

} // namespace

void WandbContent::HistorySink::number(std::string_view name, double value) {
    content_.add_point(name, value);
    const auto found = content_.last_values_.find(name);
    if (found != content_.last_values_.end())
        found->second = value;
    else if (content_.last_values_.size() < most_names && name.size() <= longest_name)
        content_.last_values_.emplace(name, value);
}

void WandbContent::SystemSink::number(std::string_view name, double value) {
    std::string& full = content_.system_name_;
    full.assign(system_prefix).append(name);
    content_.add_point(full, value);
}

void WandbContent::SummarySink::number(std::string_view name, double value) {
    if (content_.summary_.size() < most_names && name.size() <= longest_name)
        content_.summary_.insert_or_assign(std::string(name), value);
}

void WandbContent::SummarySink::text(std::string_view name, std::string_view json) {
    if (const auto value = parse_json(valid_utf8(json), {})) content_.config.tell({"summary", name}, *value);
}

void WandbContent::read(std::span<const std::byte> bytes) {
    ++counts.records;
    if (!record_.decode(bytes)) {
        ++counts.malformed;
        return;
    }
    switch (record_.kind) {
    case WandbRecord::Kind::history:
        return read_history();
    case WandbRecord::Kind::stats:
        step_ = last_step_.value_or(first_step_.value_or(0));
        time_ = record_.time.value_or(std::nan(""));
        see_time(time_);
        ++counts.system_samples;
        return others_.read(record_.items, system_sink_);
    case WandbRecord::Kind::summary:
        return read_summary(record_.items);
    case WandbRecord::Kind::config:
        for (std::size_t i = 0; i < record_.items.size(); ++i)
            if (!config.set(record_.items[i])) ++counts.bad_config;
        for (std::size_t i = 0; i < record_.removed.size(); ++i)
            config.remove(record_.removed[i]);
        return;
    case WandbRecord::Kind::metric:
        return read_metric();
    case WandbRecord::Kind::run:
        return read_run();
    case WandbRecord::Kind::exit:
        ending_ = record_.exit_of_a_part   ? RunStatus::unknown
                  : record_.exit_code == 0 ? RunStatus::finished
                                           : RunStatus::crashed;
        return;
    case WandbRecord::Kind::environment:
        return config.tell(record_.environment);
    case WandbRecord::Kind::other:
        return;
    }
}

void WandbContent::read_history() {
    step_ = step_of_row();
    last_step_ = step_;
    time_ = time_of_row();
    see_time(time_);
    history_.read(record_.items, history_sink_);
}

// `_step` when it was logged, else the record's own step, else the one after the row before: W&B numbers such rows when
// it uploads them.
std::int64_t WandbContent::step_of_row() {
    if (const auto json = wandb_item(record_.items, "_step")) {
        if (const auto step = whole_number(*json)) return *step;
        ++counts.bad_steps;
    }
    if (record_.step) return *record_.step;
    ++counts.numbered_rows;
    return next_step().value_or(first_step_.value_or(0));
}

std::optional<std::int64_t> WandbContent::next_step() const {
    if (!last_step_ || *last_step_ == std::numeric_limits<std::int64_t>::max()) return last_step_;
    return *last_step_ + 1;
}

double WandbContent::time_of_row() const {
    if (const auto json = wandb_item(record_.items, "_timestamp"))
        if (const auto time = WandbNumbers::number(*json); time && std::isfinite(*time)) return *time;
    if (const auto json = wandb_item(record_.items, "_runtime"); json && started_at_)
        if (const auto seconds = WandbNumbers::number(*json); seconds && std::isfinite(*seconds))
            return *started_at_ + *seconds;
    return std::nan("");
}

void WandbContent::see_time(double time) {
    if (std::isfinite(time)) last_time_ = std::max(time, last_time_.value_or(time));
}

// Most logged numbers are doubles; those that a float holds are kept as one.
void WandbContent::add_point(std::string_view name, double value) {
    const auto narrow = static_cast<float>(value);
    const bool wide = !same_number(static_cast<double>(narrow), value);
    points_.scalar({name, step_, time_,
                    wide ? std::bit_cast<std::uint64_t>(value) : std::uint64_t{std::bit_cast<std::uint32_t>(narrow)},
                    wide});
}

void WandbContent::read_summary(const WandbItems& items) {
    has_summary_ = true;
    others_.read(items, summary_sink_);
    for (std::size_t i = 0; i < record_.removed.size(); ++i)
        if (record_.removed[i].path.size() == 1) summary_.erase(std::string(record_.removed[i].path.front()));
}

void WandbContent::set_summary(std::string_view name, std::string_view json) {
    others_.read(name, json, summary_sink_);
}

void WandbContent::read_metric() {
    const WandbMetric& metric = record_.metric;
    if (metric.name.empty() || metric.name.size() > longest_name) return;
    config.tell({"x_axis", metric.name}, metric.step_metric);
    if (metric.goal == WandbMetric::Goal::none || directions_.size() >= most_names) return;
    directions_.insert_or_assign(std::string(metric.name),
                                 metric.goal == WandbMetric::Goal::minimize ? Direction::down : Direction::up);
}

void WandbContent::read_run() {
    const WandbRunInfo& run = record_.run;
    if (run.starting_step != 0 || !first_step_) first_step_ = run.starting_step;
    if (run.started_at) {
        started_at_ = facts_.started_at = run.started_at;
        see_time(*run.started_at);
    }
    config.tell(run);
    for (std::size_t i = 0; i < record_.items.size(); ++i)
        if (!config.set(record_.items[i])) ++counts.bad_config;
    if (record_.summary.size() > 0) read_summary(record_.summary);
    if (!run.group.empty()) facts_.group = valid_utf8(run.group);
    if (!run.notes.empty()) facts_.notes = valid_utf8(run.notes);
    for (const std::string_view tag : run.tags)
        facts_.tags.push_back(valid_utf8(tag));
}

RunFacts WandbContent::take_facts() {
    has_config_ = has_config_ || config.was_set();
    RunFacts facts = std::move(facts_);
    facts_ = {};
    facts.config = config.take();
    return facts;
}

std::map<std::string, double> WandbContent::take_summary(const std::function<bool(std::string_view)>& has_series) {
    std::map<std::string, double> taken;
    std::map<std::string, double, std::less<>> undecided;
    for (const auto& [name, value] : summary_) {
        if (!has_series(name)) {
            taken.emplace(name, value);
        } else if (!ending_) {
            undecided.emplace(name, value);
        } else if (const auto last = last_values_.find(name);
                   last != last_values_.end() && !same_number(last->second, value)) {
            taken.emplace(name, value);
        }
    }
    summary_ = std::move(undecided);
    return taken;
}

Direction WandbContent::direction_of(std::string_view name) const {
    const auto found = directions_.find(name);
    return found == directions_.end() ? Direction::descriptive : found->second;
}

std::string WandbContent::state() const {
    std::string text;
    const auto add = [&](std::string_view name, const std::string& json) {
        text += (text.empty() ? "\"" : ",\"") + std::string(name) + "\":" + json;
    };
    if (first_step_) add("first_step", std::to_string(*first_step_));
    if (last_step_) add("last_step", std::to_string(*last_step_));
    if (started_at_) add("started_at", number_text(*started_at_));
    if (last_time_) add("last_time", number_text(*last_time_));
    if (ending_) add("ending", json_quote(run_status_name(*ending_)));
    add("has_summary", has_summary_ ? "true" : "false");
    add("has_config", has_config() ? "true" : "false");
    const auto numbers = [&](std::string_view name, const auto& values) {
        std::string members;
        for (const auto& [key, value] : values)
            members += (members.empty() ? "" : ",") + json_quote(key) + ":" + number_text(static_cast<double>(value));
        add(name, "{" + members + "}");
    };
    numbers("last_values", last_values_);
    numbers("summary", summary_);
    std::string directions;
    for (const auto& [name, direction] : directions_)
        directions += (directions.empty() ? "" : ",") + json_quote(name) + ":" + json_quote(direction_name(direction));
    add("directions", "{" + directions + "}");
    return text;
}

void WandbContent::restore(const rapidjson::Value& state) {
    if (const auto step = json_int(state, "first_step")) first_step_ = step;
    last_step_ = json_int(state, "last_step");
    started_at_ = json_number(state, "started_at");
    last_time_ = json_number(state, "last_time");
    if (const auto ending = json_string(state, "ending"))
        for (const auto status : {RunStatus::unknown, RunStatus::finished, RunStatus::crashed})
            if (*ending == run_status_name(status)) ending_ = status;
    has_summary_ = json_bool(state, "has_summary").value_or(false);
    has_config_ = json_bool(state, "has_config").value_or(false);
    const auto numbers = [&](std::string_view name, auto& values) {
        const auto* members = json_member(state, name);
        if (members == nullptr || !members->IsObject()) return;
        for (const auto& member : members->GetObject())
            if (const auto value = json_as_number(member.value))
                values.insert_or_assign(std::string(json_view(member.name)), *value);
    };
    numbers("last_values", last_values_);
    numbers("summary", summary_);
    const auto* directions = json_member(state, "directions");
    if (directions == nullptr || !directions->IsObject()) return;
    for (const auto& member : directions->GetObject())
        if (member.value.IsString())
            directions_.insert_or_assign(std::string(json_view(member.name)),
                                         json_view(member.value) == direction_name(Direction::down) ? Direction::down
                                                                                                    : Direction::up);
}

} // namespace isoloss
