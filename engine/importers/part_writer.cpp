#include "engine/importers/part_writer.h"

#include "engine/importers/imported_quantity.h"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace isoloss {

namespace {

bool same_number(std::optional<double> a, std::optional<double> b) {
    if (a.has_value() != b.has_value()) return false;
    return !a || *a == *b || (std::isnan(*a) && std::isnan(*b));
}

} // namespace

Expected<void> PartWriter::write(WriteSession& store, RunPart& part) {
    if (!part.run) {
        for (const SourceRecord& source : part.sources)
            ISOLOSS_TRY_VOID(store.put_source(source));
        return {};
    }
    Run& run = runs_[part.run.get()];
    if (!run.subject) {
        run.subject = part.run;
        ISOLOSS_TRY_VOID(find_run(store, run));
    }
    for (const std::string& name : part.new_series)
        run.names.add(name);
    run.series.resize(run.names.size());
    // A source that has said nothing yet makes no run.
    if (part.points.size() > 0 || !part.facts.empty() || !part.checkpoints.empty() || run.id) {
        ISOLOSS_TRY_VOID(identify(store, run));
        for (const RunFacts& facts : part.facts)
            ISOLOSS_TRY_VOID(write_facts(store, run, facts));
        ISOLOSS_TRY_VOID(write_points(store, run, part.points));
        for (const ImportedCheckpoint& checkpoint : part.checkpoints)
            ISOLOSS_TRY_VOID(write_checkpoint(store, *run.id, checkpoint));
    }
    for (SourceRecord& source : part.sources) {
        source.run = run.id;
        ISOLOSS_TRY_VOID(store.put_source(source));
    }
    return {};
}

Expected<void> PartWriter::find_run(WriteSession& store, Run& run) {
    for (const auto* identities : {&run.subject->identities, &run.subject->known_as})
        for (const RunIdentity& identity : *identities) {
            ISOLOSS_TRY(run.id, store.find_run(identity));
            if (run.id) return {};
        }
    if (!options_.join_names) return {};
    ISOLOSS_TRY(run.id, store.find_run_by_name(run.subject->name));
    return {};
}

Expected<void> PartWriter::identify(WriteSession& store, Run& run) {
    if (run.identified) return {};
    run.identified = true;
    const auto& identities = run.subject->identities;
    if (!run.id) {
        const auto name = options_.run_names.find({identities.front().kind, identities.front().key});
        ISOLOSS_TRY(run.id, store.ensure_run(identities.front(),
                                             name == options_.run_names.end() ? run.subject->name : name->second));
        ++added_.runs;
    }
    // The first is the run's own in any case; what another run is known by otherwise stays with that run.
    for (const RunIdentity& identity : identities) {
        ISOLOSS_TRY(const auto known, store.find_run(identity));
        const bool own = &identity == &identities.front() && known != run.id;
        if (!known || own) ISOLOSS_TRY_VOID(store.add_identity(*run.id, identity));
    }
    const auto known = std::ranges::find(news_, *run.id, &RunNews::run);
    run.news = static_cast<std::size_t>(known - news_.begin());
    if (known == news_.end()) {
        news_.emplace_back().run = *run.id;
        news_.back().name = run.subject->name;
    }
    return {};
}

Expected<void> PartWriter::write_facts(WriteSession& store, const Run& run, const RunFacts& facts) {
    const RunId id = *run.id;
    if (!facts.config.empty()) ISOLOSS_TRY_VOID(store.merge_run_config(id, facts.config));
    if (!facts.group.empty()) ISOLOSS_TRY_VOID(store.set_run_group(id, facts.group));
    if (!facts.notes.empty()) ISOLOSS_TRY_VOID(store.set_run_notes(id, facts.notes));
    if (!facts.tags.empty()) ISOLOSS_TRY_VOID(store.add_run_tags(id, facts.tags));
    if (facts.started_at) ISOLOSS_TRY_VOID(store.set_run_started(id, *facts.started_at));
    if (facts.status == RunStatus::unknown) return {};
    news_[run.news].said = facts.status;
    return store.set_run_status(id, facts.status);
}

Expected<void> PartWriter::write_points(WriteSession& store, Run& run, const EventColumns& points) {
    for (const EventColumns::Part& part : points.parts()) {
        Series& series = run.series[part.tag];
        if (!series.id) {
            const std::string_view name = run.names[part.tag];
            ISOLOSS_TRY(series.id, store.find_series(*run.id, name));
            if (!series.id) {
                ISOLOSS_TRY(series.id, store.ensure_series(*run.id, name));
                ++added_.series;
            }
        }
        const PointSpan span = points.points(part);
        ISOLOSS_TRY(const int attempt, attempt_for(store, run, part, span.steps.front()));
        ISOLOSS_TRY_VOID(store.append_points(*series.id, attempt, span));
        RunNews& news = news_[run.news];
        news.points += static_cast<std::int64_t>(span.size());
        news.last_step = std::max(news.last_step.value_or(span.steps.back()), span.steps.back());
    }
    if (points.size() == 0) return {};
    const EventColumns::TimeRange& times = points.time_range();
    news_[run.news].last_wall_time = std::fmax(news_[run.news].last_wall_time, times.latest); // fmax passes over NaN
    if (!std::isnan(times.earliest)) ISOLOSS_TRY_VOID(store.set_run_started(*run.id, times.earliest));
    added_.points += static_cast<std::int64_t>(points.size());
    return {};
}

// Two sources of one run may log the same series: the second one's points then follow as another attempt.
Expected<int> PartWriter::attempt_for(WriteSession& store, Run& run, const EventColumns::Part& part,
                                      std::int64_t first_step) {
    Series& series = run.series[part.tag];
    if (series.attempt == part.attempt) return series.stored_as;
    const int wanted = static_cast<int>(part.attempt);
    int attempt = wanted;
    for (;; ++attempt) {
        ISOLOSS_TRY(const auto last, store.last_step(*series.id, attempt));
        if (!last || *last <= first_step) break;
    }
    if (attempt != wanted)
        notes_.push_back(run.subject->name + ": " + std::string(run.names[part.tag]) +
                         " is also in another source of this run; its points are attempt " + std::to_string(attempt));
    series.attempt = part.attempt;
    series.stored_as = attempt;
    return attempt;
}

Expected<void> PartWriter::write_checkpoint(WriteSession& store, RunId run, const ImportedCheckpoint& checkpoint) {
    ISOLOSS_TRY(auto known, store.find_checkpoint(run, checkpoint.attempt, checkpoint.step));
    ISOLOSS_TRY(const bool refused, is_refused(store, checkpoint, known));
    if (refused) return {};
    if (!known) {
        ISOLOSS_TRY(known, store.ensure_checkpoint(run, checkpoint.attempt, checkpoint.step));
        ++added_.checkpoints;
    }
    ISOLOSS_TRY_VOID(store.update_checkpoint(*known, checkpoint.details));
    for (const ImportedValue& value : checkpoint.values)
        ISOLOSS_TRY_VOID(write_value(store, *known, value));
    return {};
}

Expected<bool> PartWriter::is_refused(WriteSession& store, const ImportedCheckpoint& checkpoint,
                                      std::optional<CheckpointId> known) {
    if (checkpoint.measured_on.empty()) return false;
    const auto refuse = [&](const ImportedValue& value, std::string reason) {
        // The outcomes of a value may come in many parts.
        if (!value.first_outcome || *value.first_outcome == 0)
            refused_.push_back({checkpoint.brought_by, value.quantity.key, std::move(reason)});
        return true;
    };
    for (const ImportedValue& value : checkpoint.values) {
        if (known) {
            ISOLOSS_TRY(const auto weights, store.content_hash(*known));
            if (!weights.empty() && weights != checkpoint.measured_on)
                return refuse(value, "was measured on other weights than those that the project knows of this "
                                     "checkpoint. Import the checkpoint's folder again, or measure it again");
        }
        ISOLOSS_TRY(const bool other, store.has_other_dataset(value.dataset));
        if (other)
            return refuse(value, "was measured on other data of the name " + value.dataset.name +
                                     " than the project's. Measure it again on the project's data");
    }
    return false;
}

// Tables have the same few quantities in thousands of rows.
Expected<QuantityId> PartWriter::quantity_of(WriteSession& store, const QuantityRecord& record) {
    const std::string shots = record.shots ? std::to_string(*record.shots) : std::string();
    const auto [found, is_new] = quantities_.try_emplace(record.key + '\n' + record.version + '\n' + shots);
    if (is_new) {
        ISOLOSS_TRY(found->second, ensure_imported_quantity(store, record));
    }
    return found->second;
}

Expected<void> PartWriter::write_value(WriteSession& store, CheckpointId checkpoint, const ImportedValue& imported) {
    ISOLOSS_TRY(const QuantityId quantity, quantity_of(store, imported.quantity));
    if (imported.measurement) {
        JobRecord job = *imported.measurement;
        job.checkpoint = checkpoint;
        ISOLOSS_TRY(job.dataset, store.ensure_dataset(imported.dataset));
        ISOLOSS_TRY_VOID(store.enter_done_job(job));
    }
    ValueRecord value = imported.value;
    value.checkpoint = checkpoint;
    value.quantity = quantity;
    if (value.value && !std::isfinite(*value.value)) value.status = ValueStatus::nonfinite;
    ISOLOSS_TRY(const auto before, store.find_value(checkpoint, quantity, value.variant));
    const bool is_new = !before || !same_number(before->value, value.value) ||
                        !same_number(before->standard_error, value.standard_error);
    if (is_new) ++added_.values;
    if (!is_new && imported.outcomes.empty()) return {};
    ISOLOSS_TRY(const ValueId id, store.put_value(value));
    if (imported.outcomes.empty()) return {};
    const std::int64_t first = imported.first_outcome.value_or(0);
    // The first batch drops the outcomes of an earlier import; those that come again are not new.
    if (first == 0 && before) replaced_outcomes_[id] = before->outcomes;
    ISOLOSS_TRY_VOID(store.put_outcomes(id, imported.outcomes, first));
    const auto count = static_cast<std::int64_t>(imported.outcomes.size());
    std::int64_t& replaced = replaced_outcomes_[id];
    added_.items += std::max<std::int64_t>(0, count - replaced);
    replaced = std::max<std::int64_t>(0, replaced - count);
    return {};
}

} // namespace isoloss
