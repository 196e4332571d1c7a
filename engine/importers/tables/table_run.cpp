#include "engine/importers/tables/table_run.h"

#include "engine/base/json.h"

#include <algorithm>
#include <iterator>
#include <limits>

namespace isoloss {

namespace {

// What was written here may have as many series as there are.
constexpr JsonLimits own_limits{256ull << 20, 200, std::numeric_limits<std::size_t>::max()};

std::uint64_t series_and_step(std::size_t series, std::int64_t step) {
    return (static_cast<std::uint64_t>(step) * 0x9e3779b97f4a7c15u) ^ (series * 0xc2b2ae3d27d4eb4fu);
}

} // namespace

void TableRun::restore(std::string_view state) {
    const auto document = parse_json(state, {}, own_limits);
    if (!document) return;
    if (const auto* points = json_member(*document, "points")) points_.restore(json_text(*points));
    first_attempt_ = attempt_ = json_int(*document, "first_attempt").value_or(1);
    latest_attempt_ = json_int(*document, "attempt").value_or(1);
    latest_step_ = json_int(*document, "step");
}

void TableRun::go_on() {
    points_.go_on();
    attempt_ = latest_attempt_;
    checkpoint_step_ = latest_step_;
    first_window_ = false;
}

std::string TableRun::state() const {
    return "{\"points\":" + points_.state() + ",\"first_attempt\":" + std::to_string(first_attempt_) +
           ",\"attempt\":" + std::to_string(attempt_) +
           (checkpoint_step_ ? ",\"step\":" + std::to_string(*checkpoint_step_) : std::string()) + "}";
}

void TableRun::read_again() {
    if (points_.contradicted()) {
        points_.restart();
        first_attempt_ = points_.attempt();
    } else {
        const std::string before = points_.state();
        points_ = {};
        points_.restore(before);
        subject_ = std::make_shared<RunSubject>(*subject_); // its series are numbered anew
    }
    attempt_ = first_attempt_;
    checkpoint_step_.reset();
    columns_.clear();
    pending_.clear();
    seen_.clear();
    checkpoints_.clear();
    values_ = 0;
    facts_.clear();
    first_window_ = true;
    unsorted_ = false;
}

void TableRun::add_point(std::uint32_t column, std::string_view series, std::int64_t step, double wall_time,
                         double value) {
    if (column >= columns_.size()) columns_.resize(column + 1);
    Column& known = columns_[column];
    if (known.series == no_series) known.series = points_.series(series);
    if (known.any && step < known.last_step && first_window_ && !unsorted_ && !was_there(known.series, step))
        unsorted_ = true;
    known.any = true;
    known.last_step = step;
    pending_.push_back({known.series, step, wall_time, value});
    if (!seen_.empty()) seen_.insert(series_and_step(known.series, step));
}

bool TableRun::was_there(std::size_t series, std::int64_t step) {
    if (seen_.empty())
        for (const Pending& point : pending_)
            seen_.insert(series_and_step(point.series, point.step));
    return seen_.contains(series_and_step(series, step));
}

void TableRun::add_checkpoint(ImportedCheckpoint checkpoint) {
    values_ += checkpoint.values.size() + 1;
    checkpoints_.push_back(std::move(checkpoint));
}

void TableRun::number_attempts() {
    for (ImportedCheckpoint& checkpoint : checkpoints_) {
        if (!checkpoint.step) continue;
        if (checkpoint_step_ && *checkpoint.step < *checkpoint_step_ && !unsorted_) ++attempt_;
        checkpoint_step_ = checkpoint.step;
        checkpoint.attempt = static_cast<int>(attempt_);
    }
}

bool TableRun::full() const {
    constexpr std::size_t most_values = 4'000;
    if (unsorted_) return pending_.size() >= most_held;
    return pending_.size() >= batch || values_ >= most_values;
}

RunPart TableRun::take(EventColumns columns) {
    if (unsorted_) std::ranges::stable_sort(pending_, {}, &Pending::step);
    was_sorted_ = was_sorted_ || unsorted_;
    for (const Pending& point : pending_) {
        if (points_.contradicted()) break; // it is all read again
        points_.add(point.series, point.step, point.wall_time, point.value);
    }
    number_attempts();
    pending_.clear();
    seen_.clear();
    unsorted_ = first_window_ = false;
    RunPart part;
    part.run = subject_;
    part.facts.swap(facts_);
    part.checkpoints.swap(checkpoints_);
    values_ = 0;
    part.points = std::move(columns);
    if (!points_.contradicted())
        points_.take(part);
    else
        part.points.fill({}, 0);
    return part;
}

} // namespace isoloss
