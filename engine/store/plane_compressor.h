#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>

namespace isoloss {

/// Compresses numbers that lie as planes of bytes into zstd frames, one behind the other. The lowest bytes of measured
/// numbers are noise that nothing makes smaller: such planes go into frames of raw blocks, which cost no time to write
/// and little to read, and do not spoil the statistics of the others. Any zstd decoder reads the whole. Keeps its
/// working memory; one thread at a time.
class PlaneCompressor {
public:
    PlaneCompressor();
    ~PlaneCompressor();
    PlaneCompressor(const PlaneCompressor&) = delete;
    PlaneCompressor& operator=(const PlaneCompressor&) = delete;

    /// `planes`: the sizes of the parts of `body`, in order. Answers the size of what was written to `out`, which has
    /// as many bytes as `body`; nothing when it has no room, that is, nothing is gained.
    std::optional<std::size_t> compress(std::span<const std::byte> body, std::span<const std::size_t> planes,
                                        std::span<std::byte> out);

private:
    struct Context;
    std::unique_ptr<Context> context_;
};

} // namespace isoloss
