#pragma once

#include <array>
#include <string_view>

/// How trainers name tokens, FLOPs and epochs and what they are made of: the last part of the name in lower case, _ for
/// - and space (plain_name). The first that there is counts.
namespace isoloss::x_names {

/// A series by its name; x is this many times its values.
struct LoggedName {
    std::string_view name;
    double factor = 1;
};

constexpr std::array<LoggedName, 18> tokens{{{"num_input_tokens_seen"},
                                             {"tokens_seen"},
                                             {"num_tokens_seen"},
                                             {"n_tokens_seen"},
                                             {"total_tokens_seen"},
                                             {"total_tokens"},
                                             {"consumed_tokens"},
                                             {"consumed_train_tokens"},
                                             {"tokens_consumed"},
                                             {"tokens_processed"},
                                             {"tokens_trained"},
                                             {"training_tokens"},
                                             {"train_tokens"},
                                             {"cumulative_tokens"},
                                             {"num_tokens"},
                                             {"n_tokens"},
                                             {"tokens"},
                                             {"tokens_b", 1e9}}};

/// Sequences; tokens are these times the length.
constexpr std::array<LoggedName, 4> samples{
    {{"consumed_samples"}, {"consumed_train_samples"}, {"samples_seen"}, {"num_samples_seen"}}};

constexpr std::array<LoggedName, 11> flops{{{"total_flos"},
                                            {"total_flops"},
                                            {"total_training_flops"},
                                            {"cumulative_flops"},
                                            {"training_flops"},
                                            {"train_flops"},
                                            {"total_gflops", 1e9},
                                            {"total_training_gflops", 1e9},
                                            {"flops_so_far"},
                                            {"flops"},
                                            {"flos"}}};

constexpr std::array<LoggedName, 3> epochs{{{"epoch"}, {"epochs"}, {"_epoch"}}};

/// Config: tokens of one step.
constexpr std::array<std::string_view, 7> tokens_per_step{
    "tokens_per_step", "tokens_per_batch",    "tokens_per_iter",         "batch_size_in_tokens",
    "batch_tokens",    "global_batch_tokens", "global_batch_size_tokens"};

/// Config: sequences of one step over all devices. total_batch_size is left out: trainers count it in sequences or in
/// tokens.
constexpr std::array<std::string_view, 4> whole_batch{"global_batch_size", "global_train_batch_size",
                                                      "effective_batch_size", "train_batch_size"};

/// Config: says that train_batch_size is over all devices.
constexpr std::array<std::string_view, 1> beside_whole_batch{"train_micro_batch_size_per_gpu"};

/// Config: sequences that one device takes at once, before accumulation.
constexpr std::array<std::string_view, 6> device_batch{
    "per_device_train_batch_size", "per_device_batch_size", "train_micro_batch_size_per_gpu",
    "device_train_batch_size",     "local_batch_size",      "micro_batch_size"};

/// Config: sequences that are taken at once, before accumulation.
constexpr std::array<std::string_view, 2> batch{"batch_size", "train_batch_size"};

constexpr std::array<std::string_view, 8> accumulation{
    "gradient_accumulation_steps", "grad_accumulation_steps", "grad_accum_steps", "gradient_accumulation",
    "accumulate_grad_batches",     "accumulation_steps",      "grad_accum",       "grad_acc_steps"};

constexpr std::array<std::string_view, 7> devices{"data_parallel_size", "dp_size", "world_size", "num_gpus", "n_gpus",
                                                  "num_devices",        "n_gpu"};

/// Config: tokens of a sequence. What a model could take at most (max_position_embeddings) is not what it was trained
/// on.
constexpr std::array<std::string_view, 11> length{
    "sequence_length", "seq_length",     "seq_len",      "train_seq_len",       "max_seq_length", "max_seq_len",
    "block_size",      "context_length", "context_size", "max_sequence_length", "n_ctx"};

constexpr std::array<std::string_view, 9> parameters{"n_params",     "num_params",   "num_parameters",
                                                     "n_parameters", "total_params", "parameter_count",
                                                     "param_count",  "nparams",      "params"};

constexpr std::array<std::string_view, 2> steps_per_epoch{"steps_per_epoch", "num_steps_per_epoch"};

} // namespace isoloss::x_names
