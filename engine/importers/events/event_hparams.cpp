#include "engine/importers/events/event_hparams.h"

#include "engine/base/json.h"
#include "engine/base/number_text.h"
#include "engine/base/utf8.h"
#include "engine/importers/protobuf_wire.h"

#include <cmath>
#include <map>

namespace isoloss {

namespace {

// google.protobuf.Value: null, number, string or bool; lists and structures do not occur here.
std::optional<std::string> value_as_json(std::span<const std::byte> value) {
    std::string text = "null";
    WireReader reader(value);
    while (reader.next()) {
        if (reader.is(2, WireType::fixed64)) text = number_text(reader.as_double());
        if (reader.is(3, WireType::bytes)) text = json_quote(valid_utf8(reader.text()));
        if (reader.is(4, WireType::varint)) text = reader.number() != 0 ? "true" : "false";
    }
    if (!reader.ok()) return std::nullopt;
    return text;
}

bool read_start(std::span<const std::byte> info, EventRunFacts& facts) {
    std::map<std::string, std::string> parameters;
    WireReader reader(info);
    while (reader.next()) {
        if (reader.is(1, WireType::bytes)) {
            std::string name;
            std::optional<std::string> value;
            WireReader entry(reader.bytes());
            while (entry.next()) {
                if (entry.is(1, WireType::bytes)) name = valid_utf8(entry.text());
                if (entry.is(2, WireType::bytes)) value = value_as_json(entry.bytes());
            }
            if (entry.ok() && value) parameters[name] = *value;
        } else if (reader.is(5, WireType::fixed64)) {
            const double seconds = reader.as_double();
            if (std::isfinite(seconds) && seconds > 0) facts.started_at = seconds;
        }
    }
    if (!reader.ok()) return false;
    facts.config = "{";
    for (const auto& [name, value] : parameters) {
        if (facts.config.size() > 1) facts.config += ',';
        facts.config += json_quote(name) + ":" + value;
    }
    facts.config += '}';
    return true;
}

bool read_end(std::span<const std::byte> info, EventRunFacts& facts) {
    WireReader reader(info);
    while (reader.next()) {
        if (!reader.is(1, WireType::varint)) continue;
        if (reader.number() == 1) facts.ending = EventRunFacts::Ending::finished;
        if (reader.number() == 2) facts.ending = EventRunFacts::Ending::crashed;
        if (reader.number() == 3) facts.ending = EventRunFacts::Ending::running;
    }
    return reader.ok();
}

} // namespace

std::optional<EventRunFacts> decode_hparams(std::span<const std::byte> plugin_data) {
    EventRunFacts facts;
    bool found = false;
    WireReader reader(plugin_data);
    while (reader.next()) {
        if (reader.is(3, WireType::bytes)) {
            if (!read_start(reader.bytes(), facts)) return std::nullopt;
            found = true;
        } else if (reader.is(4, WireType::bytes)) {
            if (!read_end(reader.bytes(), facts)) return std::nullopt;
            found = true;
        }
    }
    if (!reader.ok() || !found) return std::nullopt;
    return facts;
}

} // namespace isoloss
