#include "engine/importers/wandb/wandb_record.h"

#include "engine/importers/protobuf_wire.h"

namespace isoloss {

namespace {

constexpr std::size_t most_texts = 10'000; // tags, arguments

std::string_view text(const WireReader& wire) {
    const auto bytes = wire.bytes();
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

bool is_text(const WireReader& wire, std::uint32_t field) {
    return wire.is(field, WireType::bytes);
}

// google.protobuf.Timestamp
bool read_timestamp(std::span<const std::byte> bytes, std::optional<double>& seconds) {
    WireReader wire(bytes);
    std::int64_t whole = 0;
    std::int32_t nanoseconds = 0;
    while (wire.next()) {
        if (wire.is(1, WireType::varint)) whole = wire.signed_number();
        if (wire.is(2, WireType::varint)) nanoseconds = static_cast<std::int32_t>(wire.signed_number());
    }
    seconds = static_cast<double>(whole) + 1e-9 * nanoseconds;
    return wire.ok();
}

bool read_git(std::span<const std::byte> bytes, WandbGit& git) {
    WireReader wire(bytes);
    while (wire.next()) {
        if (is_text(wire, 1)) git.remote = text(wire);
        if (is_text(wire, 2)) git.commit = text(wire);
    }
    return wire.ok();
}

bool read_telemetry(std::span<const std::byte> bytes, WandbRunInfo& run) {
    WireReader wire(bytes);
    while (wire.next()) {
        if (is_text(wire, 4)) run.python_version = text(wire);
        if (is_text(wire, 5)) run.client_version = text(wire);
    }
    return wire.ok();
}

bool read_branch(std::span<const std::byte> bytes, std::optional<WandbBranch>& branch) {
    WireReader wire(bytes);
    branch.emplace();
    while (wire.next()) {
        if (is_text(wire, 1)) branch->run = text(wire);
        if (wire.is(2, WireType::fixed64)) branch->value = wire.as_double();
        if (is_text(wire, 3)) branch->metric = text(wire);
    }
    return wire.ok();
}

bool read_step(std::span<const std::byte> bytes, std::optional<std::int64_t>& step) {
    WireReader wire(bytes);
    step = 0; // proto3 leaves a zero out
    while (wire.next())
        if (wire.is(1, WireType::varint)) step = wire.signed_number();
    return wire.ok();
}

bool read_history(std::span<const std::byte> bytes, WandbRecord& record) {
    WireReader wire(bytes);
    while (wire.next()) {
        if (is_text(wire, 1) && !record.items.add(wire.bytes())) return false;
        if (is_text(wire, 2) && !read_step(wire.bytes(), record.step)) return false;
    }
    return wire.ok();
}

bool read_stats(std::span<const std::byte> bytes, WandbRecord& record) {
    WireReader wire(bytes);
    while (wire.next()) {
        if (is_text(wire, 2) && !read_timestamp(wire.bytes(), record.time)) return false;
        if (is_text(wire, 3) && !record.items.add(wire.bytes())) return false;
    }
    return wire.ok();
}

// ConfigRecord and SummaryRecord.
bool read_changes(std::span<const std::byte> bytes, WandbItems& updated, WandbItems& removed) {
    WireReader wire(bytes);
    while (wire.next()) {
        if (is_text(wire, 1) && !updated.add(wire.bytes())) return false;
        if (is_text(wire, 2) && !removed.add(wire.bytes())) return false;
    }
    return wire.ok();
}

bool read_metric(std::span<const std::byte> bytes, WandbMetric& metric) {
    WireReader wire(bytes);
    while (wire.next()) {
        if (is_text(wire, 1) || is_text(wire, 2)) metric.name = text(wire);
        if (is_text(wire, 4)) metric.step_metric = text(wire);
        if (wire.is(7, WireType::varint))
            metric.goal = wire.number() == 1   ? WandbMetric::Goal::minimize
                          : wire.number() == 2 ? WandbMetric::Goal::maximize
                                               : WandbMetric::Goal::none;
    }
    return wire.ok();
}

bool read_exit(std::span<const std::byte> bytes, WandbRecord& record) {
    WireReader wire(bytes);
    while (wire.next()) {
        if (wire.is(1, WireType::varint)) record.exit_code = static_cast<std::int32_t>(wire.signed_number());
        if (wire.is(3, WireType::varint)) record.exit_of_a_part = wire.number() != 0;
    }
    return wire.ok();
}

bool read_environment(std::span<const std::byte> bytes, WandbEnvironment& environment) {
    WireReader wire(bytes);
    while (wire.next()) {
        if (is_text(wire, 1)) environment.os = text(wire);
        if (is_text(wire, 2)) environment.python = text(wire);
        if (is_text(wire, 5) && environment.arguments.size() < most_texts) environment.arguments.push_back(text(wire));
        if (is_text(wire, 6)) environment.program = text(wire);
        if (is_text(wire, 9) && !read_git(wire.bytes(), environment.git)) return false;
        if (is_text(wire, 12)) environment.host = text(wire);
        if (is_text(wire, 18)) environment.gpu = text(wire);
        if (wire.is(19, WireType::varint)) environment.gpu_count = wire.number();
    }
    return wire.ok();
}

bool read_run(std::span<const std::byte> bytes, WandbRecord& record) {
    constexpr std::uint32_t resumed = 18, resume_mode = 24;
    WandbRunInfo& run = record.run;
    WireReader wire(bytes);
    while (wire.next()) {
        if (wire.is(14, WireType::varint)) run.starting_step = wire.signed_number();
        if (wire.is(resumed, WireType::varint) || wire.is(resume_mode, WireType::varint))
            run.resumed = run.resumed || wire.number() != 0;
        if (wire.type() != WireType::bytes) continue;
        bool ok = true;
        switch (wire.field()) {
        case 1:
            run.id = text(wire);
            break;
        case 2:
            run.entity = text(wire);
            break;
        case 3:
            run.project = text(wire);
            break;
        case 4:
            ok = read_changes(wire.bytes(), record.items, record.removed);
            break;
        case 5:
            ok = read_changes(wire.bytes(), record.summary, record.removed);
            break;
        case 6:
            run.group = text(wire);
            break;
        case 7:
            run.job_type = text(wire);
            break;
        case 8:
            run.display_name = text(wire);
            break;
        case 9:
            run.notes = text(wire);
            break;
        case 10:
            if (run.tags.size() < most_texts) run.tags.push_back(text(wire));
            break;
        case 12:
            run.sweep = text(wire);
            break;
        case 13:
            run.host = text(wire);
            break;
        case 17:
            ok = read_timestamp(wire.bytes(), run.started_at);
            break;
        case 19:
            ok = read_telemetry(wire.bytes(), run);
            break;
        case 21:
            ok = read_git(wire.bytes(), run.git);
            break;
        case 23:
            ok = read_branch(wire.bytes(), run.branch);
            break;
        default:
            break;
        }
        if (!ok) return false;
    }
    return wire.ok();
}

} // namespace

void WandbItems::clear() {
    parts_.clear();
    entries_.clear();
}

bool WandbItems::add(std::span<const std::byte> item) {
    if (entries_.size() >= most_items) return false;
    WireReader wire(item);
    Entry entry;
    entry.first_part = parts_.size();
    std::string_view key;
    while (wire.next()) {
        if (is_text(wire, 1)) key = text(wire);
        if (is_text(wire, 2) && parts_.size() - entry.first_part <= most_parts) parts_.push_back(text(wire));
        if (is_text(wire, 16)) entry.json = text(wire);
    }
    if (!wire.ok()) return false;
    if (parts_.size() == entry.first_part) parts_.push_back(key);
    entry.parts = parts_.size() - entry.first_part;
    entries_.push_back(entry);
    return true;
}

bool WandbRecord::decode(std::span<const std::byte> bytes) {
    kind = Kind::other;
    items.clear();
    summary.clear();
    removed.clear();
    step.reset();
    time.reset();
    run = {};
    metric = {};
    environment = {};
    exit_code = 0;
    exit_of_a_part = false;
    WireReader wire(bytes);
    while (wire.next()) {
        if (wire.type() != WireType::bytes) continue;
        bool ok = true;
        switch (wire.field()) {
        case 2:
            kind = Kind::history;
            ok = read_history(wire.bytes(), *this);
            break;
        case 3:
            kind = Kind::summary;
            ok = read_changes(wire.bytes(), items, removed);
            break;
        case 5:
            kind = Kind::config;
            ok = read_changes(wire.bytes(), items, removed);
            break;
        case 7:
            kind = Kind::stats;
            ok = read_stats(wire.bytes(), *this);
            break;
        case 12:
            kind = Kind::metric;
            ok = read_metric(wire.bytes(), metric);
            break;
        case 17:
            kind = Kind::run;
            ok = read_run(wire.bytes(), *this);
            break;
        case 18:
            kind = Kind::exit;
            ok = read_exit(wire.bytes(), *this);
            break;
        case 26:
            kind = Kind::environment;
            ok = read_environment(wire.bytes(), environment);
            break;
        default:
            break;
        }
        if (!ok) return false;
    }
    return wire.ok();
}

} // namespace isoloss
