#include "engine/importers/event_decoder.h"

#include "engine/base/json.h"
#include "engine/importers/event_hparams.h"
#include "engine/importers/event_tensor.h"
#include "engine/importers/protobuf_wire.h"

#include <bit>
#include <cmath>
#include <limits>

namespace isoloss {

struct EventDecoder::Value {
    std::string_view tag;
    std::optional<std::uint32_t> simple_bits;
    std::span<const std::byte> tensor;
    std::span<const std::byte> metadata;
    bool has_tensor = false;
    bool is_media = false; ///< image, histogram or audio: a value, but no scalar
};

namespace {

struct PluginData {
    std::string_view name;
    std::span<const std::byte> content;
    bool ok = true;
};

PluginData plugin_of(std::span<const std::byte> metadata) {
    PluginData plugin;
    WireReader outer(metadata);
    while (outer.next()) {
        if (!outer.is(1, WireType::bytes)) continue;
        WireReader inner(outer.bytes());
        while (inner.next()) {
            if (inner.is(1, WireType::bytes)) plugin.name = inner.text();
            if (inner.is(2, WireType::bytes)) plugin.content = inner.bytes();
        }
        plugin.ok = plugin.ok && inner.ok();
    }
    plugin.ok = plugin.ok && outer.ok();
    return plugin;
}

} // namespace

std::string EventDecoder::state() const {
    std::string text = "[";
    for (const std::string& tag : scalar_tags_) {
        if (text.size() > 1) text += ',';
        text += json_quote(tag);
    }
    return text + "]";
}

void EventDecoder::restore(std::string_view state) {
    scalar_tags_.clear();
    const auto document = parse_json(state, {});
    if (!document || !document->IsArray()) return;
    for (const auto& tag : document->GetArray())
        if (tag.IsString()) scalar_tags_.emplace(json_view(tag));
}

void EventDecoder::decode(std::span<const std::byte> event, EventSink& sink) {
    ++counts.records;
    double wall_time = std::numeric_limits<double>::quiet_NaN();
    std::int64_t step = 0;
    std::span<const std::byte> summary, session_log;
    bool has_summary = false, has_session_log = false;
    WireReader reader(event);
    while (reader.next()) {
        if (reader.is(1, WireType::fixed64)) {
            wall_time = reader.as_double();
        } else if (reader.is(2, WireType::varint)) {
            step = reader.signed_number();
        } else if (reader.is(5, WireType::bytes)) {
            summary = reader.bytes();
            has_summary = true;
        } else if (reader.is(7, WireType::bytes)) {
            session_log = reader.bytes();
            has_session_log = true;
        }
    }
    if (!reader.ok()) {
        ++counts.malformed;
        return;
    }
    if (!std::isfinite(wall_time)) wall_time = std::numeric_limits<double>::quiet_NaN();
    if (has_summary && !decode_summary(summary, step, wall_time, nullptr)) {
        ++counts.malformed;
        return;
    }
    if (has_session_log) {
        std::uint64_t status = 0;
        WireReader log(session_log);
        while (log.next())
            if (log.is(1, WireType::varint)) status = log.number();
        if (status == 1) sink.session_start();
        if (status == 2) sink.facts({{}, EventRunFacts::Ending::finished, {}});
    }
    if (has_summary) decode_summary(summary, step, wall_time, &sink);
}

// Called twice: without a sink it only checks, so that a record is taken whole or not at all.
bool EventDecoder::decode_summary(std::span<const std::byte> summary, std::int64_t step, double wall_time,
                                  EventSink* sink) {
    WireReader values(summary);
    while (values.next()) {
        if (!values.is(1, WireType::bytes)) continue;
        Value value;
        WireReader fields(values.bytes());
        while (fields.next()) {
            if (fields.is(1, WireType::bytes)) {
                value.tag = fields.text();
            } else if (fields.is(2, WireType::fixed32)) {
                value.simple_bits = static_cast<std::uint32_t>(fields.number());
            } else if (fields.is(8, WireType::bytes)) {
                value.tensor = fields.bytes();
                value.has_tensor = true;
            } else if (fields.is(9, WireType::bytes)) {
                value.metadata = fields.bytes();
            } else if (fields.field() >= 4 && fields.field() <= 6) {
                value.is_media = true;
            }
        }
        if (!fields.ok()) return false;
        if (sink != nullptr) take(value, step, wall_time, *sink);
    }
    return values.ok();
}

void EventDecoder::take(const Value& value, std::int64_t step, double wall_time, EventSink& sink) {
    if (value.simple_bits) {
        sink.scalar({value.tag, step, wall_time, *value.simple_bits, false});
        return;
    }
    if (!value.metadata.empty()) {
        const PluginData plugin = plugin_of(value.metadata);
        if (plugin.ok && plugin.name == "hparams") {
            if (const auto facts = decode_hparams(plugin.content)) sink.facts(*facts);
            return;
        }
        if (plugin.ok && plugin.name == "scalars") scalar_tags_.emplace(value.tag);
    }
    if (!value.has_tensor) {
        if (value.is_media) ++counts.unsupported;
        return;
    }
    if (!scalar_tags_.contains(value.tag)) {
        ++counts.unsupported;
        return;
    }
    const auto scalar = decode_scalar_tensor(value.tensor);
    if (!scalar) {
        ++counts.unsupported;
        return;
    }
    if (scalar->inexact) ++counts.inexact_integers;
    sink.scalar({value.tag, step, wall_time, scalar->bits, scalar->wide});
}

} // namespace isoloss
