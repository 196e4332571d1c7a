#include "engine/store/chunk_codec.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

namespace {

template <typename T>
bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {
    return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0);
}

bool same(const isoloss::PointColumns& a, const isoloss::PointColumns& b) {
    if (!same_bits(a.steps, b.steps) || !same_bits(a.wall_times, b.wall_times) || a.is_float32() != b.is_float32())
        return false;
    return a.is_float32() ? same_bits(std::get<0>(a.values), std::get<0>(b.values))
                          : same_bits(std::get<1>(a.values), std::get<1>(b.values));
}

} // namespace

/// What decodes must encode, and decode to the same again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    isoloss::ChunkDecoder decoder;
    isoloss::PointColumns points;
    if (!decoder.decode(std::as_bytes(std::span(data, size)), points)) {
        if (points.size() != 0) __builtin_trap();
        return 0;
    }
    if (points.size() == 0) return 0;
    isoloss::ChunkEncoder encoder;
    isoloss::PointColumns again;
    if (!decoder.decode(encoder.encode(isoloss::point_span(points)), again)) __builtin_trap();
    if (!same(points, again)) __builtin_trap();
    return 0;
}
