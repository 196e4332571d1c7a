#pragma once

#include "engine/base/error.h"
#include "engine/base/ids.h"
#include "engine/store/chunk_codec.h"
#include "engine/store/chunk_press.h"
#include "engine/store/extremes.h"
#include "engine/store/records.h"

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace isoloss {

class Connection;

/// Appends points to series within one transaction: full chunks are written at once, the open last chunk of each
/// (series, attempt) is kept and written, with its pyramid and the figures of its series, by flush().
class SeriesAppender {
public:
    explicit SeriesAppender(Connection& connection) : connection_(connection) {}

    /// The import that new attempts belong to.
    void set_import(std::int64_t import) { import_ = import; }

    Expected<void> append(SeriesId series, int attempt, const PointSpan& points);
    /// The last step that was appended; nothing while the attempt has no points.
    Expected<std::optional<std::int64_t>> last_step(SeriesId series, int attempt);
    Expected<void> flush();

    /// About how many bytes have been written and will be by flush().
    std::size_t pending_bytes() const;

private:
    /// The last chunk while it has room.
    struct Tail {
        std::int64_t chunk = 0; ///< 0: not stored yet
        std::int64_t ordinal = 0;
        PointColumns points;
        std::optional<std::int64_t> last_step;
        bool changed = false;
    };

    /// What the appended points change in the row of their series.
    struct Figures {
        std::int64_t points = 0;
        std::int64_t first_step = 0, last_step = 0;
        Extremes values;
        double last = 0;
        bool is_float32 = true;
        int attempts = 0;
    };

    using Key = std::pair<SeriesId, int>;

    Expected<Tail*> tail_of(SeriesId series, int attempt);
    Expected<Tail> load_tail(SeriesId series, int attempt);
    Expected<void> note_attempt(SeriesId series, int attempt, const PointSpan& points);
    Expected<void> append_to(const Key& key, Tail& tail, const PointSpan& points);
    /// Stores the chunks that are encoded.
    Expected<void> write_encoded(ChunkPress::Patience patience);
    Expected<void> write_chunk(const ChunkPress::Encoded& encoded);
    Expected<void> write_figures(SeriesId series, const Figures& figures);

    Connection& connection_;
    std::optional<std::int64_t> import_;
    ChunkDecoder decoder_;
    ChunkPress press_;
    std::map<Key, Tail> tails_;
    std::map<SeriesId, Figures> figures_;
    std::size_t held_points_ = 0; ///< in all tails
    std::size_t new_tails_ = 0;   ///< that are not stored yet
    std::size_t written_bytes_ = 0;
};

} // namespace isoloss
