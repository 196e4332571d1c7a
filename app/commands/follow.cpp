#include "app/commands/follow.h"

#include "engine/base/json.h"
#include "engine/importers/tail/live_tail.h"

#include <chrono>
#include <cstdio>
#include <spdlog/fmt/fmt.h>
#include <thread>

namespace isoloss {

namespace {

constexpr std::size_t most_lines = 10; ///< of one change

std::string json_of(const ImportReport& report) {
    std::string changed;
    for (const RunNews& news : report.news)
        changed +=
            fmt::format("{}{{\"run\":{},\"points\":{},\"step\":{}}}", changed.empty() ? "" : ",", json_quote(news.name),
                        news.points, news.last_step ? std::to_string(*news.last_step) : "null");
    return "{\"changed\":[" + changed + "]," + report.json().substr(1);
}

std::string text_of(const RunNews& news) {
    std::string text = news.name + ":";
    if (news.points > 0) text += fmt::format(" {} points, step {}", news.points, news.last_step.value_or(0));
    if (news.said != RunStatus::unknown) text += fmt::format(" {}", run_status_name(news.said));
    return text;
}

void print(const ImportReport& report) {
    std::size_t lines = 0;
    for (const RunNews& news : report.news) {
        if (news.points == 0 && news.said == RunStatus::unknown) continue;
        if (++lines <= most_lines) fmt::print("{}\n", text_of(news));
    }
    if (lines > most_lines) fmt::print("and {} more runs\n", lines - most_lines);
    if (report.checkpoints + report.values > 0)
        fmt::print("{} checkpoints, {} values\n", report.checkpoints, report.values);
    for (const SkippedSource& skipped : report.skipped)
        fmt::print(stderr, "Skipped {}{}: {}\n", skipped.path, skipped.place.empty() ? "" : " (" + skipped.place + ")",
                   skipped.reason);
}

} // namespace

void follow(Project& project, const std::vector<std::filesystem::path>& paths, const CommandContext& context,
            const CancellationToken& until) {
    std::fflush(stdout); // what was said so far, before the wait
    TailOptions options;
    options.kept_folders = TailOptions::KeptFolders::leave;
    options.on_news = [&context](const ImportReport& report) {
        if (context.json)
            fmt::print("{}\n", json_of(report));
        else if (!context.quiet)
            print(report);
        std::fflush(stdout);
    };
    LiveTail tail(project, std::move(options));
    for (const auto& path : paths)
        tail.watch(path, LiveTail::Keep::for_now);
    constexpr std::chrono::milliseconds between_looks{50};
    while (!until.cancelled())
        std::this_thread::sleep_for(between_looks);
}

} // namespace isoloss
