#include "engine/importers/tables/column_words.h"

#include "engine/importers/tables/cell_number.h"

#include <algorithm>
#include <array>

namespace isoloss::column_words {

namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

template <std::size_t Count>
bool is_one_of(std::string_view name, const std::array<std::string_view, Count>& names) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

// "(B)" at the end: where it opens.
std::size_t unit_begin(std::string_view column) {
    return column.ends_with(')') ? column.rfind('(') : std::string_view::npos;
}

// Calls for each run of letters and digits, in lower case; stops when it answers true.
bool any_word(std::string_view name, const auto& is_it) {
    std::string word;
    for (std::size_t at = 0; at <= name.size(); ++at) {
        const char c = at < name.size() ? lower(name[at]) : ' ';
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
            word += c;
            continue;
        }
        if (!word.empty() && is_it(std::string_view(word))) return true;
        word.clear();
    }
    return false;
}

} // namespace

std::string plain(std::string_view column) {
    std::string_view name = without_spaces(column);
    if (const std::size_t unit = unit_begin(name); unit != name.npos && unit > 0)
        name = without_spaces(name.substr(0, unit));
    std::string text;
    for (const char c : name)
        text += c == ' ' ? '_' : lower(c);
    return text;
}

double factor(std::string_view column) {
    const std::string_view name = without_spaces(column);
    const std::size_t begin = unit_begin(name);
    if (begin != name.npos) {
        const std::string_view unit = name.substr(begin + 1, name.size() - begin - 2);
        if (unit == "K" || unit == "k") return 1e3;
        if (unit == "M") return 1e6;
        if (unit == "B" || unit == "G") return 1e9;
        if (unit == "T") return 1e12;
        const CellNumber number = cell_number(unit);
        if (number.kind == CellKind::number && number.value > 0) return number.value;
    }
    double result = 1;
    any_word(name, [&](std::string_view word) {
        if (word == "mflops") result = 1e6;
        if (word == "gflops") result = 1e9;
        if (word == "tflops") result = 1e12;
        if (word == "pflops") result = 1e15;
        return false;
    });
    return result;
}

bool is_step(std::string_view name) {
    constexpr std::array<std::string_view, 8> names{"step", "steps", "iteration", "iterations",
                                                    "iter", "iters", "update",    "updates"};
    return is_sure_step(name) || is_one_of(name, names);
}

bool is_sure_step(std::string_view name) {
    constexpr std::array<std::string_view, 14> names{
        "_step",      "global_step",     "globalstep",     "train_step",          "training_step",
        "train/step", "trainer/step",    "num_updates",    "trainer/global_step", "train/global_step",
        "num_steps",  "train/iteration", "optimizer_step", "global_iter"};
    return is_one_of(name, names);
}

bool is_checkpoint(std::string_view name) {
    constexpr std::array<std::string_view, 4> names{"checkpoint", "ckpt", "checkpoint_step", "ckpt_step"};
    return is_step(name) || is_one_of(name, names);
}

bool is_epoch(std::string_view name) {
    constexpr std::array<std::string_view, 5> names{"epoch", "epochs", "_epoch", "train/epoch", "trainer/epoch"};
    return is_one_of(name, names);
}

bool is_wall_time(std::string_view name) {
    constexpr std::array<std::string_view, 10> names{"wall_time", "walltime", "timestamp",  "_timestamp", "time",
                                                     "ts",        "datetime", "created_at", "date",       "unix_time"};
    return is_one_of(name, names);
}

bool is_tokens(std::string_view name) {
    constexpr std::array<std::string_view, 16> names{"tokens",
                                                     "total_tokens",
                                                     "num_tokens",
                                                     "n_tokens",
                                                     "tokens_seen",
                                                     "train/tokens",
                                                     "consumed_tokens",
                                                     "training_tokens",
                                                     "pretraining_tokens",
                                                     "throughput/total_tokens",
                                                     "train_tokens",
                                                     "tokens_processed",
                                                     "train/tokens_seen",
                                                     "num_input_tokens_seen",
                                                     "pretraining_data_size",
                                                     "train/num_tokens"};
    return is_one_of(name, names);
}

bool is_batch_tokens(std::string_view name) {
    constexpr std::array<std::string_view, 5> names{"batch_size_in_tokens", "tokens_per_step", "tokens_per_batch",
                                                    "global_batch_tokens", "batch_tokens"};
    return is_one_of(name, names);
}

bool is_flops(std::string_view name) {
    constexpr std::array<std::string_view, 10> names{
        "flops",   "total_flops",   "total_flos",       "train_flops", "training_flops",
        "compute", "compute_flops", "training_compute", "flos",        "throughput/total_training_gflops"};
    return is_one_of(name, names);
}

bool is_parameters(std::string_view name) {
    constexpr std::array<std::string_view, 10> names{"params",          "parameters", "n_params",     "num_params",
                                                     "param_count",     "model_size", "n_parameters", "num_parameters",
                                                     "parameter_count", "nparams"};
    return is_one_of(name, names);
}

bool is_run(std::string_view name) {
    constexpr std::array<std::string_view, 13> names{
        "run",   "run_name",   "run_id",   "experiment", "exp",        "exp_name",       "name",
        "model", "model_name", "model_id", "model_json", "trial_name", "experiment_name"};
    return is_one_of(name, names);
}

bool is_task(std::string_view name) {
    constexpr std::array<std::string_view, 4> names{"task", "task_name", "benchmark", "eval_task"};
    return is_one_of(name, names);
}

bool is_shots(std::string_view name) {
    constexpr std::array<std::string_view, 8> names{"fewshot", "shots",     "n_shot", "num_fewshot",
                                                    "nshot",   "num_shots", "n-shot", "n_shots"};
    return is_one_of(name, names);
}

bool is_setting(std::string_view name) {
    constexpr std::array<std::string_view, 18> words{"seed",  "lr",      "batch",      "tokens", "layers", "width",
                                                     "depth", "heads",   "warmup",     "wd",     "dim",    "vocab",
                                                     "rank",  "dropout", "chinchilla", "year",   "peak",   "index"};
    const bool is_result = is_benchmark(name) || direction_of_words(name) != Direction::descriptive;
    return !is_result && any_word(name, [&](std::string_view word) { return is_one_of(word, words); });
}

bool is_metric_name(std::string_view name) {
    constexpr std::array<std::string_view, 5> names{"metric", "metric_name", "tag", "key", "variable"};
    return is_one_of(name, names);
}

bool is_metric_value(std::string_view name) {
    constexpr std::array<std::string_view, 3> names{"value", "metric_value", "score"};
    return is_one_of(name, names);
}

bool is_training_quantity(std::string_view name) {
    constexpr std::array<std::string_view, 37> words{
        "loss",  "losses",       "acc",        "accuracy", "lr",         "learning",
        "grad",  "gradient",     "gradnorm",   "ppl",      "perplexity", "bpb",
        "bpc",   "nll",          "reward",     "return",   "entropy",    "crossentropyloss",
        "val",   "valid",        "validation", "train",    "eval",       "auc",
        "auroc", "f1",           "bleu",       "mse",      "mae",        "throughput",
        "mfu",   "crossentropy", "kl",         "norm",     "acc1",       "top1",
        "em"};
    return any_word(name, [&](std::string_view word) { return is_one_of(word, words); });
}

bool is_benchmark(std::string_view name) {
    constexpr std::array<std::string_view, 44> tasks{"mmlu",       "arc",         "hellaswag", "hswag",
                                                     "winog",      "boolq",       "piqa",      "siqa",
                                                     "socialiqa",  "copa",        "openbook",  "obqa",
                                                     "csqa",       "commonsense", "gsm8k",     "humaneval",
                                                     "truthfulqa", "triviaqa",    "drop",      "naturalq",
                                                     "nq",         "agieval",     "bigbench",  "bbh",
                                                     "lambada",    "squad",       "coqa",      "jeopardy",
                                                     "race",       "mbpp",        "xwinog",    "sciq",
                                                     "logiqa",     "pubmedqa",    "svamp",     "aqua",
                                                     "gpqa",       "bbq",         "blimp",     "mathqa",
                                                     "rte",        "wic",         "mnli",      "simplearithmetic"};
    std::string letters;
    for (const char c : name)
        if (const char small = lower(c); (small >= 'a' && small <= 'z') || (small >= '0' && small <= '9'))
            letters += small;
    return std::any_of(tasks.begin(), tasks.end(), [&](std::string_view task) {
        return letters.starts_with(task) && (task.size() > 3 || letters.size() < task.size() + 12);
    });
}

} // namespace isoloss::column_words
