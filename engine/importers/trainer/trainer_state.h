#pragma once

#include "engine/base/file.h"
#include "engine/base/json_mends.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace isoloss {

/// One row of log_history: a step and the numbers that were logged at it, in the file's order, without the step.
struct TrainerRow {
    std::int64_t number = 0; ///< its place in log_history, from 0
    std::int64_t step = 0;
    std::vector<std::pair<std::string, double>> values;
};

/// What a trainer_state.json says beside its history. What is missing was not found, or not read.
struct TrainerState {
    std::optional<std::int64_t> global_step;
    std::optional<std::int64_t> max_steps;
    std::optional<std::int64_t> best_step; ///< best_global_step, else the step in best_model_checkpoint
    std::optional<double> total_flos;      ///< FLOPs so far
    std::optional<double> tokens;          ///< num_input_tokens_seen; a trainer that does not count says 0: unknown
    std::string config = "{}";             ///< settings that the state repeats: num_train_epochs, train_batch_size, …
    bool is_history = false;               ///< there is a log_history

    JsonMends mends;
    std::int64_t rows_without_step = 0;
    std::int64_t no_numbers = 0; ///< values of rows that are texts or nested
};

/// Reads a trainer_state.json of any size (FORMATS.md) in bounded memory and hands each row of its history on; `each`
/// answers false to stop. `state` holds what was read also when the file is damaged.
Expected<void> read_trainer_state(const InputFile& file, TrainerState& state,
                                  const std::function<bool(const TrainerRow&)>& each);

/// global_step and best_step alone: the trainer writes both before its history, so that they are quickly found.
Expected<TrainerState> read_trainer_step(const InputFile& file);

/// total_flos and tokens alone, of a checkpoint's state: from the end of the file where its layout is the trainer's.
/// Nothing is found in a file that is large and laid out differently.
TrainerState read_trainer_totals(const InputFile& file);

/// Whether a file that begins like this is one.
bool is_trainer_state(std::string_view head);

} // namespace isoloss
