#include "app/commands/command.h"
#include "app/exit_code.h"
#include "app/terminal_progress.h"
#include "app/torch_loader.h"
#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/base/number_text.h"
#include "engine/demo/demo_report.h"
#include "engine/demo/demo_suite.h"
#include "engine/jobs/engine_thread.h"

#include <CLI/CLI.hpp>
#include <set>
#include <spdlog/fmt/fmt.h>

namespace isoloss {

namespace {

struct DemoArguments {
    std::string folder;
    bool quick = false;
    bool leave_queued = false;
    std::uint64_t seed = 0;
};

/// Runs what is queued; answers how many of the jobs have no value at the end.
Expected<int> measure_all(Project& project, const std::set<JobId>& jobs, const CommandContext& context,
                          const CancellationToken& token) {
    {
        TerminalProgress terminal(context.quiet);
        std::set<JobId> begun;
        ProgressReporter reporter(terminal.function(), "measurements", jobs.size());
        EngineThread engine(project, torch_backend_factory(), {}, [&](const EngineStatus& status) {
            for (const JobId job : status.jobs())
                if (jobs.contains(job)) begun.insert(job);
            reporter.set_subject(status.progress().subject);
            reporter.advance_to(begun.empty() ? 0 : begun.size() - 1);
        });
        engine.wake();
        if (!engine.wait_until_idle(token)) return fail(ErrorKind::cancelled, "stopped");
    }
    return report_failures(project, jobs);
}

std::string estimate_text(const Estimate& estimate, int decimals) {
    if (!estimate.value) return "undefined";
    const std::string value = fmt::format("{:.{}f}", *estimate.value, decimals);
    return estimate.standard_error ? value + fmt::format(" ± {:.{}f}", *estimate.standard_error, decimals) : value;
}

std::string optional_text(const std::optional<double>& value, const char* undefined) {
    return value ? fmt::format("{:.3f}", *value) : std::string(undefined);
}

void print_report(const DemoAtEqualLoss& group) {
    const EqualLossReport& report = group.report;
    fmt::print("    {}, at loss {:.4f}:\n", group.runs, report.loss);
    for (const EqualLossCorrelation& quantity : report.quantities) {
        std::string interval;
        if (quantity.interval_low && quantity.interval_high)
            interval = fmt::format(" [{:.3f}, {:.3f}]", *quantity.interval_low, *quantity.interval_high);
        fmt::print(
            "      {:<28} r {}{}, {} runs, permutation p {}; partial r in the band {} ({} checkpoints); pairs {} "
            "same, {} opposite\n",
            quantity.key, optional_text(quantity.correlation, "undefined"), interval, quantity.runs,
            optional_text(quantity.permutation_p, "undefined"), optional_text(quantity.partial, "undefined"),
            quantity.checkpoints, quantity.pairs_same, quantity.pairs_opposite);
    }
    if (!report.warning.empty()) fmt::print("      {}\n", report.warning);
}

void print_result(const DemoLanguageResult& result) {
    fmt::print("\n{}: entropy floor {:.4f} nats, on the held-out sentences {}; best possible probe accuracy {:.4f}\n",
               result.title, result.floor, estimate_text(result.held_out_floor, 4), result.best_probe);
    fmt::print("  {:<16}{:>5}  {:<18}{:>9}  {:<18}{:<16}{}\n", "arm", "runs", "loss", "to floor", "probe accuracy",
               "Fisher trace", "Hessian trace");
    for (const DemoArmResult& arm : result.arms)
        fmt::print("  {:<16}{:>5}  {:<18}{:>9}  {:<18}{:<16}{}\n", arm.arm, arm.runs, estimate_text(arm.loss, 4),
                   arm.above_floor.value ? fmt::format("{:+.4f}", *arm.above_floor.value) : "",
                   estimate_text(arm.probe, 4), estimate_text(arm.fisher, 1), estimate_text(arm.hessian, 1));
    if (!result.pairs.empty())
        fmt::print("  At equal loss (|ΔL| ≤ {} on the same masked tokens), second minus first:\n", demo_band);
    for (const DemoPair& pair : result.pairs)
        fmt::print("    {} and {}: loss {}, probe {}, Fisher trace {}\n", pair.a, pair.b,
                   estimate_text(pair.loss_difference, 4), estimate_text(pair.probe_difference, 4),
                   estimate_text(pair.fisher_difference, 1));
    if (!result.at_equal_loss.empty())
        fmt::print("  At the lowest loss that all runs of a group reach, with the probe accuracy go\n");
    for (const DemoAtEqualLoss& group : result.at_equal_loss)
        print_report(group);
}

std::string number_or_null(const std::optional<double>& value) {
    return value ? number_text(*value) : "null";
}

std::string estimate_json(const Estimate& estimate) {
    return "{\"value\":" + number_or_null(estimate.value) + ",\"stderr\":" + number_or_null(estimate.standard_error) +
           "}";
}

std::string report_json(const DemoAtEqualLoss& group) {
    const EqualLossReport& report = group.report;
    std::string text = "{\"group\":" + json_quote(group.runs) + ",\"loss\":" + number_text(report.loss) +
                       ",\"runs\":" + std::to_string(report.runs_crossing) + ",\"quantities\":[";
    for (const EqualLossCorrelation& quantity : report.quantities)
        text += (text.ends_with('[') ? "" : ",") +
                ("{\"quantity\":" + json_quote(quantity.key) + ",\"r\":" + number_or_null(quantity.correlation) +
                 ",\"low\":" + number_or_null(quantity.interval_low) + ",\"high\":" +
                 number_or_null(quantity.interval_high) + ",\"p\":" + number_or_null(quantity.permutation_p) +
                 ",\"partial\":" + number_or_null(quantity.partial) + "}");
    return text + "]}";
}

std::string result_json(const DemoLanguageResult& result) {
    std::string text = "{\"language\":" + json_quote(result.key) + ",\"floor\":" + number_text(result.floor) +
                       ",\"held_out_floor\":" + estimate_json(result.held_out_floor) +
                       ",\"best_probe\":" + number_text(result.best_probe) + ",\"arms\":[";
    for (const DemoArmResult& arm : result.arms)
        text += (text.ends_with('[') ? "" : ",") +
                ("{\"arm\":" + json_quote(arm.arm) + ",\"algorithm\":" + json_quote(arm.algorithm) +
                 ",\"runs\":" + std::to_string(arm.runs) + ",\"loss\":" + estimate_json(arm.loss) +
                 ",\"above_floor\":" + estimate_json(arm.above_floor) + ",\"probe\":" + estimate_json(arm.probe) +
                 ",\"fisher\":" + estimate_json(arm.fisher) + ",\"hessian\":" + estimate_json(arm.hessian) + "}");
    text += "],\"pairs\":[";
    for (const DemoPair& pair : result.pairs)
        text += (text.ends_with('[') ? "" : ",") + ("{\"a\":" + json_quote(pair.a) + ",\"b\":" + json_quote(pair.b) +
                                                    ",\"loss\":" + estimate_json(pair.loss_difference) +
                                                    ",\"probe\":" + estimate_json(pair.probe_difference) +
                                                    ",\"fisher\":" + estimate_json(pair.fisher_difference) + "}");
    text += "],\"equal_loss\":[";
    for (const DemoAtEqualLoss& group : result.at_equal_loss)
        text += (text.ends_with('[') ? "" : ",") + report_json(group);
    return text + "]}";
}

Expected<int> make_demo(const DemoArguments& arguments, const CommandContext& context) {
    const InterruptGuard interrupt;
    const CancellationToken token = interrupt.token();
    const DemoFolder folder{std::filesystem::absolute(arguments.folder)};
    ISOLOSS_TRY(const DemoPlan plan, demo_plan(arguments.quick ? DemoSize::quick : DemoSize::full, arguments.seed));
    {
        TerminalProgress progress(context.quiet);
        ISOLOSS_TRY_VOID(make_demo_files(folder, plan, torch_backend_factory(), progress.function(), token));
    }
    ISOLOSS_TRY(const auto project, open_for_writing(folder.project(), true));
    ISOLOSS_TRY(const auto jobs, import_demo(*project, folder, plan, token));
    ISOLOSS_TRY(const auto reader, project->reader());
    ISOLOSS_TRY(auto results, demo_results(*reader, plan));
    ISOLOSS_TRY_VOID(
        save_demo_views(*project, plan, results)); // a suite that is not measured yet has its views as well
    int failed = 0;
    if (!arguments.leave_queued) {
        ISOLOSS_TRY(failed, measure_all(*project, {jobs.begin(), jobs.end()}, context, token));
        ISOLOSS_TRY(results, demo_results(*reader, plan));
        ISOLOSS_TRY_VOID(save_demo_views(*project, plan, results));
    }
    if (context.json) {
        std::string list;
        for (const DemoLanguageResult& result : results)
            list += (list.empty() ? "" : ",") + result_json(result);
        fmt::print("{{\"project\":{},\"queued\":{},\"languages\":[{}]}}\n", json_quote(path_text(folder.project())),
                   arguments.leave_queued ? jobs.size() : 0, list);
    } else if (!context.quiet) {
        if (arguments.leave_queued)
            fmt::print("{} measurements are queued; the window makes them.\n", jobs.size());
        else
            for (const DemoLanguageResult& result : results)
                print_result(result);
        fmt::print("\nOpen it: isoloss {}\n", path_text(folder.project()));
    }
    return failed == 0 ? exit_status::done : exit_status::partly_failed;
}

} // namespace

void add_demo_command(CLI::App& app, CommandContext& context) {
    auto* command = app.add_subcommand("demo", "Make a suite of small runs that shows what Isoloss is for");
    auto arguments = std::make_shared<DemoArguments>();
    command->add_option("folder", arguments->folder, "Where the suite is made; a suite that was stopped goes on")
        ->required();
    command->add_flag("--quick", arguments->quick, "One language, two seeds: a minute on two cores instead of five");
    command->add_flag("--leave-queued", arguments->leave_queued, "Leave the measurements to the window");
    command->add_option("--seed", arguments->seed, "The same seed gives the same files")->capture_default_str();
    command->add_flag("--json", context.json, "Print what was found as one JSON object");
    command->callback([&context, arguments] {
        context.run = [&context, arguments] {
            const auto code = make_demo(*arguments, context);
            if (code) return *code;
            Error error = code.error();
            if (error.kind == ErrorKind::cancelled)
                error = {
                    error.kind, arguments->folder, {}, "the suite was stopped", "The same command goes on with it"};
            return report_error(error, context);
        };
    });
}

} // namespace isoloss
