#pragma once

#include "tests/support/event_file_writer.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Transaction logs of W&B for tests, written from the format's description with a CRC and a framing of a few lines, so
/// that the reader is never tested against itself.
namespace isoloss::support {

inline std::uint32_t plain_crc32(std::string_view data) {
    static const auto table = [] {
        std::array<std::uint32_t, 256> entries{};
        for (std::uint32_t byte = 0; byte < 256; ++byte) {
            entries[byte] = byte;
            for (int bit = 0; bit < 8; ++bit)
                entries[byte] = (entries[byte] >> 1) ^ (entries[byte] & 1 ? 0xedb88320u : 0u);
        }
        return entries;
    }();
    std::uint32_t crc = ~0u;
    for (const char c : data)
        crc = (crc >> 8) ^ table[(crc ^ static_cast<std::uint8_t>(c)) & 0xff];
    return ~crc;
}

inline std::string wandb_chunk(std::uint8_t type, std::string_view data) {
    const std::string body = static_cast<char>(type) + std::string(data);
    return little_endian(plain_crc32(body), 4) + little_endian(data.size(), 2) + body;
}

/// A log under construction: the header, then records in chunks that respect the blocks of 32 KiB.
class WandbLogWriter {
public:
    static constexpr std::size_t block = 32768;

    WandbLogWriter& add(const ProtoWriter& record) { return add_bytes(record.text()); }

    WandbLogWriter& add_bytes(std::string_view record) {
        bool first = true;
        for (bool last = false; !last; first = false) {
            std::size_t left = block - text_.size() % block;
            if (left < 7) {
                text_.append(left, '\0');
                left = block;
            }
            const std::size_t size = std::min(left - 7, record.size());
            last = size == record.size();
            const std::uint8_t type = first ? (last ? 1 : 2) : (last ? 4 : 3);
            text_ += wandb_chunk(type, record.substr(0, size));
            record.remove_prefix(size);
        }
        return *this;
    }

    const std::string& text() const { return text_; }

private:
    std::string text_ = std::string("\x3a\x57\x26\x42\xe1\xbe\x00", 7);
};

/// Key parts and JSON text of one item. Keys of one part are written flat unless `nested`.
struct WandbLogged {
    std::vector<std::string> path;
    std::string json;
    bool nested = false;
};

inline ProtoWriter wandb_logged(const WandbLogged& item) {
    ProtoWriter message;
    if (item.path.size() == 1 && !item.nested)
        message.bytes(1, item.path.front());
    else
        for (const std::string& part : item.path)
            message.bytes(2, part);
    return message.bytes(16, item.json);
}

inline ProtoWriter wandb_timestamp(double seconds) {
    const auto whole = static_cast<std::uint64_t>(seconds);
    ProtoWriter message;
    message.varint(1, whole);
    message.varint(2, static_cast<std::uint64_t>((seconds - static_cast<double>(whole)) * 1e9));
    return message;
}

inline ProtoWriter wandb_history(const std::vector<WandbLogged>& items, std::optional<std::int64_t> step = {}) {
    ProtoWriter history;
    for (const WandbLogged& item : items)
        history.message(1, wandb_logged(item));
    if (step) {
        ProtoWriter number;
        if (*step != 0) number.varint(1, static_cast<std::uint64_t>(*step));
        history.message(2, number);
    }
    return ProtoWriter().message(2, history);
}

/// Field 3 is a SummaryRecord, field 5 a ConfigRecord.
inline ProtoWriter wandb_changes(std::uint32_t field, const std::vector<WandbLogged>& updates,
                                 const std::vector<WandbLogged>& removed = {}) {
    ProtoWriter changes;
    for (const WandbLogged& item : updates)
        changes.message(1, wandb_logged(item));
    for (const WandbLogged& item : removed)
        changes.message(2, wandb_logged(item));
    return ProtoWriter().message(field, changes);
}

inline ProtoWriter wandb_summary(const std::vector<WandbLogged>& updates) {
    return wandb_changes(3, updates);
}

inline ProtoWriter wandb_stats(double time, const std::vector<WandbLogged>& items) {
    ProtoWriter stats;
    stats.message(2, wandb_timestamp(time));
    for (const WandbLogged& item : items)
        stats.message(3, wandb_logged(item));
    return ProtoWriter().message(7, stats);
}

/// What a run record may say; empty members are not written.
struct WandbRunFields {
    std::string id, project, display_name, group, job_type, notes;
    std::vector<std::string> tags;
    std::vector<WandbLogged> config;
    std::uint64_t starting_step = 0;
    double started_at = 0;
    bool resumed = false;
    std::string git_remote, git_commit;
    std::string forked_from;
};

inline ProtoWriter wandb_run(const WandbRunFields& run) {
    ProtoWriter message;
    const auto text = [&](std::uint32_t field, const std::string& value) {
        if (!value.empty()) message.bytes(field, value);
    };
    text(1, run.id);
    text(3, run.project);
    ProtoWriter config;
    for (const WandbLogged& item : run.config)
        config.message(1, wandb_logged(item));
    if (!run.config.empty()) message.message(4, config);
    text(6, run.group);
    text(7, run.job_type);
    text(8, run.display_name);
    text(9, run.notes);
    for (const std::string& tag : run.tags)
        message.bytes(10, tag);
    if (run.starting_step > 0) message.varint(14, run.starting_step);
    if (run.started_at > 0) message.message(17, wandb_timestamp(run.started_at));
    if (run.resumed) message.varint(18, 1);
    if (!run.git_commit.empty()) message.message(21, ProtoWriter().bytes(1, run.git_remote).bytes(2, run.git_commit));
    if (!run.forked_from.empty())
        message.message(23, ProtoWriter().bytes(1, run.forked_from).number(2, 40.0).bytes(3, "_step"));
    return ProtoWriter().message(17, message);
}

inline ProtoWriter wandb_exit(std::uint64_t code) {
    ProtoWriter exit;
    if (code != 0) exit.varint(1, code);
    return ProtoWriter().message(18, exit);
}

} // namespace isoloss::support
