#pragma once

#include "tests/support/project_fixture.h"

#include <cmath>
#include <limits>

namespace isoloss::test {

/// The value of 'train/loss' of "my run" at a step, by attempt: float32 numbers that can be worked out by hand.
inline float logged_loss(int attempt, std::int64_t step) {
    return static_cast<float>(attempt) + static_cast<float>(step) / 4096.0f;
}

inline PointColumns losses_of_steps(int attempt, std::int64_t first, std::int64_t last, std::int64_t stride = 1) {
    PointColumns points;
    std::vector<float> values;
    for (std::int64_t step = first; step <= last; step += stride) {
        points.steps.push_back(step);
        points.wall_times.push_back(1.7e9 + static_cast<double>(step));
        values.push_back(logged_loss(attempt, step));
    }
    points.values = std::move(values);
    return points;
}

/// What packaging/docs/sql.md asks for. "my run" and "other run" are seeds; 'train/loss' of "my run" has steps 0 to
/// 9,999 in attempt 1 and 9,000 to 12,000 in attempt 2; checkpoints at 1,000 and 2,000 and a final one of which little
/// is known; "trashed" is in the trash.
class SqlProject {
public:
    SqlProject() {
        if (const auto filled = fixture.writer().run(fill); !filled) throw std::runtime_error(filled.error().text());
    }

    ProjectFixture fixture;

private:
    static Expected<void> fill(WriteSession& session) {
        ISOLOSS_TRY(const auto mine, session.ensure_run({"k", "1"}, "my run"));
        ISOLOSS_TRY(const auto other, session.ensure_run({"k", "2"}, "other run"));
        ISOLOSS_TRY(const auto trashed, session.ensure_run({"k", "3"}, "trashed"));
        ISOLOSS_TRY(const auto bare, session.ensure_run({"k", "4"}, "bare"));
        for (const RunId run : {mine, other})
            ISOLOSS_TRY_VOID(session.set_run_group(run, "seeds"));
        ISOLOSS_TRY_VOID(session.set_run_tags(mine, {"long", "baseline"}));
        ISOLOSS_TRY_VOID(session.set_run_notes(mine, "looks good"));
        ISOLOSS_TRY_VOID(session.merge_run_config(mine, R"({"lr": 0.001})"));
        ISOLOSS_TRY_VOID(fill_points(session, mine, other, trashed, bare));
        ISOLOSS_TRY_VOID(fill_values(session, mine));
        ISOLOSS_TRY(const auto hidden, session.ensure_checkpoint(trashed, 1, 1000));
        ISOLOSS_TRY(const auto quantity, session.ensure_quantity(quantity_named("loss[wikitext]")));
        ISOLOSS_TRY_VOID(put(session, hidden, quantity, 1.0));
        return session.set_run_trashed(trashed, true);
    }

    static Expected<void> fill_points(WriteSession& session, RunId mine, RunId other, RunId trashed, RunId bare) {
        ISOLOSS_TRY(const auto loss, session.ensure_series(mine, "train/loss"));
        ISOLOSS_TRY_VOID(session.append_points(loss, 1, losses_of_steps(1, 0, 9999)));
        ISOLOSS_TRY_VOID(session.append_points(loss, 2, losses_of_steps(2, 9000, 12000)));
        for (const RunId run : {mine, other}) {
            ISOLOSS_TRY(const auto validation, session.ensure_series(run, "val/loss"));
            ISOLOSS_TRY_VOID(session.append_points(validation, 1, losses_of_steps(1, 0, 2000, 100)));
        }
        ISOLOSS_TRY(const auto odd, session.ensure_series(mine, "train/odd"));
        PointColumns points = counted_points({std::nanf(""), std::numeric_limits<float>::infinity()});
        points.wall_times[0] = std::nan("");
        ISOLOSS_TRY_VOID(session.append_points(odd, 1, points));
        ISOLOSS_TRY(const auto gone, session.ensure_series(trashed, "train/loss"));
        ISOLOSS_TRY_VOID(session.append_points(gone, 1, counted_points({1, 2})));
        ISOLOSS_TRY(const auto empty, session.ensure_series(bare, "val/loss"));
        return empty.value > 0 ? Expected<void>() : fail(ErrorKind::internal, "a series has no id");
    }

    static Expected<ValueId> put(WriteSession& session, CheckpointId checkpoint, QuantityId quantity,
                                 std::optional<double> number) {
        ValueRecord value;
        value.checkpoint = checkpoint;
        value.quantity = quantity;
        value.value = number;
        value.recorded_at = 1.7e9;
        if (number && std::isnan(*number)) value.status = ValueStatus::nonfinite;
        if (!number) {
            value.status = ValueStatus::undefined;
            value.reason = "no item could be scored";
        } else {
            value.standard_error = 0.01;
            value.n = 100;
        }
        return session.put_value(value);
    }

    static Expected<void> fill_values(WriteSession& session, RunId run) {
        QuantityRecord loss = quantity_named("loss[wikitext]");
        loss.metric = "loss";
        loss.subject = "wikitext";
        loss.unit = "nats/token";
        loss.direction = Direction::down;
        QuantityRecord accuracy = quantity_named("arc_easy/acc");
        accuracy.metric = "acc";
        accuracy.subject = "arc_easy";
        accuracy.filter = "none";
        accuracy.shots = 0;
        accuracy.version = "1";
        ISOLOSS_TRY(const auto loss_id, session.ensure_quantity(loss));
        ISOLOSS_TRY(const auto accuracy_id, session.ensure_quantity(accuracy));
        ISOLOSS_TRY(const auto bare_id, session.ensure_quantity(quantity_named("bare")));
        CheckpointRecord known;
        known.tokens = 5e8;
        known.tokens_source = known.flops_source = "logged";
        known.flops = 1e18;
        known.path = "/runs/my run/step-1000";
        known.format = "huggingface";
        known.content_hash = "abc";
        known.parameter_count = 1000;
        known.architecture = "gpt2";
        for (const std::int64_t step : {1000, 2000}) {
            ISOLOSS_TRY(const auto checkpoint, session.ensure_checkpoint(run, 1, step));
            ISOLOSS_TRY_VOID(session.update_checkpoint(checkpoint, known));
            ISOLOSS_TRY_VOID(put(session, checkpoint, loss_id, 4.0 - static_cast<double>(step) / 1000));
            ISOLOSS_TRY(const auto value, put(session, checkpoint, accuracy_id, 0.5));
            ISOLOSS_TRY_VOID(session.put_outcomes(value, outcomes(step == 1000)));
        }
        ISOLOSS_TRY(const auto final_one, session.ensure_checkpoint(run, 2, std::nullopt));
        ISOLOSS_TRY_VOID(put(session, final_one, loss_id, std::nan("")));
        ISOLOSS_TRY_VOID(put(session, final_one, bare_id, std::nullopt));
        // An older variant of a value is not current.
        ValueRecord older;
        older.checkpoint = final_one;
        older.quantity = loss_id;
        older.value = 9;
        older.variant = "older";
        older.recorded_at = 1;
        ISOLOSS_TRY_VOID(session.put_value(older));
        ISOLOSS_TRY(const auto value, put(session, final_one, accuracy_id, 0.5));
        return session.put_outcomes(value, outcomes(true));
    }

    static std::vector<OutcomeRecord> outcomes(bool right) {
        OutcomeRecord question;
        question.item.task = "arc_easy";
        question.item.key = "7";
        question.item.text = "Which?";
        question.item.choices = {"this", "that"};
        question.item.gold = 1;
        question.chosen = right ? 1 : 0;
        question.correct = right ? 1 : 0;
        question.log_likelihoods = {-2.5, -1.25};
        question.tokens = 2;
        OutcomeRecord bare;
        bare.item.task = "arc_easy";
        bare.item.key = "8";
        return {question, bare};
    }
};

} // namespace isoloss::test
