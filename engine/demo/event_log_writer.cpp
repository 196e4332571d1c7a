#include "engine/demo/event_log_writer.h"

#include "engine/base/file.h"
#include "engine/demo/wire_writer.h"
#include "engine/importers/events/event_file.h"

#include <concepts>
#include <span>

namespace isoloss {

namespace {

// DataType and Status of the hparams plugin.
constexpr std::uint64_t type_string = 1, type_bool = 2, type_number = 3;
constexpr std::uint64_t status_success = 1;

void put_number(std::string& bytes, std::unsigned_integral auto value) {
    bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

std::uint32_t checksum(std::string_view bytes) {
    return masked_crc32c(std::as_bytes(std::span(bytes)));
}

// Event: wall_time and step; a step of 0 is the default and left out.
WireWriter event_at(double wall_time, std::int64_t step) {
    WireWriter event;
    event.number(1, wall_time);
    if (step != 0) event.varint(2, static_cast<std::uint64_t>(step));
    return event;
}

// Event.summary with one Summary.value.
WireWriter event_with_value(double wall_time, std::int64_t step, const WireWriter& value) {
    return event_at(wall_time, step).message(5, WireWriter().message(1, value));
}

struct DataTypeOf {
    std::uint64_t operator()(double) const { return type_number; }

    std::uint64_t operator()(const std::string&) const { return type_string; }

    std::uint64_t operator()(bool) const { return type_bool; }
};

/// google.protobuf.Value
struct WireValueOf {
    WireWriter operator()(double value) const { return WireWriter().number(2, value); }

    WireWriter operator()(const std::string& value) const { return WireWriter().bytes(3, value); }

    WireWriter operator()(bool value) const { return WireWriter().varint(4, value ? 1 : 0); }
};

} // namespace

EventLogWriter::EventLogWriter(std::filesystem::path file, double wall_time) : file_(std::move(file)) {
    add_record(event_at(wall_time, 0).bytes(3, "brain.Event:2").bytes());
}

void EventLogWriter::add_scalar(std::string_view tag, std::int64_t step, double wall_time, float value) {
    add_record(event_with_value(wall_time, step, WireWriter().bytes(1, tag).number(2, value)).bytes());
}

void EventLogWriter::add_hyperparameters(const Hyperparameters& parameters) {
    WireWriter experiment, start;
    for (const auto& [name, value] : parameters.values) {
        experiment.message(4, WireWriter().bytes(1, name).varint(4, std::visit(DataTypeOf(), value)));
        start.message(1, WireWriter().bytes(1, name).message(2, std::visit(WireValueOf(), value)));
    }
    for (const std::string& metric : parameters.metrics)
        experiment.message(5, WireWriter().message(1, WireWriter().bytes(2, metric)));
    if (!parameters.group_name.empty()) start.bytes(4, parameters.group_name);
    start.number(5, parameters.start_time);
    const double time = parameters.start_time;
    add_hparams_record("_hparams_/experiment", time, WireWriter().message(2, experiment).bytes());
    add_hparams_record("_hparams_/session_start_info", time, WireWriter().message(3, start).bytes());
}

void EventLogWriter::add_session_end(double end_time) {
    const WireWriter end = WireWriter().varint(1, status_success).number(2, end_time);
    add_hparams_record("_hparams_/session_end_info", end_time, WireWriter().message(4, end).bytes());
}

// A value that has only metadata: the plugin's name and its data.
void EventLogWriter::add_hparams_record(std::string_view tag, double wall_time, std::string_view plugin_data) {
    const WireWriter plugin = WireWriter().bytes(1, "hparams").bytes(2, plugin_data);
    const WireWriter metadata = WireWriter().message(1, plugin);
    add_record(event_with_value(wall_time, 0, WireWriter().bytes(1, tag).message(9, metadata)).bytes());
}

void EventLogWriter::add_record(std::string_view event) {
    std::string length;
    put_number(length, std::uint64_t{event.size()});
    records_ += length;
    put_number(records_, checksum(length));
    records_ += event;
    put_number(records_, checksum(event));
}

Expected<void> EventLogWriter::write() const {
    return write_file_atomically(file_, records_);
}

} // namespace isoloss
