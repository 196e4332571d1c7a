#include "app/command_line.h"

#include "app/commands/command.h"
#include "app/exit_code.h"
#include "app/logging.h"
#include "app/version.h"

#include <CLI/CLI.hpp>
#include <array>
#include <string_view>

namespace isoloss {

namespace {

constexpr std::array command_names = {"import", "data", "measure", "query", "export", "demo", "doctor"};
constexpr std::array computing_commands = {"measure", "demo", "doctor"};

} // namespace

bool is_command_line(int argc, char** argv) {
    if (argc < 2) return false;
    const std::string_view first = argv[1];
    if (first == "-h" || first == "--help" || first == "--version") return true;
    return std::find(command_names.begin(), command_names.end(), first) != command_names.end();
}

bool may_compute(int argc, char** argv) {
    if (!is_command_line(argc, argv)) return true;
    return std::find(computing_commands.begin(), computing_commands.end(), std::string_view(argv[1])) !=
           computing_commands.end();
}

int run_command_line(int argc, char** argv) {
    CLI::App app("Explore pre-training runs: which checkpoints of the same loss are better, and what tells you so.\n"
                 "`isoloss [PROJECT.isoloss]` opens the window; the commands below need no display.");
    app.name("isoloss");
    app.set_version_flag("--version", std::string("isoloss ") + version);
    app.require_subcommand(1);
    app.footer("Exit code: 0 done, 1 some of it failed, 2 wrong usage, 3 refused (damaged, untrusted, newer version).");

    CommandContext context;
    add_import_command(app, context);
    add_data_command(app, context);
    add_measure_command(app, context);
    add_query_command(app, context);
    add_export_command(app, context);
    add_demo_command(app, context);
    add_doctor_command(app, context);
    for (CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
        command->add_flag("--quiet", context.quiet, "No progress, no notes; errors only");

    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& problem) {
        return app.exit(problem) == 0 ? exit_status::done : exit_status::wrong_usage;
    }
    set_up_logging(context.quiet ? LogTarget::silent : LogTarget::terminal_warnings);
    return context.run ? context.run() : exit_status::wrong_usage;
}

} // namespace isoloss
