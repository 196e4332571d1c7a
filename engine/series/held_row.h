#pragma once

#include "engine/series/aligned_rows.h"
#include "engine/series/point_block.h"

#include <array>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace isoloss {

/// The row of a run with the blocks that it points into. Not to be copied: a copy's pieces would point into the
/// original.
class HeldRow {
public:
    /// The next block in the order of time; `goes_on`: a line may run to it from the one before.
    void append(PointStore::Block block, bool goes_on);

    /// Points into this, which lives longer.
    Row take_row() { return std::move(row_); }

    std::size_t points() const { return points_; }

private:
    /// A line between two blocks where one of them falls.
    struct Link {
        std::array<double, 2> x, y;
    };

    /// The last point, in the order of time, that a line may leave from.
    struct Tail {
        double x = 0, y = 0;
        bool falls = false;
        bool open = false;
    };

    void link(double x, double y);

    Row row_;
    std::vector<PointStore::Block> blocks_;
    std::vector<std::unique_ptr<const Link>> links_; ///< pieces point to them, also after a move
    Tail tail_;
    std::size_t points_ = 0;
};

} // namespace isoloss
