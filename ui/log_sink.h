#pragma once

#include <QDateTime>
#include <QString>
#include <functional>
#include <memory>
#include <mutex>
#include <spdlog/sinks/base_sink.h>
#include <vector>

namespace isoloss {

/// A line of the log as the window shows it.
struct LogLine {
    QDateTime time;
    spdlog::level::level_enum level = spdlog::level::info;
    QString text;
};

/// Collects log lines of all threads for the window. Stays registered with the logger after the window has gone;
/// detached, it drops what it gets. Any thread.
class LogSink : public spdlog::sinks::base_sink<std::mutex> {
public:
    /// `ready` is called on the logging thread when lines begin to wait; it must not log.
    explicit LogSink(std::function<void()> ready) : ready_(std::move(ready)) {}

    void detach();
    std::vector<LogLine> take();

protected:
    void sink_it_(const spdlog::details::log_msg& message) override;

    void flush_() override {}

private:
    std::function<void()> ready_;
    std::vector<LogLine> lines_;
};

} // namespace isoloss
