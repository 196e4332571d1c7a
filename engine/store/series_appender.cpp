#include "engine/store/series_appender.h"

#include "engine/base/log.h"
#include "engine/store/connection.h"

#include <algorithm>

namespace isoloss {

namespace {

// What the open chunks of one transaction may hold together before they are written.
constexpr std::size_t most_held_bytes = std::size_t{64} << 20;
constexpr std::size_t bytes_of_tail = 512, bytes_of_point = 24;

// A row of a chunk and its entries in indexes, without the payload; and the smallest chunk with the row of its series.
constexpr std::size_t bytes_of_row = 160, bytes_of_new_series = 320;
// What a point takes once it is stored.
constexpr std::size_t bytes_of_stored_point = 6;

bool all_float32(std::span<const double> values) {
    return std::all_of(values.begin(), values.end(), is_float32_value);
}

Expected<void> check(const PointSpan& points, int attempt, std::optional<std::int64_t> last_step) {
    const std::size_t values = std::visit([](const auto& column) { return column.size(); }, points.values);
    if (points.wall_times.size() != points.size() || values != points.size())
        return fail(ErrorKind::internal, "the columns of the points differ in length");
    if (attempt < 1) return fail(ErrorKind::internal, "attempts are counted from 1");
    if (!std::ranges::is_sorted(points.steps) || (last_step && points.steps.front() < *last_step))
        return fail(ErrorKind::usage, "the steps of attempt " + std::to_string(attempt) + " decrease",
                    "Points after a restart belong to a new attempt");
    return {};
}

} // namespace

Expected<void> SeriesAppender::append(SeriesId series, int attempt, const PointSpan& points) {
    if (points.size() == 0) return {};
    ISOLOSS_TRY(Tail* const tail, tail_of(series, attempt));
    ISOLOSS_TRY_VOID(check(points, attempt, tail->last_step));

    const auto [entry, is_first] = figures_.try_emplace(series);
    Figures& figures = entry->second;
    if (is_first) {
        figures.first_step = points.steps.front();
        figures.last_step = points.steps.back();
    }
    figures.points += static_cast<std::int64_t>(points.size());
    figures.first_step = std::min(figures.first_step, points.steps.front());
    figures.last_step = std::max(figures.last_step, points.steps.back());
    figures.last = points.value(points.size() - 1);
    figures.attempts = std::max(figures.attempts, attempt);
    figures.values.add(std::visit([](const auto& values) { return extremes_of(values); }, points.values));

    if (!tail->last_step) ISOLOSS_TRY_VOID(note_attempt(series, attempt, points));
    const Key key{series, attempt};
    std::vector<float> narrow;
    for (std::size_t done = 0; done < points.size();) {
        const std::size_t room = chunk_capacity - tail->points.size();
        PointSpan part = points.part(done, std::min(room, points.size() - done));
        done += part.size();
        if (!part.is_float32()) {
            const auto values = std::get<1>(part.values);
            if (all_float32(values)) {
                narrow.assign(values.begin(), values.end());
                part.values = std::span<const float>(narrow);
            } else {
                figures.is_float32 = false;
            }
        }
        ISOLOSS_TRY_VOID(append_to(key, *tail, part));
    }
    if (held_points_ * bytes_of_point + tails_.size() * bytes_of_tail > most_held_bytes) return flush();
    return {};
}

Expected<void> SeriesAppender::append_to(const Key& key, Tail& tail, const PointSpan& points) {
    tail.last_step = points.steps.back();
    if (tail.points.size() == 0) tail.points = press_.spare_columns();
    append_points_to(tail.points, points);
    held_points_ += points.size();
    tail.changed = true;
    if (tail.points.size() < chunk_capacity) return {};
    held_points_ -= tail.points.size();
    press_.give({key.first.value, key.second, tail.ordinal, tail.chunk}, std::move(tail.points));
    tail = Tail{0, tail.ordinal + 1, {}, tail.last_step, false};
    return write_encoded(ChunkPress::Patience::if_ready);
}

Expected<void> SeriesAppender::write_encoded(ChunkPress::Patience patience) {
    while (const auto encoded = press_.take(patience))
        ISOLOSS_TRY_VOID(write_chunk(*encoded));
    return {};
}

Expected<std::optional<std::int64_t>> SeriesAppender::last_step(SeriesId series, int attempt) {
    ISOLOSS_TRY(const Tail* const tail, tail_of(series, attempt));
    return tail->last_step;
}

Expected<SeriesAppender::Tail*> SeriesAppender::tail_of(SeriesId series, int attempt) {
    const Key key{series, attempt};
    if (const auto found = tails_.find(key); found != tails_.end()) return &found->second;
    ISOLOSS_TRY(Tail tail, load_tail(series, attempt));
    held_points_ += tail.points.size();
    if (!tail.last_step) ++new_tails_;
    return &tails_.emplace(key, std::move(tail)).first->second;
}

Expected<SeriesAppender::Tail> SeriesAppender::load_tail(SeriesId series, int attempt) {
    ISOLOSS_TRY(auto rows,
                connection_.statement("SELECT id, ordinal, count, last_step, bad, length(payload), payload FROM chunk "
                                      "WHERE series_id = ?1 AND attempt = ?2 ORDER BY ordinal DESC LIMIT 1"));
    rows.bind_all(series.value, attempt);
    ISOLOSS_TRY(const bool row, rows.step());
    Tail tail;
    if (!row) return tail;
    const std::int64_t chunk = rows.integer(0);
    tail.last_step = rows.integer(3);
    tail.ordinal = rows.integer(1) + 1;
    if (rows.integer(2) >= chunk_capacity || rows.boolean(4)) return tail;
    if (rows.integer(5) <= static_cast<std::int64_t>(largest_block_size())) {
        if (const auto decoded = decoder_.decode(rows.blob(6), tail.points); decoded) {
            tail.chunk = chunk;
            --tail.ordinal;
            return tail;
        }
    }
    // What is damaged stays as it is for a later salvage; new points begin a chunk of their own.
    log::warn("Chunk {} is damaged; new points are written behind it", chunk);
    ISOLOSS_TRY_VOID(connection_.execute("UPDATE chunk SET bad = 1 WHERE id = ?1", chunk));
    return tail;
}

Expected<void> SeriesAppender::note_attempt(SeriesId series, int attempt, const PointSpan& points) {
    return connection_.execute("INSERT INTO attempt (run_id, attempt, first_step, started_at, import_id) "
                               "SELECT run_id, ?2, ?3, ?4, ?5 FROM series WHERE id = ?1 "
                               "ON CONFLICT (run_id, attempt) DO UPDATE SET "
                               "first_step = min(coalesce(first_step, excluded.first_step), excluded.first_step), "
                               "started_at = coalesce(min(started_at, excluded.started_at), started_at, "
                               "excluded.started_at)",
                               series.value, attempt, points.steps.front(), points.wall_times.front(), import_);
}

Expected<void> SeriesAppender::write_chunk(const ChunkPress::Encoded& encoded) {
    const auto& [place, summary, payload, levels] = encoded;
    written_bytes_ += payload.size() + levels.size() + bytes_of_row;
    if (place.chunk == 0) {
        ISOLOSS_TRY_VOID(connection_.execute(
            "INSERT INTO chunk (series_id, attempt, ordinal, count, first_step, last_step, first_wall_time, "
            "last_wall_time, min, max, first, last, nonfinite, payload) "
            "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
            place.series, place.attempt, place.ordinal, summary.count, summary.first_step, summary.last_step,
            summary.first_wall_time, summary.last_wall_time, summary.min, summary.max, summary.first, summary.last,
            summary.nonfinite, std::span(payload)));
        if (levels.empty()) return {};
        return connection_.execute("INSERT INTO chunk_pyramid (chunk_id, levels) VALUES (?1, ?2)",
                                   connection_.last_insert_id(), std::span(levels));
    }
    ISOLOSS_TRY_VOID(connection_.execute(
        "UPDATE chunk SET count = ?2, first_step = ?3, last_step = ?4, first_wall_time = ?5, last_wall_time = ?6, "
        "min = ?7, max = ?8, first = ?9, last = ?10, nonfinite = ?11, payload = ?12 WHERE id = ?1",
        place.chunk, summary.count, summary.first_step, summary.last_step, summary.first_wall_time,
        summary.last_wall_time, summary.min, summary.max, summary.first, summary.last, summary.nonfinite,
        std::span(payload)));
    if (levels.empty()) return {};
    return connection_.execute("INSERT INTO chunk_pyramid (chunk_id, levels) VALUES (?1, ?2) "
                               "ON CONFLICT (chunk_id) DO UPDATE SET levels = excluded.levels",
                               place.chunk, std::span(levels));
}

Expected<void> SeriesAppender::write_figures(SeriesId series, const Figures& figures) {
    return connection_.execute(
        "UPDATE series SET first_step = iif(points = 0, ?3, min(first_step, ?3)), "
        "last_step = iif(points = 0, ?4, max(last_step, ?4)), points = points + ?2, nonfinite = nonfinite + ?5, "
        "min = coalesce(min(min, ?6), min, ?6), max = coalesce(max(max, ?7), max, ?7), last = ?8, "
        "is_float32 = is_float32 AND ?9, attempts = max(attempts, ?10) WHERE id = ?1",
        series.value, figures.points, figures.first_step, figures.last_step, figures.values.nonfinite,
        figures.values.min, figures.values.max, figures.last, figures.is_float32, figures.attempts);
}

std::size_t SeriesAppender::pending_bytes() const {
    return written_bytes_ + held_points_ * bytes_of_stored_point + new_tails_ * bytes_of_new_series;
}

Expected<void> SeriesAppender::flush() {
    for (auto& [key, tail] : tails_) {
        if (!tail.changed) continue;
        press_.give({key.first.value, key.second, tail.ordinal, tail.chunk}, std::move(tail.points));
        ISOLOSS_TRY_VOID(write_encoded(ChunkPress::Patience::if_ready));
    }
    ISOLOSS_TRY_VOID(write_encoded(ChunkPress::Patience::wait));
    tails_.clear();
    held_points_ = new_tails_ = 0;
    for (const auto& [series, figures] : figures_)
        ISOLOSS_TRY_VOID(write_figures(series, figures));
    figures_.clear();
    return {};
}

} // namespace isoloss
