#pragma once

#include "engine/base/cancellation.h"
#include "engine/base/error.h"
#include "engine/store/project.h"

#include <filesystem>
#include <functional>
#include <memory>
#include <set>
#include <string>

namespace CLI {
class App;
}

namespace isoloss {

/// What the commands share. The chosen command leaves its work in `run`, which answers the exit code.
struct CommandContext {
    bool json = false;
    bool quiet = false;
    std::function<int()> run;
};

void add_import_command(CLI::App& app, CommandContext& context);
void add_data_command(CLI::App& app, CommandContext& context);
void add_measure_command(CLI::App& app, CommandContext& context);
void add_query_command(CLI::App& app, CommandContext& context);
void add_export_command(CLI::App& app, CommandContext& context);
void add_demo_command(CLI::App& app, CommandContext& context);
void add_doctor_command(CLI::App& app, CommandContext& context);

/// Prints the error (to standard error, with --json also as an object on standard output) and answers its exit code.
int report_error(const Error& error, const CommandContext& context);

/// Opens a project for reading; a project that is not there is an error that says how to make one.
Expected<std::unique_ptr<Project>> open_for_reading(const std::filesystem::path& path);

/// Opens for writing; refuses with the reason when the project is open elsewhere or its folder cannot be written.
Expected<std::unique_ptr<Project>> open_for_writing(const std::filesystem::path& path, bool create);

/// Prints every one of these jobs that is not done, with its reason; answers how many there are.
Expected<int> report_failures(const Project& project, const std::set<JobId>& jobs);

/// While it lives, Ctrl+C and SIGTERM cancel the token instead of ending the process. One at a time.
class InterruptGuard {
public:
    InterruptGuard();
    ~InterruptGuard();
    InterruptGuard(const InterruptGuard&) = delete;
    InterruptGuard& operator=(const InterruptGuard&) = delete;
    CancellationToken token() const;
};

} // namespace isoloss
