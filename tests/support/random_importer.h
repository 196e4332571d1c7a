#pragma once

#include "tests/support/import_steps.h"

#include <cmath>
#include <random>

namespace isoloss::test {

/// Whatever an importer may do, by chance: runs, identities, configs, points, checkpoints, values with outcomes and
/// sources out of small pools, so that imports meet in the same rows.
class RandomImporter {
public:
    explicit RandomImporter(unsigned seed) : random_(seed) {}

    Expected<void> change(WriteSession& session) {
        ISOLOSS_TRY(const RunId run, session.ensure_run({"folder", text_below(4)}, "run " + text_below(1000)));
        switch (below(12)) {
        case 0:
            return session.add_identity(run, {"folder", text_below(6)});
        case 1:
            return session.merge_run_config(run, "{\"" + text_below(3) + "\":{\"lr\":" + text_below(5) + "}}");
        case 2:
            return describe(session, run);
        case 3:
            return session.set_run_started(run, 1.7e9 + below(100));
        case 4:
            return session.put_source(source(run));
        case 5:
        case 6:
            return put_checkpoint(session, run);
        case 7:
        case 8:
            return put_score(session, run);
        default:
            return append(session, run);
        }
    }

    Expected<void> describe(WriteSession& session, RunId run) {
        switch (below(5)) {
        case 0:
            return session.rename_run(run, "renamed " + text_below(9));
        case 1:
            return session.set_run_group(run, "group " + text_below(3));
        case 2:
            return session.set_run_notes(run, "note " + text_below(9));
        case 3:
            return session.set_run_tags(run, {"b \"quoted\"", "tag " + text_below(3), "a"});
        default:
            return session.set_run_status(run, below(2) == 0 ? RunStatus::finished : RunStatus::running);
        }
    }

    int below(int limit) { return static_cast<int>(random_() % static_cast<unsigned>(limit)); }

private:
    std::string text_below(int limit) { return std::to_string(below(limit)); }

    std::int64_t step() { return 100 * below(4); }

    Expected<void> append(WriteSession& session, RunId run) {
        ISOLOSS_TRY(const SeriesId series, session.ensure_series(run, "series " + text_below(3)));
        const int attempt = 1 + below(3);
        ISOLOSS_TRY(const auto last, session.last_step(series, attempt));
        const int count = below(3) == 0 ? 1 + below(9000) : 1 + below(60);
        const bool wide = below(4) == 0;
        PointColumns points;
        std::vector<double> doubles;
        std::int64_t at = last.value_or(below(20) - 10);
        for (int i = 0; i < count; ++i) {
            points.steps.push_back(at);
            at += below(3);
            points.wall_times.push_back(below(9) == 0 ? std::nan("") : 1.7e9 + below(1000));
            doubles.push_back(below(30) == 0 ? std::nan("") : below(30) == 0 ? HUGE_VAL : below(1000) / 8.0);
        }
        if (wide) doubles[static_cast<std::size_t>(below(count))] = 0.1;
        points.values = std::move(doubles);
        if (!wide && below(2) == 0) {
            const auto& all = std::get<1>(points.values);
            points.values = std::vector<float>(all.begin(), all.end());
        }
        return session.append_points(series, attempt, points);
    }

    Expected<CheckpointId> checkpoint(WriteSession& session, RunId run) {
        return session.ensure_checkpoint(run, 1 + below(2), below(4) == 0 ? std::nullopt : std::optional(step()));
    }

    Expected<void> put_checkpoint(WriteSession& session, RunId run) {
        ISOLOSS_TRY(const CheckpointId id, checkpoint(session, run));
        CheckpointRecord record;
        if (below(2) == 0) record.tokens = below(1000), record.tokens_source = "logged " + text_below(2);
        if (below(2) == 0) record.flops = below(1000), record.flops_source = "6ND";
        if (below(2) == 0) record.path = "/folder/" + text_below(9), record.format = "huggingface";
        if (below(2) == 0) record.content_hash = "hash " + text_below(9);
        if (below(2) == 0) record.parameter_count = below(100);
        if (below(2) == 0) record.architecture = "gpt2";
        return session.update_checkpoint(id, record);
    }

    Expected<void> put_score(WriteSession& session, RunId run) {
        ISOLOSS_TRY(const CheckpointId id, checkpoint(session, run));
        ISOLOSS_TRY(const QuantityId quantity, session.ensure_quantity(quantity_named("task/" + text_below(4))));
        ValueRecord value;
        value.checkpoint = id;
        value.quantity = quantity;
        value.variant = text_below(2);
        value.recorded_at = 1.7e9 + below(3);
        if (below(5) != 0) value.value = below(6) == 0 ? std::nan("") : below(3) / 4.0;
        if (below(2) == 0) value.standard_error = below(3) / 8.0;
        if (!value.value) value.status = ValueStatus::undefined, value.reason = "no number";
        ISOLOSS_TRY(const ValueId stored, session.put_value(value));
        if (below(2) == 0) return {};
        std::vector<OutcomeRecord> outcomes(static_cast<std::size_t>(below(5)));
        for (OutcomeRecord& outcome : outcomes) {
            outcome.item.task = "task";
            outcome.item.key = text_below(12);
            outcome.correct = below(2);
            outcome.log_likelihoods = {-0.1 * below(9), -1.5};
        }
        return session.put_outcomes(stored, outcomes);
    }

    SourceRecord source(RunId run) {
        SourceRecord source;
        source.path = "/events/" + text_below(4);
        source.size = source.offset = static_cast<std::uint64_t>(below(1000));
        source.state = "{\"attempt\":" + text_below(9) + "}";
        if (below(2) == 0) source.run = run;
        return source;
    }

    std::mt19937 random_;
};

/// One import of several transactions.
inline ImportId import_by_chance(ProjectFixture& fixture, RandomImporter& importer) {
    const ImportId import = begin_import(fixture);
    for (int transactions = 1 + importer.below(3); transactions > 0; --transactions)
        write(fixture, [&](WriteSession& session) -> Expected<void> {
            session.continue_import(import);
            for (int changes = 1 + importer.below(15); changes > 0; --changes)
                ISOLOSS_TRY_VOID(importer.change(session));
            return {};
        });
    return import;
}

} // namespace isoloss::test
