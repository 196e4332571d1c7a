#pragma once

#include "engine/store/records.h"

#include <optional>
#include <string>
#include <string_view>

/// What the names of columns say by themselves.
namespace isoloss::column_words {

/// Lower case, without spaces around, underscores for the spaces inside, and without a unit in brackets at its end.
std::string plain(std::string_view column);

/// The factor of a unit in a name: 1e9 of "(B)" and "Gflops", 1e21 of "(1E21)", otherwise 1.
double factor(std::string_view column);

// These take plain names.
bool is_step(std::string_view name);
bool is_sure_step(std::string_view name);  ///< nothing but a logger calls a column so: "_step", "global_step"
bool is_checkpoint(std::string_view name); ///< a step in tables of evaluations
bool is_epoch(std::string_view name);
bool is_wall_time(std::string_view name); ///< may be: the numbers decide
bool is_tokens(std::string_view name);
bool is_batch_tokens(std::string_view name);
bool is_flops(std::string_view name);
bool is_parameters(std::string_view name);
bool is_run(std::string_view name);
bool is_task(std::string_view name);
bool is_shots(std::string_view name);
bool is_setting(std::string_view name); ///< a hyperparameter or a count, never a result: "seed"
bool is_metric_name(std::string_view name);
bool is_metric_value(std::string_view name);

/// Whether one of the words in the name is of training: loss, acc, lr, grad, …
bool is_training_quantity(std::string_view name);

/// Whether the name begins with that of a well-known benchmark: "MMLU", "arc_challenge", "HSwag".
bool is_benchmark(std::string_view name);

} // namespace isoloss::column_words

namespace isoloss {

/// The quantity that the name of a column of results stands for. The key is the column's name, except for names of the
/// form task_shots_metric,filter ("gsm8k_5_exact_match,strict-match"), which get the key of the evaluation harness
/// ("gsm8k/exact_match,strict-match@5shot") so that they meet its results. Metric, subject, shots, unit and direction
/// are filled in where the name tells.
QuantityRecord column_quantity(std::string_view column);

/// The same for a metric in a row that names its task and shots.
QuantityRecord task_quantity(std::string_view task, std::string_view metric, std::optional<int> shots);

/// Up for accuracies and scores, down for losses and perplexities, by the words in the name.
Direction direction_of_words(std::string_view name);

} // namespace isoloss
