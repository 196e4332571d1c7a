#pragma once

#include "engine/base/hash.h"

#include <bit>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Event files for tests, written from the format's description with a protobuf writer of a few lines, so that the
/// reader is never tested against itself.
namespace isoloss::support {

/// A protobuf message under construction.
class ProtoWriter {
public:
    ProtoWriter& varint(std::uint32_t field, std::uint64_t value) {
        raw_varint(field << 3);
        raw_varint(value);
        return *this;
    }

    ProtoWriter& fixed32(std::uint32_t field, std::uint32_t value) {
        raw_varint(field << 3 | 5);
        return raw(&value, sizeof value);
    }

    ProtoWriter& fixed64(std::uint32_t field, std::uint64_t value) {
        raw_varint(field << 3 | 1);
        return raw(&value, sizeof value);
    }

    ProtoWriter& number(std::uint32_t field, float value) {
        return fixed32(field, std::bit_cast<std::uint32_t>(value));
    }

    ProtoWriter& number(std::uint32_t field, double value) {
        return fixed64(field, std::bit_cast<std::uint64_t>(value));
    }

    ProtoWriter& bytes(std::uint32_t field, std::string_view value) {
        raw_varint(field << 3 | 2);
        raw_varint(value.size());
        text_ += value;
        return *this;
    }

    ProtoWriter& message(std::uint32_t field, const ProtoWriter& value) { return bytes(field, value.text_); }

    ProtoWriter& raw_varint(std::uint64_t value) {
        for (; value >= 0x80; value >>= 7)
            text_ += static_cast<char>(value | 0x80);
        text_ += static_cast<char>(value);
        return *this;
    }

    ProtoWriter& raw(const void* data, std::size_t size) {
        text_.append(static_cast<const char*>(data), size);
        return *this;
    }

    const std::string& text() const { return text_; }

private:
    std::string text_;
};

inline std::uint32_t masked_crc(std::string_view data) {
    const std::uint32_t crc = crc32c(std::as_bytes(std::span(data)));
    return ((crc >> 15) | (crc << 17)) + 0xa282ead8u;
}

inline std::string little_endian(std::uint64_t value, std::size_t bytes) {
    std::string text(bytes, '\0');
    std::memcpy(text.data(), &value, bytes);
    return text;
}

/// One frame: length, its checksum, data, their checksum.
inline std::string event_frame(std::string_view data) {
    const std::string length = little_endian(data.size(), 8);
    return length + little_endian(masked_crc(length), 4) + std::string(data) + little_endian(masked_crc(data), 4);
}

inline ProtoWriter event_message(std::int64_t step, double wall_time) {
    ProtoWriter message;
    message.number(1, wall_time);
    if (step != 0) message.varint(2, static_cast<std::uint64_t>(step));
    return message;
}

/// A summary value in the old form: tag and float.
inline ProtoWriter simple_value(std::string_view tag, float value) {
    return ProtoWriter().bytes(1, tag).number(2, value);
}

inline ProtoWriter plugin_metadata(std::string_view plugin, std::string_view content = {}) {
    ProtoWriter data;
    data.bytes(1, plugin);
    if (!content.empty()) data.bytes(2, content);
    return ProtoWriter().message(1, data);
}

/// A summary value in the new form; `metadata` is the first value's only.
inline ProtoWriter tensor_value(std::string_view tag, const ProtoWriter& tensor, bool metadata = true) {
    ProtoWriter value;
    value.bytes(1, tag).message(8, tensor);
    if (metadata) value.message(9, plugin_metadata("scalars"));
    return value;
}

inline std::string summary_frame(std::int64_t step, double wall_time, const std::vector<ProtoWriter>& values) {
    ProtoWriter summary;
    for (const ProtoWriter& value : values)
        summary.message(1, value);
    return event_frame(event_message(step, wall_time).message(5, summary).text());
}

inline std::string scalar_frame(std::string_view tag, std::int64_t step, float value, double wall_time = 1.7e9) {
    return summary_frame(step, wall_time, {simple_value(tag, value)});
}

inline std::string version_frame() {
    return event_frame(event_message(0, 1.7e9).bytes(3, "brain.Event:2").text());
}

/// status 1 = START, 2 = STOP.
inline std::string session_log_frame(std::int64_t step, std::uint64_t status) {
    return event_frame(event_message(step, 1.7e9).message(7, ProtoWriter().varint(1, status)).text());
}

/// The hparams plugin's session start with numbers, texts and switches.
struct Hparams {
    std::vector<std::pair<std::string, double>> numbers;
    std::vector<std::pair<std::string, std::string>> texts;
    std::vector<std::pair<std::string, bool>> switches;
    double start_time = 0;
};

inline std::string hparams_frame(std::string_view tag, const ProtoWriter& plugin_data) {
    ProtoWriter value;
    value.bytes(1, tag).message(9, plugin_metadata("hparams", plugin_data.text()));
    return summary_frame(0, 1.7e9, {value});
}

inline std::string hparams_start_frame(const Hparams& parameters) {
    ProtoWriter info;
    const auto entry = [&](std::string_view name, const ProtoWriter& value) {
        info.message(1, ProtoWriter().bytes(1, name).message(2, value));
    };
    for (const auto& [name, value] : parameters.numbers)
        entry(name, ProtoWriter().number(2, value));
    for (const auto& [name, value] : parameters.texts)
        entry(name, ProtoWriter().bytes(3, value));
    for (const auto& [name, value] : parameters.switches)
        entry(name, ProtoWriter().varint(4, value ? 1 : 0));
    info.number(5, parameters.start_time);
    return hparams_frame("_hparams_/session_start_info", ProtoWriter().message(3, info));
}

inline std::string hparams_end_frame(std::uint64_t status) {
    return hparams_frame("_hparams_/session_end_info",
                         ProtoWriter().message(4, ProtoWriter().varint(1, status).number(2, 1.7e9)));
}

/// Writes or appends bytes; makes the folders.
inline void put_file(const std::filesystem::path& path, std::string_view bytes, bool append = false) {
    std::filesystem::create_directories(path.parent_path());
    std::ofstream stream(path, append ? std::ios::binary | std::ios::app : std::ios::binary | std::ios::trunc);
    stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

} // namespace isoloss::support
