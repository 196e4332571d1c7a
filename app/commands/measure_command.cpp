#include "app/commands/command.h"
#include "app/exit_code.h"
#include "app/terminal_progress.h"
#include "app/torch_loader.h"
#include "engine/analysis/checkpoint_table.h"
#include "engine/base/date_text.h"
#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/base/number_text.h"
#include "engine/datasets/dataset.h"
#include "engine/importers/import.h"
#include "engine/inference/metric_catalogue.h"
#include "engine/jobs/engine_thread.h"
#include "engine/jobs/job_file.h"
#include "engine/jobs/measure.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <set>
#include <spdlog/fmt/fmt.h>

namespace isoloss {

namespace {

struct MeasureArguments {
    std::string project;
    std::vector<std::string> metrics;
    std::string checkpoints; ///< a filter, or the path of a checkpoint folder
    std::vector<std::string> data;
    std::string device = "auto";
    std::string type = "float32";
    std::vector<std::string> trusted; ///< SHA-256 of TorchScript modules
    std::string bos = "tokenizer";
    std::int64_t window = 0, stride = 0, limit = 0;
    std::uint64_t seed = 0;
    int probes = MeasureParameters{}.probes;
    std::string ascent = "gradient";
    int threads = 0;
    std::string job_file; ///< written instead of measuring
    std::size_t split = 1;
};

MeasureParameters parameters_of(const MeasureArguments& arguments) {
    MeasureParameters parameters;
    if (arguments.bos == "yes") parameters.bos = MeasureParameters::Bos::yes;
    if (arguments.bos == "no") parameters.bos = MeasureParameters::Bos::no;
    if (arguments.window > 0) parameters.window = arguments.window;
    if (arguments.stride > 0) parameters.stride = arguments.stride;
    if (arguments.limit > 0) parameters.limit = arguments.limit;
    parameters.type = arguments.type;
    parameters.seed = arguments.seed;
    parameters.probes = arguments.probes;
    if (arguments.ascent == "eigenvector") parameters.ascent = CurvatureOptions::Ascent::eigenvector;
    return parameters;
}

/// The checkpoints that a filter or a folder names; a folder is imported first.
Expected<std::vector<CheckpointId>> chosen_checkpoints(Project& project, const std::string& choice,
                                                       const CancellationToken& token) {
    std::error_code ignored;
    std::optional<std::filesystem::path> folder;
    if (!choice.empty() && std::filesystem::is_directory(choice, ignored))
        folder = std::filesystem::weakly_canonical(choice, ignored);
    if (folder) {
        ImportOptions options;
        options.cancellation = token;
        ISOLOSS_TRY(const auto report, import_paths(project, {*folder}, options));
        for (const auto& skipped : report.skipped)
            fmt::print(stderr, "Skipped {}: {}\n", skipped.path, skipped.reason);
    }
    ISOLOSS_TRY(const auto reader, project.reader());
    ISOLOSS_TRY(const auto table, load_checkpoint_table(*reader, folder ? std::string() : choice, {}));

    std::vector<CheckpointId> checkpoints;
    for (const auto& checkpoint : table.checkpoints) {
        const bool inside = !folder || (!checkpoint.path.empty() &&
                                        (path_text(std::filesystem::weakly_canonical(checkpoint.path, ignored)) + "/")
                                            .starts_with(path_text(*folder) + "/"));
        if (inside) checkpoints.push_back(checkpoint.id);
    }
    if (checkpoints.empty())
        return fail({ErrorKind::not_found,
                     folder ? path_text(*folder) : std::string(),
                     {},
                     folder ? "no checkpoint was found in this folder"
                            : "no checkpoint passes the filter " + json_quote(choice),
                     "isoloss query -p PROJECT --of checkpoints lists what there is"});
    return checkpoints;
}

/// Files by their path, else data sets of the project by their name.
Expected<void> choose_data(const Project& project, const std::vector<std::string>& names, MeasureRequest& request) {
    ISOLOSS_TRY(const auto reader, project.reader());
    ISOLOSS_TRY(const auto datasets, reader->datasets());
    for (const std::string& name : names) {
        std::error_code ignored;
        const auto known = std::ranges::find(datasets, name, &DatasetRecord::name);
        if (std::filesystem::exists(name, ignored) || known == datasets.end())
            request.data.emplace_back(name);
        else
            request.datasets.push_back(known->id);
    }
    return {};
}

std::string number_or_null(const std::optional<double>& value) {
    return value ? number_text(*value) : "null";
}

void print_value_json(const CheckpointRecord& checkpoint, const ValueRecord& value) {
    fmt::print("{{\"run\":{},\"step\":{},\"quantity\":{},\"value\":{},\"stderr\":{},\"n\":{},\"status\":\"{}\","
               "\"reason\":{},\"provenance\":{}}}\n",
               json_quote(checkpoint.run_name), checkpoint.step ? number_text(*checkpoint.step) : "null",
               json_quote(value.quantity_key), number_or_null(value.value), number_or_null(value.standard_error),
               value.n ? number_text(*value.n) : "null", value_status_name(value.status), json_quote(value.reason),
               value.provenance);
}

void print_value_text(const CheckpointRecord& checkpoint, const ValueRecord& value) {
    const std::string label = checkpoint.run_name + (checkpoint.step ? " @ " + number_text(*checkpoint.step) : "");
    std::string number = value.value ? number_text(*value.value) : "undefined (" + value.reason + ")";
    if (value.value && value.standard_error) number += " ± " + fmt::format("{:.2g}", *value.standard_error);
    if (value.value && value.n) number += fmt::format("  (n = {})", *value.n);
    fmt::print("{}  {}  {}\n", label, value.quantity_key, number);
}

/// Prints what was asked for, measured now or before.
Expected<void> print_values(const Project& project, const std::set<JobId>& jobs, bool json) {
    ISOLOSS_TRY(const auto reader, project.reader());
    ISOLOSS_TRY(const auto all_jobs, reader->jobs());
    for (const JobRecord& job : all_jobs) {
        if (!jobs.contains(job.id) || job.state != JobState::done) continue;
        ISOLOSS_TRY(const auto checkpoint, reader->checkpoint(job.checkpoint));
        ISOLOSS_TRY(const auto values, reader->values(job.checkpoint));
        const std::string key = job.metric + "[" + job.dataset_name + "]";
        for (const ValueRecord& value : values) {
            if (value.quantity_key != key || !checkpoint) continue;
            json ? print_value_json(*checkpoint, value) : print_value_text(*checkpoint, value);
        }
    }
    return {};
}

void print_measured_before(const MeasuredBefore& before) {
    const ValueRecord& value = before.value;
    const std::string number = value.value ? number_text(*value.value) : value.reason;
    fmt::print(stderr, "Measured already: {} of {} = {} ({})\n", value.quantity_key, before.checkpoint_label, number,
               date_text(value.recorded_at));
}

/// "jobs.json", or "jobs-1.json", "jobs-2.json", … for several.
std::filesystem::path job_file_name(const std::filesystem::path& file, std::size_t number, std::size_t count) {
    if (count == 1) return file;
    std::filesystem::path name = file.parent_path() / file.stem();
    return (name += "-" + std::to_string(number + 1)) += file.extension();
}

Expected<void> write_job_files(const PlannedJobs& planned, const MeasureArguments& arguments,
                               const CommandContext& context) {
    const auto lists = split_jobs(planned.jobs, arguments.split);
    for (std::size_t i = 0; i < lists.size(); ++i) {
        const auto file = job_file_name(arguments.job_file, i, lists.size());
        ISOLOSS_TRY_VOID(write_job_file(file, lists[i]));
        if (context.json)
            fmt::print("{{\"file\":{},\"jobs\":{}}}\n", json_quote(path_text(file)), lists[i].size());
        else if (!context.quiet)
            fmt::print("{}: {} jobs. Run them with: isoloss-worker {}\n", path_text(file), lists[i].size(),
                       path_text(file));
    }
    return {};
}

Expected<int> measure(const MeasureArguments& arguments, const CommandContext& context) {
    std::error_code ignored;
    const bool is_folder = std::filesystem::is_directory(arguments.checkpoints, ignored);
    ISOLOSS_TRY(const auto project, open_for_writing(arguments.project, is_folder));
    const InterruptGuard interrupt;

    MeasureRequest request;
    ISOLOSS_TRY(request.checkpoints, chosen_checkpoints(*project, arguments.checkpoints, interrupt.token()));
    request.metrics = arguments.metrics;
    ISOLOSS_TRY_VOID(choose_data(*project, arguments.data, request));
    request.parameters = parameters_of(arguments);
    const auto say_refused = [](const std::vector<std::string>& all) {
        for (const auto& refused : all)
            fmt::print(stderr, "Refused: {}\n", refused);
    };
    if (!arguments.job_file.empty()) {
        ISOLOSS_TRY(const auto planned, plan_jobs(*project, request));
        say_refused(planned.refused);
        ISOLOSS_TRY_VOID(write_job_files(planned, arguments, context));
        return planned.refused.empty() ? exit_status::done : exit_status::partly_failed;
    }
    ISOLOSS_TRY(const auto queued, queue_measurements(*project, request));
    say_refused(queued.refused);
    if (!context.quiet)
        for (const MeasuredBefore& before : queued.measured)
            print_measured_before(before);

    std::set<JobId> jobs(queued.jobs.begin(), queued.jobs.end());
    {
        TerminalProgress progress(context.quiet);
        EngineThread engine(*project, torch_backend_factory(), {arguments.device, arguments.trusted, arguments.threads},
                            [&](const EngineStatus& status) {
                                if (status.state == EngineStatus::State::running) progress.show(status.progress());
                            });
        engine.resume_all(); // asked for now, so a pause of before is over
        if (!engine.wait_until_idle(interrupt.token())) engine.cancel_all();
    }
    for (const MeasuredBefore& before : queued.measured)
        jobs.insert(before.job);
    ISOLOSS_TRY_VOID(print_values(*project, jobs, context.json));
    ISOLOSS_TRY(const int failed, report_failures(*project, jobs));
    return failed == 0 && queued.refused.empty() ? exit_status::done : exit_status::partly_failed;
}

std::string catalogue_text() {
    std::string text = "Metrics:\n";
    for (const auto& metric : metric_catalogue())
        text += fmt::format("  {:<28} {} (on {})\n", metric.key, metric.name, dataset_kind_words(data_kind_of(metric)));
    return text;
}

} // namespace

void add_measure_command(CLI::App& app, CommandContext& context) {
    auto* command = app.add_subcommand("measure", "Measure checkpoints on this machine's GPU or CPU");
    auto arguments = std::make_shared<MeasureArguments>();
    command->add_option("-p,--project", arguments->project, "Project file")->required();
    command->add_option("metrics", arguments->metrics, "Metric keys, see below")->required();
    command->add_option("--checkpoints", arguments->checkpoints,
                        "Filter, for example 'run ~ pythia and step >= 1000'; or a checkpoint folder, imported first");
    command->add_option("--data", arguments->data, "Files, or names of data sets of the project")->required();
    command->add_option("--device", arguments->device, "auto, cpu, cuda:N")->capture_default_str();
    command->add_option("--threads", arguments->threads, "CPU threads (default: one per physical core)")
        ->check(CLI::Range(1, 4096));
    command->add_option("--dtype", arguments->type, "Precision of the model")
        ->check(CLI::IsMember({"float32", "bfloat16", "float16", "tf32"}))
        ->capture_default_str();
    command
        ->add_option("--trust", arguments->trusted,
                     "SHA-256 of a TorchScript module that may run, once for each; nothing is remembered")
        ->allow_extra_args(false); // metrics may follow
    command->add_option("--bos", arguments->bos, "Begin each window with the bos token")
        ->check(CLI::IsMember({"tokenizer", "yes", "no"}))
        ->capture_default_str();
    command->add_option("--window", arguments->window, "Tokens in a window (default: the model's longest sequence)")
        ->check(CLI::PositiveNumber);
    command->add_option("--stride", arguments->stride, "Tokens between windows (default: the window, no overlap)")
        ->check(CLI::PositiveNumber);
    command
        ->add_option("--limit", arguments->limit,
                     fmt::format("At most so many items or tokens of each data set (default: all, for curvature {} "
                                 "tokens)",
                                 curvature_tokens))
        ->check(CLI::PositiveNumber);
    command->add_option("--seed", arguments->seed, "For metrics that draw samples")->capture_default_str();
    command->add_option("--probes", arguments->probes, "Random vectors for hessian_trace")
        ->check(CLI::Range(1, MeasureParameters::most_probes))
        ->capture_default_str();
    command->add_option("--ascent", arguments->ascent, "Where sam_sharpness climbs; the gradient vanishes at a minimum")
        ->check(CLI::IsMember({"gradient", "eigenvector"}))
        ->capture_default_str();
    auto* job_file = command->add_option("--write-jobs", arguments->job_file,
                                         "Measure nothing: write a job file for isoloss-worker");
    command->add_option("--split", arguments->split, "Write that many job files, each of few checkpoints")
        ->check(CLI::Range(1, 10'000))
        ->needs(job_file);
    command->add_flag("--json", context.json, "Print one JSON object per value");
    command->footer(catalogue_text());
    command->callback([&context, arguments] {
        context.run = [&context, arguments] {
            const auto code = measure(*arguments, context);
            return code ? *code : report_error(code.error(), context);
        };
    });
}

} // namespace isoloss
