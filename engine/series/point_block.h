#pragma once

#include "engine/base/error.h"
#include "engine/series/aligned_rows.h"
#include "engine/series/block_store.h"
#include "engine/series/chunk_blocks.h"
#include "engine/series/curve_axis.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <unordered_map>
#include <variant>
#include <vector>

namespace isoloss {

/// The points of one chunk over one x axis, as stretches over which x does not descend: one over which it falls as time
/// goes on is stored in reverse. Where x turns, both stretches have the point. Points that have no x are left out.
struct PointBlock {
    struct Stretch {
        std::size_t begin = 0; ///< it ends where the next begins
        bool falls = false;
        bool broken = false; ///< points before it were left out: no line comes to it
    };

    std::shared_ptr<const std::vector<double>> x;                 ///< blocks of other series may share it
    std::variant<std::vector<float>, std::vector<double>> values; ///< NaN where they are not finite
    std::vector<Stretch> stretches;                               ///< in the order of time, none empty
    bool complete = true;                                         ///< there is no NaN
    bool ends_broken = false;                                     ///< points at the end were left out
    bool damaged = false;  ///< there should be points, but they could not be read
    std::size_t bytes = 0; ///< that it alone takes

    std::size_t size() const { return x->size(); }
};

inline std::size_t bytes_of(const PointBlock& block) {
    return block.bytes;
}

using PointStore = BlockStore<PointBlock>;

/// Makes blocks. Runs of one group mostly log at the same steps: their blocks share the x of equal chunks.
class PointBlockMaker {
public:
    /// Rows [begin, end) of `points`; those from step `cutoff` on are hidden.
    PointStore::Block make(const CurveAxis& axis, const ChunkSpan& chunk, const PointColumns& points, std::size_t begin,
                           std::size_t end, std::int64_t cutoff);
    /// From buckets of one point each, such as smoothing answers them.
    PointStore::Block make(const CurveAxis& axis, const ChunkSpan& chunk, std::span<const Bucket> points);

private:
    template <typename Value, typename At>
    PointStore::Block make_of(const CurveAxis& axis, const ChunkSpan& chunk, std::size_t count, const At& at);

    std::unordered_map<std::size_t, std::weak_ptr<const std::vector<double>>> shared_; ///< by index of the chunk
};

} // namespace isoloss
