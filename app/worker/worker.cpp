#include "app/worker/worker.h"

#include "app/commands/command.h"
#include "app/exit_code.h"
#include "app/logging.h"
#include "app/terminal_progress.h"
#include "app/torch_loader.h"
#include "app/version.h"
#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/jobs/engine_thread.h"
#include "engine/jobs/job_file.h"
#include "engine/jobs/result_shard.h"

#include <CLI/CLI.hpp>
#include <spdlog/fmt/fmt.h>

namespace isoloss {

namespace {

namespace fs = std::filesystem;

struct WorkerArguments {
    std::string project, job_file, shard;
    EngineOptions engine;
    CommandContext context;
};

Expected<std::vector<ExchangedJob>> jobs_of(const WorkerArguments& arguments) {
    if (arguments.project.empty()) return read_job_file(arguments.job_file);
    ISOLOSS_TRY(const auto project, open_for_reading(arguments.project));
    ISOLOSS_TRY(const auto reader, project->reader());
    return waiting_jobs(*reader);
}

fs::path shard_of(const WorkerArguments& arguments) {
    if (!arguments.shard.empty()) return arguments.shard;
    return fs::path(arguments.project.empty() ? arguments.job_file : arguments.project)
        .replace_extension(".results.jsonl");
}

/// Where what was found is kept until the shard is complete.
fs::path kept_beside(fs::path shard) {
    return shard += ".work.isoloss";
}

void remove_kept(const fs::path& kept) {
    for (const char* end : {"", "-wal", "-shm", ".lock"}) {
        fs::path file = kept;
        std::error_code ignored;
        fs::remove(file += end, ignored);
    }
}

/// Whether this very work was finished before. Another shard is never written over.
Expected<bool> is_answered(const fs::path& shard, const std::string& hash) {
    std::error_code ignored;
    if (!fs::exists(shard, ignored) || fs::exists(kept_beside(shard), ignored)) return false;
    if (answered_jobs(shard) == hash) return true;
    return fail({ErrorKind::foreign,
                 path_text(shard),
                 {},
                 "is there already and answers other jobs",
                 "Import it, then move it away or name another file with --shard"});
}

/// False when it was interrupted.
Expected<bool> run_jobs(Project& project, const WorkerArguments& arguments, const CancellationToken& token) {
    TerminalProgress progress(arguments.context.quiet);
    EngineThread engine(project, torch_backend_factory(), arguments.engine, [&](const EngineStatus& status) {
        if (status.state == EngineStatus::State::running) progress.show(status.progress());
    });
    engine.wake();
    return engine.wait_until_idle(token); // the destructor leaves what runs for the next time
}

Expected<int> work(const WorkerArguments& arguments) {
    ISOLOSS_TRY(const auto wanted, jobs_of(arguments));
    const fs::path shard = shard_of(arguments), kept = kept_beside(shard);
    if (wanted.empty()) return fail(ErrorKind::not_found, "no job waits", "Queue measurements, or name a job file");
    const std::string hash = jobs_hash(wanted);
    ISOLOSS_TRY(const bool answered, is_answered(shard, hash));
    if (answered) {
        if (!arguments.context.quiet) fmt::print(stderr, "{} is complete already\n", path_text(shard));
        return exit_status::done;
    }
    const InterruptGuard interrupt;
    ISOLOSS_TRY(auto project, open_for_writing(kept, true));
    ISOLOSS_TRY(const auto entered, enter_jobs(*project, wanted));
    const std::set<JobId> jobs(entered.begin(), entered.end());
    ISOLOSS_TRY(const bool finished, run_jobs(*project, arguments, interrupt.token()));
    ISOLOSS_TRY(const auto reader, project->reader());
    ISOLOSS_TRY(const auto values, write_result_shard(*reader, jobs, hash, shard));
    ISOLOSS_TRY(const int failed, report_failures(*project, jobs));
    if (arguments.context.json)
        fmt::print("{{\"shard\":{},\"jobs\":{},\"values\":{},\"failed\":{}}}\n", json_quote(path_text(shard)),
                   jobs.size(), values, failed);
    else if (!arguments.context.quiet)
        fmt::print("{}: {} of {} measurements. Import it with: isoloss import -p PROJECT {}\n", path_text(shard),
                   values, jobs.size(), path_text(shard));
    if (failed > 0 || !finished) return exit_status::partly_failed;
    project.reset();
    remove_kept(kept);
    return exit_status::done;
}

void add_options(CLI::App& app, WorkerArguments& arguments) {
    auto* source = app.add_option_group("jobs")->require_option(1);
    source->add_option("-p,--project", arguments.project, "Run the jobs that wait in this project, which is only read");
    source->add_option("file", arguments.job_file, "Job file, made by isoloss measure … --write-jobs FILE");
    app.add_option("--shard", arguments.shard, "Result shard to write (default: beside the jobs, .results.jsonl)");
    app.add_option("--device", arguments.engine.device, "auto, cpu, cuda:N")->capture_default_str();
    app.add_option("--threads", arguments.engine.threads, "CPU threads (default: one per physical core)")
        ->check(CLI::Range(1, 4096));
    app.add_option("--trust", arguments.engine.trusted,
                   "SHA-256 of a TorchScript module that may run, once for each; nothing is remembered")
        ->allow_extra_args(false); // the job file may follow
    app.add_flag("--json", arguments.context.json, "Print one JSON object at the end");
    app.add_flag("--quiet", arguments.context.quiet, "No progress, no notes; errors only");
    app.footer("Exit code: 0 done, 1 some of it failed, 2 wrong usage, 3 refused (damaged, untrusted, newer version).");
}

} // namespace

int run_worker(int argc, char** argv) {
    WorkerArguments arguments;
    CLI::App app("Run measurements without a window and write a result shard that a project imports.\n"
                 "The same command goes on where it stopped.");
    app.name("isoloss-worker");
    app.set_version_flag("--version", std::string("isoloss-worker ") + version);
    add_options(app, arguments);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& problem) {
        return app.exit(problem) == 0 ? exit_status::done : exit_status::wrong_usage;
    }
    set_up_logging(arguments.context.quiet ? LogTarget::silent : LogTarget::terminal_warnings);
    const auto code = work(arguments);
    return code ? *code : report_error(code.error(), arguments.context);
}

} // namespace isoloss
