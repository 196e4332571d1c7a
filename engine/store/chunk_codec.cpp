#include "engine/store/chunk_codec.h"

#include <bit>
#include <cmath>
#include <cstring>

namespace isoloss {

namespace {

// The bits of a column of 64-bit numbers. Signed, unsigned and floating-point numbers of one size may share storage
// only through bytes, so this copies where the language asks for it and not where signedness alone differs.
std::span<const std::uint64_t> as_unsigned(std::span<const std::int64_t> numbers) {
    return {reinterpret_cast<const std::uint64_t*>(numbers.data()), numbers.size()};
}

template <typename To, typename From>
std::vector<To>& bits_of(std::span<const From> from, std::vector<To>& to) {
    static_assert(sizeof(To) == sizeof(From));
    to.resize(from.size());
    std::memcpy(to.data(), from.data(), from.size_bytes());
    return to;
}

template <typename To, typename From>
void append_bits(std::vector<To>& to, const std::vector<From>& from) {
    static_assert(sizeof(To) == sizeof(From));
    const std::size_t before = to.size();
    to.resize(before + from.size());
    std::memcpy(to.data() + before, from.data(), from.size() * sizeof(To));
}

// Room for more numbers, to be written as unsigned ones.
std::span<std::uint64_t> more_room(std::vector<std::int64_t>& numbers, std::size_t count) {
    const std::size_t before = numbers.size();
    numbers.resize(before + count);
    return {reinterpret_cast<std::uint64_t*>(numbers.data() + before), count};
}

void append_widened(std::vector<double>& to, std::span<const float> from) {
    to.reserve(to.size() + from.size());
    for (const float value : from)
        to.push_back(widen(value));
}

std::vector<double>& widen_all(PointColumns& columns) {
    if (columns.is_float32()) {
        std::vector<double> wide;
        append_widened(wide, std::get<0>(columns.values));
        columns.values = std::move(wide);
    }
    return std::get<1>(columns.values);
}

} // namespace

bool is_float32_value(double value) {
    return std::bit_cast<std::uint64_t>(static_cast<double>(static_cast<float>(value))) ==
           std::bit_cast<std::uint64_t>(value);
}

void append_points_to(PointColumns& columns, const PointSpan& points) {
    columns.steps.insert(columns.steps.end(), points.steps.begin(), points.steps.end());
    columns.wall_times.insert(columns.wall_times.end(), points.wall_times.begin(), points.wall_times.end());
    if (points.is_float32()) {
        const auto values = std::get<0>(points.values);
        if (columns.is_float32()) {
            auto& narrow = std::get<0>(columns.values);
            narrow.insert(narrow.end(), values.begin(), values.end());
        } else {
            append_widened(std::get<1>(columns.values), values);
        }
    } else {
        const auto values = std::get<1>(points.values);
        auto& wide = widen_all(columns);
        wide.insert(wide.end(), values.begin(), values.end());
    }
}

std::span<const std::byte> ChunkEncoder::encode(const PointSpan& points) {
    plan_integers(as_unsigned(points.steps), steps_);
    plan_integers(bits_of(points.wall_times, float64_), wall_times_);
    const BlockShape shape{points.is_float32() ? 4 : 8,
                           0,
                           {steps_.width, wall_times_.width, 0, 0},
                           static_cast<std::uint32_t>(points.size())};
    std::byte* out = writer_.body(shape);
    out = put_integers(steps_, out);
    out = put_integers(wall_times_, out);
    if (points.is_float32())
        put_planes(bits_of(std::get<0>(points.values), float32_), out);
    else
        put_planes(bits_of(std::get<1>(points.values), float64_), out);
    payload_.clear();
    writer_.write(shape, payload_);
    return payload_;
}

Expected<void> ChunkDecoder::decode(std::span<const std::byte> payload, PointColumns& columns) {
    ISOLOSS_TRY(const Block block, reader_.read(payload, 0));
    if (!payload.empty()) return fail(ErrorKind::damaged, "the chunk has bytes behind its block");
    const std::size_t count = block.shape.points;
    wall_times_.resize(count);
    const std::byte* in = get_integers(block.body, block.shape.widths[0], more_room(columns.steps, count));
    in = get_integers(in, block.shape.widths[1], wall_times_);
    append_bits(columns.wall_times, wall_times_);
    if (block.shape.value_bytes == 4) {
        float32_.resize(count);
        get_planes(in, float32_);
        if (columns.is_float32()) {
            append_bits(std::get<0>(columns.values), float32_);
        } else {
            std::vector<float> values;
            append_bits(values, float32_);
            append_widened(std::get<1>(columns.values), values);
        }
    } else {
        float64_.resize(count);
        get_planes(in, float64_);
        append_bits(widen_all(columns), float64_);
    }
    return {};
}

} // namespace isoloss
