#include "app/logging.h"

#include "engine/base/log.h"

#include <cstdlib>
#include <filesystem>
#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_color_sinks.h>

namespace isoloss {

namespace {

std::filesystem::path state_folder() {
    if (const char* state = std::getenv("XDG_STATE_HOME"); state != nullptr && *state != '\0')
        return std::filesystem::path(state) / "isoloss";
    if (const char* home = std::getenv("HOME"); home != nullptr && *home != '\0')
        return std::filesystem::path(home) / ".local/state/isoloss";
    return {};
}

} // namespace

void set_up_logging(LogTarget target) {
    auto terminal = std::make_shared<spdlog::sinks::stderr_color_sink_mt>();
    terminal->set_pattern("isoloss: %^%l%$: %v");
    terminal->set_level(target == LogTarget::silent ? spdlog::level::err : spdlog::level::warn);
    auto logger = std::make_shared<spdlog::logger>("isoloss", terminal);
    logger->set_level(spdlog::level::info);

    if (target == LogTarget::window) {
        std::error_code ignored;
        const auto folder = state_folder();
        if (!folder.empty()) std::filesystem::create_directories(folder, ignored);
        if (!folder.empty() && !ignored) {
            try {
                auto file = std::make_shared<spdlog::sinks::rotating_file_sink_mt>((folder / "isoloss.log").string(),
                                                                                   1u << 20, 3);
                file->set_pattern("%Y-%m-%d %H:%M:%S.%e %l %v");
                logger->sinks().push_back(file);
                logger->flush_on(spdlog::level::warn);
            } catch (const spdlog::spdlog_ex& problem) {
                logger->warn("no log file: {}", problem.what());
            }
        }
    }
    spdlog::set_default_logger(logger);
}

} // namespace isoloss
