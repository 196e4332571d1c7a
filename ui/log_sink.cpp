#include "ui/log_sink.h"

#include <chrono>
#include <utility>

namespace isoloss {

void LogSink::detach() {
    const std::scoped_lock lock(mutex_);
    ready_ = nullptr;
    lines_.clear();
}

std::vector<LogLine> LogSink::take() {
    const std::scoped_lock lock(mutex_);
    return std::exchange(lines_, {});
}

void LogSink::sink_it_(const spdlog::details::log_msg& message) {
    if (!ready_) return;
    const auto since = std::chrono::duration_cast<std::chrono::milliseconds>(message.time.time_since_epoch());
    const auto& text = message.payload;
    lines_.push_back({QDateTime::fromMSecsSinceEpoch(since.count()), message.level,
                      QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size()))});
    if (lines_.size() == 1) ready_();
}

} // namespace isoloss
