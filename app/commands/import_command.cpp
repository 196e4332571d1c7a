#include "app/commands/command.h"
#include "app/commands/follow.h"
#include "app/commands/import_history.h"
#include "app/exit_code.h"
#include "app/terminal_progress.h"
#include "engine/importers/import.h"

#include <CLI/CLI.hpp>
#include <spdlog/fmt/fmt.h>

namespace isoloss {

namespace {

struct ImportArguments {
    std::string project;
    std::vector<std::string> paths;
    std::string map;  ///< file with a mapping
    std::string join; ///< "names"
    ImportHistory history;
    bool follow = false;
};

void print_report(const ImportReport& report) {
    const auto count = [](std::int64_t number, const char* one, const char* many) {
        return number == 0 ? std::string() : fmt::format("  {} {}\n", number, number == 1 ? one : many);
    };
    fmt::print("Added from {} file{}:\n{}{}{}{}{}{}", report.files, report.files == 1 ? "" : "s",
               count(report.runs, "run", "runs"), count(report.series, "series", "series"),
               count(report.points, "point", "points"), count(report.checkpoints, "checkpoint", "checkpoints"),
               count(report.values, "value", "values"), count(report.items, "item", "items"));
    for (const auto& note : report.notes)
        fmt::print("Note: {}\n", note);
    for (const auto& skipped : report.skipped)
        fmt::print(stderr, "Skipped {}{}: {}\n", skipped.path, skipped.place.empty() ? "" : " (" + skipped.place + ")",
                   skipped.reason);
}

int run_import(const ImportArguments& arguments, const CommandContext& context) {
    // Before the project is made: a mapping that cannot be read leaves nothing behind.
    Expected<ImportMapping> mapping;
    if (!arguments.map.empty()) mapping = read_import_mapping(arguments.map);
    if (!mapping) return report_error(mapping.error(), context);
    auto project = open_for_writing(arguments.project, true);
    if (!project) return report_error(project.error(), context);

    const InterruptGuard interrupt;
    TerminalProgress progress(context.quiet);
    ImportOptions options;
    options.cancellation = interrupt.token();
    options.progress = progress.function();
    options.mapping = std::move(*mapping);
    options.join_names = arguments.join == "names";
    const std::vector<std::filesystem::path> paths(arguments.paths.begin(), arguments.paths.end());
    const auto report = import_paths(**project, paths, options);
    if (!report) return report_error(report.error(), context);

    if (context.json)
        fmt::print("{}\n", report->json());
    else if (!context.quiet)
        print_report(*report);
    if (arguments.follow) follow(**project, paths, context, interrupt.token());
    // Something may yet come of a folder that is followed.
    const std::size_t awaited = arguments.follow ? report->fruitless.size() : 0;
    return report->skipped.size() <= awaited ? exit_status::done : exit_status::partly_failed;
}

} // namespace

void add_import_command(CLI::App& app, CommandContext& context) {
    auto* command = app.add_subcommand("import", "Import runs, scores and checkpoints from files and folders");
    auto arguments = std::make_shared<ImportArguments>();
    command->add_option("-p,--project", arguments->project, "Project file; created if it is not there")->required();
    auto* paths = command->add_option(
        "paths", arguments->paths,
        "Files or folders: logs of runs, tables, evaluation results, checkpoints; recognised by content");
    command->add_option(
        "--map", arguments->map,
        "JSON file that says how tables are read and runs are named (mappings.md); the project keeps it");
    command->add_option("--join", arguments->join, "names: a source whose run has the name of a known one adds to it")
        ->check(CLI::IsMember({"names"}));
    arguments->history.add_options(*command, paths);
    command->add_flag("--follow", arguments->follow,
                      "Go on with what is written to them, until Ctrl+C; with --json one object for each change");
    command->add_flag("--json", context.json, "Print the report as one JSON object");
    command->callback([&context, arguments] {
        if (arguments->paths.empty() && !arguments->history.wanted()) throw CLI::RequiredError("paths");
        context.run = [&context, arguments] {
            return arguments->history.wanted() ? arguments->history.run(arguments->project, context)
                                               : run_import(*arguments, context);
        };
    });
}

} // namespace isoloss
