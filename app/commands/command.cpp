#include "app/commands/command.h"

#include "engine/base/file.h"
#include "engine/base/json.h"

#include <atomic>
#include <csignal>
#include <cstdio>
#include <spdlog/fmt/fmt.h>

namespace isoloss {

namespace {

// A signal handler may only touch lock-free state, so the source it cancels is reached through one pointer.
std::atomic<CancellationSource*> interrupted = nullptr;

void on_signal(int) {
    if (auto* source = interrupted.load()) source->cancel();
}

} // namespace

int report_error(const Error& error, const CommandContext& context) {
    fmt::print(stderr, "isoloss: {}\n", error.text());
    if (context.json)
        fmt::print("{{\"error\":{{\"kind\":{},\"file\":{},\"place\":{},\"reason\":{},\"remedy\":{}}}}}\n",
                   json_quote(error_kind_name(error.kind)), json_quote(error.file), json_quote(error.place),
                   json_quote(error.reason), json_quote(error.remedy));
    return exit_code(error.kind);
}

Expected<std::unique_ptr<Project>> open_for_reading(const std::filesystem::path& path) {
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored))
        return fail({ErrorKind::not_found,
                     path_text(path),
                     {},
                     "there is no such project",
                     "Make it with: isoloss import -p " + path_text(path) + " FOLDER"});
    return Project::open(path, OpenMode::read_only);
}

Expected<std::unique_ptr<Project>> open_for_writing(const std::filesystem::path& path, bool create) {
    std::error_code ignored;
    if (!create && !std::filesystem::exists(path, ignored)) return open_for_reading(path);
    ISOLOSS_TRY(auto project, create ? Project::open_or_create(path) : Project::open(path));
    if (project->read_only())
        return fail({ErrorKind::busy,
                     path_text(path),
                     {},
                     "cannot be written: " + project->read_only_reason(),
                     "Close the other Isoloss or make the file writable, then try again"});
    return project;
}

Expected<int> report_failures(const Project& project, const std::set<JobId>& jobs) {
    ISOLOSS_TRY(const auto reader, project.reader());
    ISOLOSS_TRY(const auto all_jobs, reader->jobs());
    int count = 0;
    for (const JobRecord& job : all_jobs) {
        if (!jobs.contains(job.id) || job.state == JobState::done) continue;
        ++count;
        fmt::print(stderr, "{} on {}: {}\n", job.metric, job.checkpoint_label,
                   job.error.empty() ? std::string(job_state_name(job.state)) : job.error);
    }
    return count;
}

InterruptGuard::InterruptGuard() {
    interrupted = new CancellationSource;
    std::signal(SIGINT, on_signal);
    std::signal(SIGTERM, on_signal);
}

InterruptGuard::~InterruptGuard() {
    std::signal(SIGINT, SIG_DFL);
    std::signal(SIGTERM, SIG_DFL);
    delete interrupted.exchange(nullptr);
}

CancellationToken InterruptGuard::token() const {
    return interrupted.load()->token();
}

} // namespace isoloss
