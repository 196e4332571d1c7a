#include "engine/store/pyramid.h"

#include "engine/store/extremes.h"

#include <bit>
#include <cstring>

namespace isoloss {

namespace {

constexpr std::size_t fan_out = 8;

std::size_t bucket_count(std::size_t entries) {
    return (entries + fan_out - 1) / fan_out;
}

void store(BucketLevel& level, std::size_t i, const Extremes& extremes) {
    level.min[i] = extremes.min;
    level.max[i] = extremes.max;
    level.first[i] = extremes.first;
    level.last[i] = extremes.last;
    level.nonfinite[i] = static_cast<std::uint16_t>(extremes.nonfinite);
}

Extremes extremes_of_part(const PointSpan& points, std::size_t begin, std::size_t size) {
    return std::visit([&](const auto& values) { return extremes_of(values.subspan(begin, size)); }, points.values);
}

/// Buckets of `width` points each.
void build_level(const PointSpan& points, std::size_t width, BucketLevel& level) {
    const std::size_t count = points.size();
    level.resize((count + width - 1) / width);
    for (std::size_t i = 0; i < level.size(); ++i) {
        const std::size_t begin = i * width;
        const std::size_t end = std::min(begin + width, count);
        store(level, i, extremes_of_part(points, begin, end - begin));
        level.first_steps[i] = points.steps[begin];
        level.last_steps[i] = points.steps[end - 1];
        level.first_wall_times[i] = points.wall_times[begin];
        level.last_wall_times[i] = points.wall_times[end - 1];
    }
}

Extremes combine(const BucketLevel& finer, std::size_t begin, std::size_t end) {
    Extremes extremes;
    for (std::size_t p = begin; p < end; ++p)
        extremes.add({finer.min[p], finer.max[p], finer.first[p], finer.last[p], finer.nonfinite[p]});
    return extremes;
}

void build_next_level(const BucketLevel& finer, BucketLevel& level) {
    level.resize(bucket_count(finer.size()));
    for (std::size_t i = 0; i < level.size(); ++i) {
        const std::size_t begin = i * fan_out;
        const std::size_t end = std::min(begin + fan_out, finer.size());
        store(level, i, combine(finer, begin, end));
        level.first_steps[i] = finer.first_steps[begin];
        level.last_steps[i] = finer.last_steps[end - 1];
        level.first_wall_times[i] = finer.first_wall_times[begin];
        level.last_wall_times[i] = finer.last_wall_times[end - 1];
    }
}

template <typename T>
void append(std::vector<T>& to, const std::vector<T>& from) {
    to.insert(to.end(), from.begin(), from.end());
}

/// What follows from the numbers of buckets and points.
void append_counts(BucketColumns& columns, int level, std::uint32_t points, int attempt, std::size_t count) {
    const auto bucket_points = std::uint32_t{1} << (3 * level);
    for (std::size_t i = 0; i < count; ++i)
        columns.counts.push_back(std::min(bucket_points, points - static_cast<std::uint32_t>(i) * bucket_points));
    columns.attempts.insert(columns.attempts.end(), count, attempt);
    columns.level = level;
}

template <typename From>
std::span<const std::uint64_t> bits_of(const std::vector<From>& from, std::vector<std::uint64_t>& to) {
    static_assert(sizeof(From) == 8);
    to.resize(from.size());
    std::memcpy(to.data(), from.data(), from.size() * sizeof(From));
    return to;
}

template <typename To>
void append_bits(std::vector<To>& to, const std::vector<std::uint64_t>& from) {
    static_assert(sizeof(To) == 8);
    const std::size_t before = to.size();
    to.resize(before + from.size());
    std::memcpy(to.data() + before, from.data(), from.size() * sizeof(To));
}

} // namespace

void BucketLevel::resize(std::size_t size) {
    for (auto* column : {&first_steps, &last_steps})
        column->resize(size);
    for (auto* column : {&first_wall_times, &last_wall_times, &min, &max, &first, &last})
        column->resize(size);
    nonfinite.resize(size);
}

void append_buckets(const PointSpan& points, int level, int attempt, BucketColumns& columns) {
    BucketLevel buckets;
    build_level(points, std::size_t{1} << (3 * level), buckets);
    append(columns.first_steps, buckets.first_steps);
    append(columns.last_steps, buckets.last_steps);
    append(columns.first_wall_times, buckets.first_wall_times);
    append(columns.last_wall_times, buckets.last_wall_times);
    append(columns.min, buckets.min);
    append(columns.max, buckets.max);
    append(columns.first, buckets.first);
    append(columns.last, buckets.last);
    columns.nonfinite.insert(columns.nonfinite.end(), buckets.nonfinite.begin(), buckets.nonfinite.end());
    append_counts(columns, level, static_cast<std::uint32_t>(points.size()), attempt, buckets.size());
}

void PyramidEncoder::build(const PointSpan& points) {
    build_level(points, std::size_t{1} << (3 * lowest_stored_level), levels_.front());
    for (std::size_t i = 1; i < levels_.size(); ++i)
        build_next_level(levels_[i - 1], levels_[i]);
    const BucketLevel& top = levels_.back();
    const Extremes whole = combine(top, 0, top.size());
    summary_ = {static_cast<std::uint32_t>(points.size()),
                points.steps.front(),
                points.steps.back(),
                points.wall_times.front(),
                points.wall_times.back(),
                whole.min,
                whole.max,
                whole.first,
                whole.last,
                static_cast<std::uint32_t>(whole.nonfinite)};
}

void PyramidEncoder::write_level(int level, int value_bytes, std::uint32_t points) {
    const BucketLevel& buckets = levels_[static_cast<std::size_t>(level - lowest_stored_level)];
    BlockShape shape{value_bytes, level, {}, points};
    plan_integers(bits_of(buckets.first_steps, float64_), plans_[0]);
    plan_integers(bits_of(buckets.last_steps, float64_), plans_[1]);
    plan_integers(bits_of(buckets.first_wall_times, float64_), plans_[2]);
    plan_integers(bits_of(buckets.last_wall_times, float64_), plans_[3]);
    for (std::size_t i = 0; i < plans_.size(); ++i)
        shape.widths[i] = plans_[i].width;
    std::byte* out = writer_.body(shape);
    for (const IntegerPlan& plan : plans_)
        out = put_integers(plan, out);
    for (const auto* column : {&buckets.min, &buckets.max, &buckets.first, &buckets.last}) {
        if (value_bytes == 8) {
            out = put_planes(bits_of(*column, float64_), out);
            continue;
        }
        float32_.resize(column->size());
        for (std::size_t i = 0; i < column->size(); ++i)
            float32_[i] = std::bit_cast<std::uint32_t>(static_cast<float>((*column)[i]));
        out = put_planes(float32_, out);
    }
    put_planes(buckets.nonfinite, out);
    writer_.write(shape, bytes_);
}

std::span<const std::byte> PyramidEncoder::encode(const PointSpan& points) {
    build(points);
    bytes_.clear();
    if (points.size() <= points_without_levels) return bytes_;
    for (int level = highest_stored_level; level >= lowest_stored_level; --level)
        write_level(level, points.is_float32() ? 4 : 8, static_cast<std::uint32_t>(points.size()));
    return bytes_;
}

Expected<void> PyramidDecoder::decode(std::span<const std::byte> bytes, int level, std::uint32_t points, int attempt,
                                      BucketColumns& columns) {
    for (int coarser = highest_stored_level; coarser > level; --coarser)
        ISOLOSS_TRY_VOID(BlockReader::skip(bytes));
    ISOLOSS_TRY(const Block block, reader_.read(bytes, level));
    if (block.shape.points != points) return fail(ErrorKind::damaged, "the pyramid belongs to another chunk");
    const std::size_t count = block.shape.entries();
    numbers_.resize(count);
    const std::byte* in = block.body;
    const auto read_integers = [&](std::size_t column, auto& to) {
        in = get_integers(in, block.shape.widths[column], numbers_);
        append_bits(to, numbers_);
    };
    read_integers(0, columns.first_steps);
    read_integers(1, columns.last_steps);
    read_integers(2, columns.first_wall_times);
    read_integers(3, columns.last_wall_times);
    for (auto* column : {&columns.min, &columns.max, &columns.first, &columns.last}) {
        if (block.shape.value_bytes == 8) {
            in = get_planes(in, numbers_);
            append_bits(*column, numbers_);
            continue;
        }
        float32_.resize(count);
        in = get_planes(in, float32_);
        for (const std::uint32_t bits : float32_)
            column->push_back(static_cast<double>(std::bit_cast<float>(bits)));
    }
    nonfinite_.resize(count);
    get_planes(in, nonfinite_);
    columns.nonfinite.insert(columns.nonfinite.end(), nonfinite_.begin(), nonfinite_.end());
    append_counts(columns, level, points, attempt, count);
    return {};
}

} // namespace isoloss
