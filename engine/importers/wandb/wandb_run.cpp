#include "engine/importers/wandb/wandb_run.h"

#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/base/number_text.h"
#include "engine/importers/event_points.h"
#include "engine/importers/source_state.h"
#include "engine/importers/wandb/wandb_content.h"
#include "engine/importers/wandb/wandb_files.h"
#include "engine/importers/wandb/wandb_log.h"
#include "engine/importers/wandb/wandb_report.h"

#include <algorithm>
#include <chrono>
#include <set>

namespace isoloss {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view log_format = "wandb_log";
constexpr std::string_view run_format = "wandb_run";
constexpr std::int64_t records_between_looks = 256;

// A log of a run that is under way grows every half minute, with what the machine does if with nothing else; its run
// may also be held up for a while.
constexpr double alive_seconds = 3600;
// A log that was copied is new as a file, while its last entry is old.
constexpr double silent_seconds = 24 * 3600;

double now_seconds() {
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

bool may_be_running(double modified, std::optional<double> last_logged) {
    const double now = now_seconds();
    return now - modified < alive_seconds && (!last_logged || now - *last_logged < silent_seconds);
}

class WandbRunReader {
public:
    WandbRunReader(SourceContext& context, const WandbRun& run)
        : context_(context), run_(run),
          state_name_(run.subject->identities.front().kind + ":" + run.subject->identities.front().key) {}

    Expected<void> read() {
        ISOLOSS_TRY(const auto known, context_.known(state_name_));
        if (known) restore(known->state);
        for (const WandbLogFile& log : run_.logs) {
            if (context_.stopped()) break;
            ISOLOSS_TRY_VOID(read_log(log));
        }
        return {};
    }

private:
    Expected<void> read_log(const WandbLogFile& log) {
        context_.set_subject(log.path);
        is_running_ = at_end_ = false;
        const auto file = InputFile::open(log.path);
        if (!file) {
            context_.skip(file.error());
            return {};
        }
        ISOLOSS_TRY(const auto known, context_.known(path_text(log.path)));
        const auto change = compare_source(*file, known);
        auto record = source_record(*file, log_format);
        if (!change || !record) {
            context_.skip(change ? record.error() : change.error());
            return {};
        }
        const bool is_known = known && *change != SourceChange::replaced;
        const auto state = is_known ? parse_json(known->state, {}) : rapidjson::Document(rapidjson::kObjectType);
        const bool was_read_to_end = state && json_bool(*state, "at_end").value_or(false);
        if (is_known && *change == SourceChange::unchanged && was_read_to_end) {
            context_.advance(record->size);
            return end_silent_run(log, *known);
        }
        // A log that is new is a resume, and so an attempt of its own, unless it is the first.
        const auto attempt = state ? json_int(*state, "attempt") : std::nullopt;
        points_.begin_file(attempt ? std::optional(static_cast<std::uint32_t>(*attempt)) : std::nullopt);
        if (!is_known) points_.begin_attempt();
        if (*change == SourceChange::replaced)
            context_.note(path_text(log.path) + " was replaced since the last import: its points are a new attempt");
        if (is_known) record->offset = known->offset;
        context_.advance(record->offset);
        WandbContent content(points_, log.resumed && next_step_ ? next_step_ : std::nullopt);
        if (state) content.restore(*state);
        ISOLOSS_TRY_VOID(read_records(log, *file, *record, content));
        if (!is_known || content.counts.records > 0) return {};
        record->state = known->state;
        return end_silent_run(log, std::move(*record));
    }

    Expected<void> read_records(const WandbLogFile& log, const InputFile& file, SourceRecord& record,
                                WandbContent& content) {
        const std::uint64_t begin = record.offset;
        WandbLogReader reader(file, begin);
        std::uint64_t told = begin;
        for (std::int64_t n = 1;; ++n) {
            const auto bytes = reader.next();
            if (!bytes) {
                context_.skip(bytes.error());
                break;
            }
            if (!*bytes) break;
            content.read(**bytes);
            if (n % records_between_looks == 0) {
                context_.advance(reader.offset() - told);
                told = reader.offset();
                if (context_.stopped()) break;
            }
            if (points_.full()) ISOLOSS_TRY_VOID(hand_over(record, reader.offset(), content, {}));
        }
        context_.advance(reader.offset() - told);
        if (reader.end() == WandbLogEnd::foreign) {
            context_.skip(reader.fault());
            return {};
        }
        context_.count_file();
        report_wandb_log(context_, log.path, reader, content);
        if (content.counts.records == 0) return {};
        return finish(log, record, reader, content);
    }

    // The end of what there is for now: what the log leaves to the files beside it, the summary, how the run stands.
    Expected<void> finish(const WandbLogFile& log, SourceRecord& record, const WandbLogReader& reader,
                          WandbContent& content) {
        RunPart end;
        if (context_.stopped()) return hand_over(record, reader.offset(), content, std::move(end));
        ISOLOSS_TRY(end.sources, read_wandb_files(context_, log.path.parent_path(), content));
        at_end_ = true;
        RunFacts facts;
        if (is_newest(log, content.last_time())) {
            facts.status = status_of(record, reader, content);
            add_summary(log, content, end);
        }
        if (const auto step = content.next_step()) next_step_ = std::max(next_step_.value_or(*step), *step);
        newest_ = std::max(newest_, log.started_at);
        is_running_ = facts.status == RunStatus::running;
        if (!facts.empty()) end.facts.push_back(std::move(facts));
        return hand_over(record, reader.offset(), content, std::move(end));
    }

    // A log that ended before another one began says nothing about how the run stands now.
    bool is_newest(const WandbLogFile& log, std::optional<double> last_time) const {
        return std::max(log.started_at, last_time.value_or(log.started_at)) >= newest_;
    }

    // Without an exit record the run is under way or was killed; when the end of the log is missing nobody can tell.
    RunStatus status_of(const SourceRecord& record, const WandbLogReader& reader, const WandbContent& content) const {
        if (content.ending()) return *content.ending();
        if (may_be_running(record.modified, content.last_time())) return RunStatus::running;
        const bool whole = reader.end() == WandbLogEnd::whole && reader.counts().damaged == 0;
        return whole ? RunStatus::crashed : RunStatus::unknown;
    }

    // A run that was under way at the last import and whose log says nothing new.
    Expected<void> end_silent_run(const WandbLogFile& log, SourceRecord record) {
        auto state = parse_json(record.state, {});
        if (!state || !json_bool(*state, "running").value_or(false)) return {};
        const auto last_time = json_number(*state, "last_time");
        if (!is_newest(log, last_time) || may_be_running(record.modified, last_time)) return {};
        RunPart part;
        part.run = run_.subject;
        RunFacts facts;
        facts.status = RunStatus::crashed;
        part.facts.push_back(std::move(facts));
        (*state)["running"].SetBool(false);
        record.state = json_text(*state);
        part.sources.push_back(std::move(record));
        return context_.take(std::move(part));
    }

    // Numbers of the summary that no history has are the run's last checkpoint's.
    void add_summary(const WandbLogFile& log, WandbContent& content, RunPart& part) const {
        std::set<std::string_view> names;
        for (std::size_t i = 0; i < points_.tag_count(); ++i)
            names.insert(points_.name(static_cast<std::uint32_t>(i)));
        ImportedCheckpoint last;
        for (const auto& [name, number] :
             content.take_summary([&](std::string_view series) { return names.contains(series); })) {
            ImportedValue value;
            value.quantity.key = value.quantity.metric = series_name_of_tag(name);
            value.quantity.direction = content.direction_of(name);
            value.value.value = number;
            value.value.provenance = "{\"file\":" + json_quote(path_text(log.path)) +
                                     ",\"place\":" + json_quote("summary." + value.quantity.key) + "}";
            value.value.recorded_at = content.last_time().value_or(log.started_at);
            last.values.push_back(std::move(value));
        }
        if (!last.values.empty()) part.checkpoints.push_back(std::move(last));
    }

    Expected<void> hand_over(SourceRecord& record, std::uint64_t offset, WandbContent& content, RunPart part) {
        part.run = run_.subject;
        part.points.fill(points_.take(), points_.tag_count());
        for (; named_ < points_.tag_count(); ++named_)
            part.new_series.emplace_back(points_.name(static_cast<std::uint32_t>(named_)));
        if (RunFacts facts = content.take_facts(); !facts.empty()) part.facts.insert(part.facts.begin(), facts);
        record.offset = offset;
        record.size = std::max(record.size, offset);
        record.state = "{\"attempt\":" + std::to_string(points_.attempt()) +
                       ",\"running\":" + (is_running_ ? "true" : "false") +
                       ",\"at_end\":" + (at_end_ ? "true," : "false,") + content.state() + "}";
        SourceRecord run;
        run.path = state_name_;
        run.format = run_format;
        run.state = "{\"points\":" + points_.state() + ",\"newest\":" + number_text(newest_);
        if (next_step_) run.state += ",\"next_step\":" + std::to_string(*next_step_);
        run.state += "}";
        part.sources.push_back(record);
        part.sources.push_back(std::move(run));
        return context_.take(std::move(part));
    }

    void restore(std::string_view text) {
        const auto state = parse_json(text, {});
        if (!state) return;
        if (const auto* points = json_member(*state, "points")) points_.restore(json_text(*points));
        newest_ = json_number(*state, "newest").value_or(newest_);
        next_step_ = json_int(*state, "next_step");
    }

    SourceContext& context_;
    const WandbRun& run_;
    const std::string state_name_; ///< of the run's own SourceRecord
    EventPoints points_;
    std::size_t named_ = 0;                 ///< series whose names were handed over
    double newest_ = 0;                     ///< when the newest log was started, of those that were read
    std::optional<std::int64_t> next_step_; ///< after the last one of the logs that were read
    bool is_running_ = false;               ///< as the log at hand says
    bool at_end_ = false;                   ///< it was read to its end
};

} // namespace

Expected<void> read_wandb_run(SourceContext& context, const WandbRun& run) {
    return WandbRunReader(context, run).read();
}

} // namespace isoloss
