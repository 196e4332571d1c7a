#include "engine/store/records.h"

#include <bit>
#include <cmath>

namespace isoloss {

std::string_view run_status_name(RunStatus status) {
    switch (status) {
    case RunStatus::unknown:
        return "unknown";
    case RunStatus::running:
        return "running";
    case RunStatus::finished:
        return "finished";
    case RunStatus::crashed:
        return "crashed";
    case RunStatus::presumed_crashed:
        return "presumed crashed";
    }
    return "unknown";
}

std::string_view direction_name(Direction direction) {
    switch (direction) {
    case Direction::up:
        return "up";
    case Direction::down:
        return "down";
    case Direction::descriptive:
        return "descriptive";
    }
    return "descriptive";
}

std::string_view value_status_name(ValueStatus status) {
    switch (status) {
    case ValueStatus::ok:
        return "ok";
    case ValueStatus::partial:
        return "partial";
    case ValueStatus::undefined:
        return "undefined";
    case ValueStatus::nonfinite:
        return "nonfinite";
    }
    return "undefined";
}

std::string_view job_state_name(JobState state) {
    switch (state) {
    case JobState::queued:
        return "queued";
    case JobState::running:
        return "running";
    case JobState::done:
        return "done";
    case JobState::failed:
        return "failed";
    case JobState::cancelled:
        return "cancelled";
    }
    return "failed";
}

std::string_view quantity_kind_name(QuantityKind kind) {
    switch (kind) {
    case QuantityKind::imported:
        return "imported";
    case QuantityKind::measured:
        return "measured";
    case QuantityKind::derived:
        return "derived";
    }
    return "imported";
}

std::string_view dataset_kind_name(DatasetKind kind) {
    switch (kind) {
    case DatasetKind::text:
        return "text";
    case DatasetKind::tokens:
        return "tokens";
    case DatasetKind::multiple_choice:
        return "multiple_choice";
    case DatasetKind::last_word:
        return "last_word";
    case DatasetKind::minimal_pairs:
        return "minimal_pairs";
    case DatasetKind::labelled_text:
        return "labelled_text";
    case DatasetKind::membership:
        return "membership";
    case DatasetKind::parallel_text:
        return "parallel_text";
    case DatasetKind::labelled_images:
        return "labelled_images";
    case DatasetKind::embeddings:
        return "embeddings";
    case DatasetKind::predictions:
        return "predictions";
    }
    return "text";
}

std::optional<DatasetKind> dataset_kind_named(std::string_view name) {
    for (const DatasetKind kind : all_dataset_kinds)
        if (dataset_kind_name(kind) == name) return kind;
    return std::nullopt;
}

ImportContent& ImportContent::operator+=(const ImportContent& other) {
    runs += other.runs;
    series += other.series;
    points += other.points;
    checkpoints += other.checkpoints;
    values += other.values;
    items += other.items;
    return *this;
}

PointSpan PointSpan::part(std::size_t offset, std::size_t count) const {
    PointSpan part{steps.subspan(offset, count), wall_times.subspan(offset, count), {}};
    if (is_float32())
        part.values = std::get<0>(values).subspan(offset, count);
    else
        part.values = std::get<1>(values).subspan(offset, count);
    return part;
}

PointSpan point_span(const PointColumns& points) {
    PointSpan span{points.steps, points.wall_times, {}};
    if (points.is_float32())
        span.values = std::span<const float>(std::get<0>(points.values));
    else
        span.values = std::span<const double>(std::get<1>(points.values));
    return span;
}

double widen(float value) {
    if (!std::isnan(value)) return static_cast<double>(value);
    const auto bits = static_cast<std::uint64_t>(std::bit_cast<std::uint32_t>(value));
    return std::bit_cast<double>((bits >> 31) << 63 | 0x7ff0000000000000u | (bits & 0x7fffffu) << 29);
}

} // namespace isoloss
