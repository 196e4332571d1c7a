#pragma once

#include "engine/importers/run_part.h"
#include "engine/importers/trainer/trainer_state.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

namespace isoloss {

/// The checkpoints of a trainer's run: the steps that are wanted, with the evaluations of its history at them. Other
/// evaluations are points of curves only: no model of theirs was kept.
class TrainerCheckpoints {
public:
    TrainerCheckpoints() = default;
    /// `file`: that the rows come from; `modified`: UTC seconds.
    TrainerCheckpoints(std::filesystem::path file, double modified, const std::set<std::int64_t>& wanted);

    /// Takes the evaluations of a row; later ones at the same step replace earlier ones.
    void add(const TrainerRow& row);

    /// What the state of a step says of tokens and FLOPs.
    void set_totals(std::int64_t step, const TrainerState& state);

    std::vector<ImportedCheckpoint> take();

private:
    std::filesystem::path file_;
    double modified_ = 0;
    std::map<std::int64_t, ImportedCheckpoint> checkpoints_;
};

/// The quantity that a key of an evaluation names: "eval_loss", and "eval_wiki_loss" of the data set wiki. Nothing for
/// keys that are no evaluation or only tell how long it took.
std::optional<QuantityRecord> quantity_of_evaluation(std::string_view key);

} // namespace isoloss
