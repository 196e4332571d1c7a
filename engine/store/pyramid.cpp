#include "engine/store/pyramid.h"

#include <bit>
#include <cmath>
#include <cstring>

namespace isoloss {

namespace {

constexpr std::size_t fan_out = 8;
constexpr double none = std::numeric_limits<double>::quiet_NaN();

std::size_t bucket_count(std::size_t entries) {
    return (entries + fan_out - 1) / fan_out;
}

/// One bucket while it is filled in order.
struct Bucket {
    double min = none, max = none, first = none, last = none;
    std::uint32_t nonfinite = 0;

    bool has_finite() const { return min == min; }

    void add(double value) {
        if (!std::isfinite(value)) {
            ++nonfinite;
            return;
        }
        if (!has_finite()) {
            min = max = first = value;
        } else {
            if (value < min) min = value;
            if (value > max) max = value;
        }
        last = value;
    }

    void add(double other_min, double other_max, double other_first, double other_last, std::uint32_t other_nonfinite) {
        nonfinite += other_nonfinite;
        if (std::isnan(other_min)) return;
        if (!has_finite()) {
            min = other_min;
            max = other_max;
            first = other_first;
        } else {
            if (other_min < min) min = other_min;
            if (other_max > max) max = other_max;
        }
        last = other_last;
    }
};

void store(BucketLevel& level, std::size_t i, const Bucket& bucket) {
    level.min[i] = bucket.min;
    level.max[i] = bucket.max;
    level.first[i] = bucket.first;
    level.last[i] = bucket.last;
    level.nonfinite[i] = static_cast<std::uint16_t>(bucket.nonfinite);
}

template <typename Number>
void build_first_level(const PointSpan& points, std::span<const Number> values, BucketLevel& level) {
    const std::size_t count = points.size();
    level.resize(bucket_count(count));
    for (std::size_t i = 0; i < level.size(); ++i) {
        const std::size_t begin = i * fan_out;
        const std::size_t end = std::min(begin + fan_out, count);
        Bucket bucket;
        for (std::size_t p = begin; p < end; ++p)
            bucket.add(static_cast<double>(values[p]));
        store(level, i, bucket);
        level.first_steps[i] = points.steps[begin];
        level.last_steps[i] = points.steps[end - 1];
        level.first_wall_times[i] = points.wall_times[begin];
        level.last_wall_times[i] = points.wall_times[end - 1];
    }
}

Bucket combine(const BucketLevel& finer, std::size_t begin, std::size_t end) {
    Bucket bucket;
    for (std::size_t p = begin; p < end; ++p)
        bucket.add(finer.min[p], finer.max[p], finer.first[p], finer.last[p], finer.nonfinite[p]);
    return bucket;
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

void PyramidEncoder::build(const PointSpan& points) {
    if (points.is_float32())
        build_first_level(points, std::get<0>(points.values), levels_[0]);
    else
        build_first_level(points, std::get<1>(points.values), levels_[0]);
    for (std::size_t i = 1; i < levels_.size(); ++i)
        build_next_level(levels_[i - 1], levels_[i]);
    const BucketLevel& top = levels_.back();
    const Bucket whole = combine(top, 0, top.size());
    summary_ = {static_cast<std::uint32_t>(points.size()),
                points.steps.front(),
                points.steps.back(),
                points.wall_times.front(),
                points.wall_times.back(),
                whole.min,
                whole.max,
                whole.first,
                whole.last,
                whole.nonfinite};
}

void PyramidEncoder::write_level(int level, int value_bytes, std::uint32_t points) {
    const BucketLevel& buckets = levels_[static_cast<std::size_t>(level - 1)];
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
    for (int level = stored_levels; level >= 1; --level)
        write_level(level, points.is_float32() ? 4 : 8, static_cast<std::uint32_t>(points.size()));
    return bytes_;
}

Expected<void> PyramidDecoder::decode(std::span<const std::byte> bytes, int level, std::uint32_t points, int attempt,
                                      BucketColumns& columns) {
    for (int coarser = stored_levels; coarser > level; --coarser)
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
    const auto bucket_points = std::uint32_t{1} << (3 * level);
    for (std::size_t i = 0; i < count; ++i)
        columns.counts.push_back(std::min(bucket_points, points - static_cast<std::uint32_t>(i) * bucket_points));
    columns.attempts.insert(columns.attempts.end(), count, attempt);
    columns.level = level;
    return {};
}

} // namespace isoloss
