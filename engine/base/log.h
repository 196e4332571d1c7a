#pragma once

// Logging goes through spdlog's default logger; app sets its sinks up (app/logging.h) before any thread starts.
#include <spdlog/spdlog.h>

namespace isoloss {

namespace log {
using spdlog::critical;
using spdlog::debug;
using spdlog::error;
using spdlog::info;
using spdlog::trace;
using spdlog::warn;
} // namespace log

} // namespace isoloss
