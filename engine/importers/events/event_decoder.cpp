#include "engine/importers/events/event_decoder.h"

#include "engine/base/json.h"
#include "engine/importers/events/event_hparams.h"
#include "engine/importers/events/event_tensor.h"
#include "engine/importers/protobuf_wire.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

namespace isoloss {

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

/// What nearly every record of a training run is: a wall time, a step and one value of a tag and a float, each field
/// once and in the order in which protobuf writes them.
struct PlainScalar {
    double wall_time = 0;
    std::int64_t step = 0;
    std::string_view tag;
    std::uint32_t bits = 0;
};

bool read_plain_scalar(std::span<const std::byte> event, PlainScalar& scalar) {
    // Key and double, key and step, key and length of the summary, of its value, of the tag, key and float.
    constexpr std::size_t shortest = 9 + 2 + 2 + 2 + 2 + 5;
    if (event.size() < shortest) return false;
    const auto* at = reinterpret_cast<const std::uint8_t*>(event.data());
    const auto* const end = at + event.size();
    if (at[0] != 0x09) return false;
    std::memcpy(&scalar.wall_time, at + 1, 8);
    at += 9;
    if (*at++ != 0x10) return false;
    std::uint64_t step = 0;
    unsigned shift = 0;
    // Five bytes hold 35 bits; what is left is long enough for them.
    for (; shift < 35; shift += 7) {
        const std::uint8_t byte = *at++;
        step |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
        if (byte < 0x80) break;
    }
    if (shift >= 35) return false;
    scalar.step = static_cast<std::int64_t>(step);
    const auto left = static_cast<std::size_t>(end - at);
    if (left < 11 || left > 0x81 || at[0] != 0x2a || at[1] != left - 2 || at[2] != 0x0a || at[3] != left - 4 ||
        at[4] != 0x0a || at[5] != left - 11 || end[-5] != 0x15)
        return false;
    scalar.tag = {reinterpret_cast<const char*>(at + 6), left - 11};
    std::memcpy(&scalar.bits, end - 4, 4);
    return true;
}

} // namespace

std::string EventDecoder::state() const {
    std::string text = "[";
    for (const auto& [tag, place] : scalar_tags_) {
        if (text.size() > 1) text += ',';
        text += json_quote(tag);
    }
    return text + "]";
}

void EventDecoder::restore(std::string_view state) {
    scalar_tags_.clear();
    tag_order_.clear();
    next_tag_ = 0;
    const auto document = parse_json(state, {});
    if (!document || !document->IsArray()) return;
    for (const auto& tag : document->GetArray())
        if (tag.IsString()) add_scalar_tag(json_view(tag));
}

void EventDecoder::add_scalar_tag(std::string_view tag) {
    if (scalar_tags_.contains(tag)) return;
    tag_order_.push_back(scalar_tags_.emplace(tag, tag_order_.size()).first);
}

bool EventDecoder::is_scalar_tag(std::string_view tag) {
    if (next_tag_ >= tag_order_.size()) next_tag_ = 0;
    if (next_tag_ < tag_order_.size() && tag_order_[next_tag_]->first == tag) {
        ++next_tag_;
        return true;
    }
    const auto found = scalar_tags_.find(tag);
    if (found == scalar_tags_.end()) return false;
    next_tag_ = found->second + 1;
    return true;
}

void EventDecoder::decode(std::span<const std::byte> event, EventSink& sink) {
    ++counts.records;
    if (PlainScalar plain; read_plain_scalar(event, plain)) {
        if (!std::isfinite(plain.wall_time)) plain.wall_time = std::numeric_limits<double>::quiet_NaN();
        sink.scalar({plain.tag, plain.step, plain.wall_time, plain.bits, false});
        return;
    }
    double wall_time = std::numeric_limits<double>::quiet_NaN();
    std::int64_t step = 0;
    std::span<const std::byte> summary, session_log;
    bool has_session_log = false;
    WireReader reader(event);
    while (reader.next()) {
        if (reader.is(1, WireType::fixed64)) {
            wall_time = reader.as_double();
        } else if (reader.is(2, WireType::varint)) {
            step = reader.signed_number();
        } else if (reader.is(5, WireType::bytes)) {
            summary = reader.bytes();
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
    if (!decode_summary(summary)) {
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
    for (const Value& value : values_)
        take(value, step, wall_time, sink);
}

// Gathers the values first, so that a record is taken whole or not at all.
bool EventDecoder::decode_summary(std::span<const std::byte> summary) {
    values_.clear();
    WireReader values(summary);
    while (values.next()) {
        if (!values.is(1, WireType::bytes)) continue;
        Value& value = values_.emplace_back();
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
        if (plugin.ok && plugin.name == "scalars") add_scalar_tag(value.tag);
    }
    if (!value.has_tensor) {
        if (value.is_media) ++counts.unsupported;
        return;
    }
    if (!is_scalar_tag(value.tag)) {
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
