#pragma once

#include "engine/store/chunk_codec.h"
#include "engine/store/pyramid.h"
#include "engine/store/records.h"

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace isoloss {

/// The row that a chunk is stored in.
struct ChunkPlace {
    std::int64_t series = 0;
    int attempt = 1;
    std::int64_t ordinal = 0;
    std::int64_t chunk = 0; ///< that is replaced; 0 for a new one
};

/// Encodes the chunks of one transaction in order; once there are many, on a thread of its own: while the Writer hands
/// rows to SQLite and waits for the disk, the next ones are being compressed. Called by one thread.
class ChunkPress {
public:
    enum class Patience { if_ready, wait };

    struct Encoded {
        ChunkPlace place;
        ChunkSummary summary;
        ByteVector payload;
        ByteVector levels; ///< none where each is one bucket, the chunk as a whole
    };

    ChunkPress() = default;
    ~ChunkPress(); ///< drops what was not taken
    ChunkPress(const ChunkPress&) = delete;
    ChunkPress& operator=(const ChunkPress&) = delete;

    /// 1 to chunk_capacity points.
    void give(const ChunkPlace& place, PointColumns points);

    /// The oldest chunk that was not taken yet; nothing when there is none. Waits when asked to, and when very many are
    /// under way. What goes wrong in encoding is thrown here.
    std::optional<Encoded> take(Patience patience);

    /// Empty columns, with memory that was used before where there is some.
    PointColumns spare_columns();

private:
    /// So many are encoded at once where they are given: most transactions have no more.
    static constexpr std::size_t most_without_thread = 8;
    static constexpr std::size_t most_under_way = 32;
    static constexpr std::size_t most_spare = 32;

    struct Job {
        ChunkPlace place;
        PointColumns points;
    };

    void work();
    Encoded encode(const Job& job);
    void keep(PointColumns columns);

    PyramidEncoder pyramid_; ///< used by the one that encodes
    ChunkEncoder encoder_;
    std::size_t given_ = 0, taken_ = 0;
    std::thread thread_;

    std::mutex mutex_; ///< of what follows
    std::condition_variable changed_;
    std::deque<Job> jobs_;
    std::deque<Encoded> done_;
    std::vector<PointColumns> spare_;
    std::exception_ptr failure_;
    bool stopping_ = false;
};

} // namespace isoloss
