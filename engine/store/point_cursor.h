#pragma once

#include "engine/base/error.h"
#include "engine/store/chunk_codec.h"

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

namespace isoloss {

class Connection;

/// Which points a PointCursor walks: those of one metric of a run, in all runs that are meant.
struct PointQuery {
    enum class Order {
        by_run, ///< run, attempt, as they were written
        by_step ///< step; points of one step by run, attempt, as they were written
    };

    std::variant<std::int64_t, std::string> run; ///< id, or name: all runs of that name
    std::string metric;
    std::optional<std::int64_t> attempt;
    std::int64_t first_step = std::numeric_limits<std::int64_t>::min();
    std::int64_t last_step = std::numeric_limits<std::int64_t>::max();
    Order order = Order::by_run;
};

/// Walks points in order, one decoded chunk at a time; several only where attempts or runs overlap and the order is by
/// step. Chunks outside of the steps asked for are not decoded. Runs in the trash have no points here. It remembers
/// chunks from one start to the next, so it may live only as long as one read transaction, such as that of the
/// statement that it answers. One thread.
class PointCursor {
public:
    /// The connection must live longer.
    explicit PointCursor(Connection& connection) : connection_(connection) {}

    /// Begins anew, at the first point. A chunk that is damaged is an error that names it. Looking up one step after
    /// the other of the same metric is quick.
    Expected<void> start(const PointQuery& query);
    Expected<void> next();
    /// At the end, without any points.
    void stop();

    bool at_end() const { return open_.empty(); }

    // The point at the cursor's place.
    std::int64_t run() const { return front().run; }

    std::int64_t attempt() const { return front().attempt; }

    std::int64_t step() const { return front().step(); }

    double wall_time() const { return front().points->wall_times[front().position]; }

    double value() const { return front().points->value(front().position); }

private:
    /// A row of the chunk directory; once it is open, with its points.
    struct Chunk {
        std::int64_t run = 0, attempt = 0, ordinal = 0;
        std::int64_t id = 0, count = 0, first_step = 0, last_step = 0;
        std::shared_ptr<const PointColumns> points;
        std::size_t position = 0, end = 0; ///< of the points asked for

        std::int64_t step() const { return points->steps[position]; }

        auto place() const { return std::tie(run, attempt, ordinal); }
    };

    struct DecodedChunk {
        std::int64_t id = 0;
        std::shared_ptr<const PointColumns> points;
    };

    const Chunk& front() const { return open_.front(); }

    static bool is_later(const Chunk& a, const Chunk& b);
    Expected<void> load_directory(const PointQuery& query);
    bool must_open_next() const;
    Expected<void> open_next();
    Expected<void> settle();
    Expected<std::shared_ptr<const PointColumns>> points_of(const Chunk& chunk);
    Expected<PointColumns> decode(const Chunk& chunk);
    Error damage(const Chunk& chunk, std::string reason) const;

    Connection& connection_;
    ChunkDecoder decoder_;
    PointQuery query_;
    std::vector<Chunk> directory_; ///< of the run and metric of query_
    bool has_directory_ = false;
    std::vector<std::size_t> chosen_; ///< places in directory_, in the order in which they are opened
    std::size_t next_chosen_ = 0;
    std::vector<Chunk> open_;           ///< as a heap: the front has the next point
    std::vector<DecodedChunk> decoded_; ///< the last few
};

} // namespace isoloss
