#include "engine/importers/tail/run_pulse.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <ctime>
#include <utility>

namespace isoloss {

namespace {

constexpr std::size_t most_intervals = 31;
constexpr const char* files_gone = "its files are gone";

std::string utc_text(double seconds) {
    const auto whole = static_cast<std::time_t>(std::floor(seconds));
    std::tm parts{};
    ::gmtime_r(&whole, &parts);
    std::array<char, 40> text{};
    const std::size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M UTC", &parts);
    return {text.data(), size};
}

bool is_end(RunStatus status) {
    return status == RunStatus::finished || status == RunStatus::crashed;
}

} // namespace

double RunPulse::longest_silence(const Run& run) {
    double interval = run.first_interval;
    if (!run.intervals.empty()) {
        std::vector<double> sorted = run.intervals;
        const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
        std::nth_element(sorted.begin(), middle, sorted.end());
        interval = *middle;
    }
    return std::max(least_silence, silent_intervals * interval);
}

void RunPulse::judge(Run& run, RunStatus status, std::string note) {
    run.status = status;
    run.news = std::move(note);
}

void RunPulse::presume_crashed(Run& run) {
    judge(run, RunStatus::presumed_crashed, "nothing new since " + utc_text(run.last_write));
}

void RunPulse::begin(RunId id, const Known& known, double now) {
    Run& run = runs_[id];
    run = Run{known.status, std::nullopt, known.last_write, {}, known.interval.value_or(0)};
    const bool was_gone = known.note == files_gone;
    if (is_end(known.status)) {
        if (was_gone) judge(run, known.status, {});
    } else if (now - known.last_write <= longest_silence(run)) {
        if (known.status != RunStatus::running || was_gone) judge(run, RunStatus::running, {});
    } else if (known.status == RunStatus::running || was_gone) {
        presume_crashed(run);
    }
}

void RunPulse::wrote(RunId id, double now, std::optional<double> newest, RunStatus said) {
    Run& run = runs_[id];
    if (said != RunStatus::unknown) {
        run.status = said;
        run.news.reset();
    }
    const bool alive = !newest || now - *newest <= longest_silence(run);
    const double when = alive ? now : *newest;
    if (alive && run.last_write > 0 && when > run.last_write) {
        if (run.intervals.size() == most_intervals) run.intervals.erase(run.intervals.begin());
        run.intervals.push_back(when - run.last_write);
    }
    run.last_write = std::max(run.last_write, when);
    if (alive && !is_end(said) && run.status != RunStatus::running) judge(run, RunStatus::running, {});
}

void RunPulse::vanished(RunId id, RunStatus status) {
    Run& run = runs_[id];
    judge(run, status == RunStatus::running ? RunStatus::presumed_crashed : status, files_gone);
}

std::vector<RunPulse::Verdict> RunPulse::take_verdicts(double now) {
    std::vector<Verdict> verdicts;
    for (auto& [id, run] : runs_) {
        if (run.status == RunStatus::running && now - run.last_write > longest_silence(run)) presume_crashed(run);
        if (run.news) verdicts.push_back({id, run.status, *std::exchange(run.news, std::nullopt)});
    }
    return verdicts;
}

std::optional<double> RunPulse::next() const {
    std::optional<double> next;
    for (const auto& [id, run] : runs_) {
        if (run.status != RunStatus::running) continue;
        const double when = run.last_write + longest_silence(run);
        if (!next || when < *next) next = when;
    }
    return next;
}

} // namespace isoloss
