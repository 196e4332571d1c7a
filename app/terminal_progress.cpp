#include "app/terminal_progress.h"

#include <cmath>
#include <cstdio>
#include <spdlog/fmt/fmt.h>
#include <unistd.h>

namespace isoloss {

namespace {

std::string scaled(double value) {
    if (value >= 1e9) return fmt::format("{:.1f} G", value / 1e9);
    if (value >= 1e6) return fmt::format("{:.1f} M", value / 1e6);
    if (value >= 1e4) return fmt::format("{:.1f} k", value / 1e3);
    return fmt::format("{:.0f} ", value);
}

std::string time_left(double seconds) {
    if (seconds < 0) return {};
    if (seconds < 90) return fmt::format(", {:.0f} s left", std::ceil(seconds));
    if (seconds < 5400) return fmt::format(", {:.0f} min left", std::ceil(seconds / 60));
    return fmt::format(", {:.1f} h left", seconds / 3600);
}

} // namespace

std::string progress_text(const Progress& progress) {
    std::string text;
    if (progress.total > 0)
        text = fmt::format("{:3.0f} %  ",
                           100.0 * static_cast<double>(progress.done) / static_cast<double>(progress.total));
    text += fmt::format("{}{}", scaled(static_cast<double>(progress.done)), progress.unit);
    if (progress.per_second > 0) text += fmt::format(", {}{}/s", scaled(progress.per_second), progress.unit);
    text += time_left(progress.seconds_left);
    if (!progress.subject.empty()) text += "  " + progress.subject;
    return text;
}

TerminalProgress::TerminalProgress(bool quiet) : enabled_(!quiet && isatty(STDERR_FILENO) == 1) {}

TerminalProgress::~TerminalProgress() {
    if (shown_) std::fputs("\r\033[K", stderr);
}

ProgressFunction TerminalProgress::function() {
    if (!enabled_) return {};
    return [this](const Progress& progress) { show(progress); };
}

void TerminalProgress::show(const Progress& progress) {
    if (!enabled_) return;
    shown_ = true;
    // Cut to one line of an 80-column terminal, so that the carriage return always finds its start.
    std::fprintf(stderr, "\r\033[K%.78s", progress_text(progress).c_str());
    std::fflush(stderr);
}

} // namespace isoloss
