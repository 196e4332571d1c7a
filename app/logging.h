#pragma once

namespace isoloss {

enum class LogTarget {
    terminal_warnings, ///< command line: warnings and errors to standard error
    silent,            ///< command line with --quiet: errors only
    window,            ///< a file in the state folder; the window adds its own sink
};

/// Sets up spdlog's default logger. Call once, before any other thread starts.
void set_up_logging(LogTarget target);

} // namespace isoloss
