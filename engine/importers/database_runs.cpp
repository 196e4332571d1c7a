#include "engine/importers/database_runs.h"

#include "engine/base/file.h"
#include "engine/base/hash.h"
#include "engine/base/json.h"
#include "engine/base/number_text.h"

#include <algorithm>
#include <bit>

namespace isoloss {

namespace {

/// Points of all runs together that may wait; many small runs do not fill up one by one.
constexpr std::size_t most_waiting = 1u << 20;
constexpr std::int64_t rows_of_page = 20'000;

std::string hash_of(const RunFacts& facts) {
    std::string text = facts.config + '\n' + facts.group + '\n' + facts.notes + '\n' +
                       std::string(run_status_name(facts.status)) + '\n' +
                       (facts.started_at ? number_text(*facts.started_at) : std::string());
    for (const std::string& tag : facts.tags)
        text += '\n' + tag;
    return content_hash(text);
}

} // namespace

void DatabaseRuns::Run::add(std::size_t table, std::int64_t row, std::string_view series, std::int64_t step,
                            double wall_time, double value) {
    if (row <= known_rows_[table]) return;
    rows_[table] = std::max(rows_[table], row);
    points_.scalar({series, step, wall_time, std::bit_cast<std::uint64_t>(value), true});
}

std::int64_t DatabaseRuns::Run::count_row(std::size_t table, std::int64_t row) {
    if (row <= known_rows_[table]) return 0;
    rows_[table] = std::max(rows_[table], row);
    return counts_[table]++;
}

void DatabaseRuns::Run::set_facts(RunFacts facts) {
    facts_hash_ = hash_of(facts);
    if (facts_hash_ != known_facts_) facts_ = std::move(facts);
}

DatabaseRuns::Run* DatabaseRuns::find(std::string_view key) {
    const auto found = runs_.find(key);
    return found == runs_.end() ? nullptr : found->second.get();
}

Expected<DatabaseRuns::Run*> DatabaseRuns::add(std::string_view key, std::shared_ptr<RunSubject> subject) {
    auto made = std::make_unique<Run>();
    Run& run = *made;
    run.subject = std::move(subject);
    run.key_ = path_text(name_) + "#" + std::string(key);
    ISOLOSS_TRY(const auto known, context_.known(run.key_));
    const auto state = known ? parse_json(known->state, {}) : parse_json("{}", {});
    run.is_new_ = !known;
    if (known && state) {
        if (const auto* points = json_member(*state, "points")) run.points_.restore(json_text(*points));
        run.points_.begin_file(std::nullopt);
        run.known_facts_ = json_string(*state, "facts").value_or("");
        if (json_int(*state, "writing").value_or(0) != writing_) {
            run.points_.begin_attempt();
        } else {
            for (std::size_t table = 0; table < run.known_rows_.size(); ++table) {
                const std::string number = std::to_string(table);
                run.known_rows_[table] = run.rows_[table] = json_int(*state, "row" + number).value_or(0);
                run.counts_[table] = json_int(*state, "count" + number).value_or(0);
            }
        }
    }
    in_order_.push_back(&run);
    runs_.emplace(std::string(key), std::move(made));
    return &run;
}

RunPart DatabaseRuns::part_of(Run& run) const {
    RunPart part;
    part.run = run.subject;
    part.points.fill(run.points_.take(), run.points_.tag_count());
    for (; run.named_ < run.points_.tag_count(); ++run.named_)
        part.new_series.emplace_back(run.points_.name(static_cast<std::uint32_t>(run.named_)));
    if (run.facts_) part.facts.push_back(std::move(*run.facts_));
    run.facts_.reset();
    SourceRecord record;
    record.path = run.key_;
    record.format = format_;
    record.state = "{\"writing\":" + std::to_string(writing_) +
                   ",\"facts\":" + json_quote(run.facts_hash_.empty() ? run.known_facts_ : run.facts_hash_);
    for (std::size_t table = 0; table < run.rows_.size(); ++table) {
        const std::string number = std::to_string(table);
        record.state += ",\"row" + number + "\":" + std::to_string(run.rows_[table]) + ",\"count" + number +
                        "\":" + std::to_string(run.counts_[table]);
    }
    record.state += ",\"points\":" + run.points_.state() + "}";
    part.sources.push_back(std::move(record));
    return part;
}

Expected<void>
DatabaseRuns::read_pages(const ForeignDatabase& database, const std::string& sql, std::int64_t after,
                         const std::function<Expected<void>(std::int64_t number, const ForeignRows& row)>& add,
                         const std::vector<ForeignParameter>& others) {
    for (;;) {
        std::vector<ForeignParameter> parameters{after, rows_of_page};
        parameters.insert(parameters.end(), others.begin(), others.end());
        std::int64_t count = 0;
        {
            ISOLOSS_TRY(auto rows, database.select(sql, parameters));
            for (;; ++count) {
                ISOLOSS_TRY(const bool row, rows.next());
                if (!row) break;
                after = rows.integer(0).value_or(after);
                ISOLOSS_TRY_VOID(add(after, rows));
            }
        }
        ISOLOSS_TRY_VOID(hand_over_full());
        if (count < rows_of_page || context_.stopped()) return {};
    }
}

Expected<void> DatabaseRuns::hand_over_full() {
    std::size_t waiting = 0;
    for (const Run* run : in_order_)
        waiting += run->points_.waiting();
    for (Run* run : in_order_) {
        if (run->points_.waiting() == 0 || !(run->points_.full() || waiting > most_waiting)) continue;
        ISOLOSS_TRY_VOID(context_.take(part_of(*run)));
    }
    return {};
}

Expected<void> DatabaseRuns::finish(SourceRecord database) {
    for (Run* run : in_order_) {
        const bool has_rows = run->points_.waiting() > 0 || run->rows_ != run->known_rows_;
        if (has_rows || run->facts_) ISOLOSS_TRY_VOID(context_.take(part_of(*run)));
    }
    RunPart last;
    last.sources.push_back(std::move(database));
    return context_.take(std::move(last));
}

} // namespace isoloss
