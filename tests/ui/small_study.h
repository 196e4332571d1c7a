#pragma once

#include "tests/support/project_fixture.h"

#include <cmath>
#include <map>
#include <string>
#include <vector>

namespace isoloss::test {

/// A project of three runs with four checkpoints each: a loss with standard errors, a score that one checkpoint lacks,
/// a second measurement, configs, a train/loss curve and the item outcomes of two checkpoints.
class SmallStudy : public ProjectFixture {
public:
    static constexpr int runs = 3, checkpoints_per_run = 4;

    /// Values that float32 cannot write in a few digits.
    static std::vector<float> curve(int run) {
        std::vector<float> values;
        for (int i = 0; i < 40; ++i)
            values.push_back(static_cast<float>(4.0 - 0.3 * run) / (1.0F + static_cast<float>(i) / 7.0F));
        return values;
    }

    static double loss(int run, int checkpoint) { return 3.6 - 0.1 * run - 0.15 * checkpoint; }

    static double score(int run, int checkpoint) { return 0.30 + 0.02 * run + 0.03 * checkpoint; }

    SmallStudy() {
        const Expected<void> written = writer().run([this](WriteSession& session) { return write(session); });
        if (!written) throw std::runtime_error(written.error().text());
    }

    RunId run_id(int run) const { return runs_.at(static_cast<std::size_t>(run)); }

    CheckpointId checkpoint_id(int run, int checkpoint) const { return checkpoints_.at({run, checkpoint}); }

    SeriesId series_id(int run) const { return series_.at(static_cast<std::size_t>(run)); }

private:
    Expected<void> write(WriteSession& session) {
        static const char* const names[runs] = {"small", "medium", "large"};
        QuantityRecord loss_quantity = quantity_named("loss[text]");
        loss_quantity.kind = QuantityKind::measured;
        loss_quantity.metric = "loss";
        loss_quantity.subject = "text";
        loss_quantity.unit = "nats/token";
        loss_quantity.direction = Direction::down;
        QuantityRecord score_quantity = quantity_named("quiz/acc");
        score_quantity.metric = "acc";
        score_quantity.subject = "quiz";
        score_quantity.direction = Direction::up;
        QuantityRecord fisher_quantity = quantity_named("fisher_trace[text]");
        fisher_quantity.kind = QuantityKind::measured;
        fisher_quantity.metric = "fisher_trace";
        fisher_quantity.subject = "text";
        ISOLOSS_TRY(const QuantityId loss_id, session.ensure_quantity(loss_quantity));
        ISOLOSS_TRY(const QuantityId score_id, session.ensure_quantity(score_quantity));
        ISOLOSS_TRY(const QuantityId fisher_id, session.ensure_quantity(fisher_quantity));
        for (int run = 0; run < runs; ++run) {
            ISOLOSS_TRY(const RunId id, session.ensure_run({"test", names[run]}, names[run]));
            runs_.push_back(id);
            const std::string width = std::to_string(128 << run);
            ISOLOSS_TRY_VOID(session.merge_run_config(
                id, R"({"seed": 1, "optimizer": {"lr": 0.001}, "model": {"width": )" + width + "}}"));
            ISOLOSS_TRY(const SeriesId series, session.ensure_series(id, "train/loss"));
            series_.push_back(series);
            ISOLOSS_TRY_VOID(session.append_points(series, 1, counted_points(curve(run))));
            for (int checkpoint = 0; checkpoint < checkpoints_per_run; ++checkpoint) {
                ISOLOSS_TRY(const CheckpointId place, session.ensure_checkpoint(id, 1, 1000 * (checkpoint + 1)));
                checkpoints_[{run, checkpoint}] = place;
                ISOLOSS_TRY_VOID(put(session, place, loss_id, loss(run, checkpoint), 0.002));
                ISOLOSS_TRY_VOID(put(session, place, fisher_id, 100.0 + 10 * run + checkpoint, std::nullopt));
                if (run == 2 && checkpoint == 0) continue;
                ISOLOSS_TRY(const ValueId value, put(session, place, score_id, score(run, checkpoint), 0.01));
                if (checkpoint == 3) ISOLOSS_TRY_VOID(session.put_outcomes(value, outcomes(run)));
            }
        }
        return {};
    }

    static Expected<ValueId> put(WriteSession& session, CheckpointId checkpoint, QuantityId quantity, double number,
                                 std::optional<double> error) {
        ValueRecord value;
        value.checkpoint = checkpoint;
        value.quantity = quantity;
        value.value = number;
        value.standard_error = error;
        value.n = 4;
        value.provenance = R"({"file": "results.json"})";
        return session.put_value(value);
    }

    /// Four items; run 0 has the first two right, the others the second and third.
    static std::vector<OutcomeRecord> outcomes(int run) {
        std::vector<OutcomeRecord> list;
        for (int item = 0; item < 4; ++item) {
            OutcomeRecord outcome;
            outcome.item.task = "quiz";
            outcome.item.key = std::to_string(item);
            outcome.item.text = "Question " + std::to_string(item);
            outcome.item.choices = {"yes", "no"};
            outcome.item.gold = 0;
            const bool right = run == 0 ? item < 2 : item == 1 || item == 2;
            outcome.correct = right ? 1 : 0;
            outcome.chosen = right ? 0 : 1;
            list.push_back(outcome);
        }
        return list;
    }

    std::vector<RunId> runs_;
    std::vector<SeriesId> series_;
    std::map<std::pair<int, int>, CheckpointId> checkpoints_;
};

} // namespace isoloss::test
