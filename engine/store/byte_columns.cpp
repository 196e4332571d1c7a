#include "engine/store/byte_columns.h"

#include <bit>
#include <cstring>

namespace isoloss {

namespace {

static_assert(std::endian::native == std::endian::little, "the format is little endian");

// The loops below become vector instructions, two to three times as fast with those that most processors have but the
// compiler may not take for granted: each is compiled for both.
#if defined(__x86_64__)
#define ISOLOSS_FASTEST(function, ...) (has_avx2 ? function##_avx2(__VA_ARGS__) : function##_plain(__VA_ARGS__))
const bool has_avx2 = __builtin_cpu_supports("avx2") != 0;
#else
#define ISOLOSS_FASTEST(function, ...) function##_plain(__VA_ARGS__)
#endif

template <typename Number>
[[gnu::always_inline]] inline std::byte* put(std::span<const Number> values, int width, std::byte* out) {
    for (int plane = 0; plane < width; ++plane) {
        const int shift = 8 * plane;
        for (std::size_t i = 0; i < values.size(); ++i)
            out[i] = static_cast<std::byte>(values[i] >> shift);
        out += values.size();
    }
    return out;
}

template <typename Number, int width>
[[gnu::always_inline]] inline void gather(const std::byte* in, std::span<Number> values) {
    const std::size_t count = values.size();
    for (std::size_t i = 0; i < count; ++i) {
        Number number = 0;
        for (int plane = 0; plane < width; ++plane)
            number = static_cast<Number>(
                number | static_cast<Number>(static_cast<Number>(in[static_cast<std::size_t>(plane) * count + i])
                                             << (8 * plane)));
        values[i] = number;
    }
}

template <typename Number>
[[gnu::always_inline]] inline void get(const std::byte* in, int width, std::span<Number> numbers) {
    switch (width) {
    case 1:
        return gather<Number, 1>(in, numbers);
    case 2:
        return gather<Number, 2>(in, numbers);
    case 3:
        return gather<Number, 3>(in, numbers);
    case 4:
        return gather<Number, 4>(in, numbers);
    default:
        break;
    }
    if constexpr (sizeof(Number) == 8) {
        switch (width) {
        case 5:
            return gather<Number, 5>(in, numbers);
        case 6:
            return gather<Number, 6>(in, numbers);
        case 7:
            return gather<Number, 7>(in, numbers);
        default:
            return gather<Number, 8>(in, numbers);
        }
    }
}

std::byte* put_plain(std::span<const std::uint64_t> values, int width, std::byte* out) {
    return put(values, width, out);
}

std::byte* put_plain(std::span<const std::uint32_t> values, int width, std::byte* out) {
    return put(values, width, out);
}

void get_plain(const std::byte* in, int width, std::span<std::uint64_t> numbers) {
    get(in, width, numbers);
}

void get_plain(const std::byte* in, int width, std::span<std::uint32_t> numbers) {
    get(in, width, numbers);
}

#if defined(__x86_64__)
[[gnu::target("avx2")]] std::byte* put_avx2(std::span<const std::uint64_t> values, int width, std::byte* out) {
    return put(values, width, out);
}

[[gnu::target("avx2")]] std::byte* put_avx2(std::span<const std::uint32_t> values, int width, std::byte* out) {
    return put(values, width, out);
}

[[gnu::target("avx2")]] void get_avx2(const std::byte* in, int width, std::span<std::uint64_t> numbers) {
    get(in, width, numbers);
}

[[gnu::target("avx2")]] void get_avx2(const std::byte* in, int width, std::span<std::uint32_t> numbers) {
    get(in, width, numbers);
}
#endif

std::uint64_t zigzag(std::uint64_t difference) {
    return (difference << 1) ^ (0 - (difference >> 63));
}

std::uint64_t unzigzag(std::uint64_t coded) {
    return (coded >> 1) ^ (0 - (coded & 1));
}

} // namespace

std::size_t integer_column_size(std::size_t count, int width) {
    return 16 + (count - 1) * static_cast<std::size_t>(width);
}

void plan_integers(std::span<const std::uint64_t> values, IntegerPlan& plan) {
    plan.start = values[0];
    plan.stride = 0;
    plan.width = 0;
    plan.differences.resize(values.size() - 1);
    if (plan.differences.empty()) return;
    std::uint64_t used_bits = 0, changed_bits = 0;
    const std::uint64_t first = zigzag(values[1] - values[0]);
    for (std::size_t i = 0; i < plan.differences.size(); ++i) {
        const std::uint64_t coded = zigzag(values[i + 1] - values[i]);
        plan.differences[i] = coded;
        used_bits |= coded;
        changed_bits |= coded ^ first;
    }
    if (changed_bits == 0)
        plan.stride = values[1] - values[0];
    else
        plan.width = (static_cast<int>(std::bit_width(used_bits)) + 7) / 8;
}

std::byte* put_integers(const IntegerPlan& plan, std::byte* out) {
    std::memcpy(out, &plan.start, 8);
    std::memcpy(out + 8, &plan.stride, 8);
    return ISOLOSS_FASTEST(put, std::span<const std::uint64_t>(plan.differences), plan.width, out + 16);
}

const std::byte* get_integers(const std::byte* in, int width, std::span<std::uint64_t> values) {
    std::uint64_t number = 0, stride = 0;
    std::memcpy(&number, in, 8);
    std::memcpy(&stride, in + 8, 8);
    in += 16;
    if (width == 0) {
        for (std::size_t i = 0; i < values.size(); ++i)
            values[i] = number + i * stride;
        return in;
    }
    ISOLOSS_FASTEST(get, in, width, values.subspan(1));
    values[0] = number;
    for (std::size_t i = 1; i < values.size(); ++i)
        values[i] = number += unzigzag(values[i]);
    return in + (values.size() - 1) * static_cast<std::size_t>(width);
}

std::byte* put_planes(std::span<const std::uint16_t> values, std::byte* out) {
    return put(values, 2, out);
}

std::byte* put_planes(std::span<const std::uint32_t> values, std::byte* out) {
    return ISOLOSS_FASTEST(put, values, 4, out);
}

std::byte* put_planes(std::span<const std::uint64_t> values, std::byte* out) {
    return ISOLOSS_FASTEST(put, values, 8, out);
}

const std::byte* get_planes(const std::byte* in, std::span<std::uint16_t> values) {
    gather<std::uint16_t, 2>(in, values);
    return in + 2 * values.size();
}

const std::byte* get_planes(const std::byte* in, std::span<std::uint32_t> values) {
    ISOLOSS_FASTEST(get, in, 4, values);
    return in + 4 * values.size();
}

const std::byte* get_planes(const std::byte* in, std::span<std::uint64_t> values) {
    ISOLOSS_FASTEST(get, in, 8, values);
    return in + 8 * values.size();
}

} // namespace isoloss
