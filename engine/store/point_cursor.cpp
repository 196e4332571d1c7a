#include "engine/store/point_cursor.h"

#include "engine/base/file.h"
#include "engine/store/connection.h"

#include <algorithm>

namespace isoloss {

namespace {

/// Chunks that may be open at a time, each about 100 kB.
constexpr std::size_t most_open_chunks = 1000;
/// Decoded chunks that are kept for the next start.
constexpr std::size_t most_kept_chunks = 8;

std::string directory_sql(bool by_id) {
    std::string sql = "SELECT r.id, c.attempt, c.ordinal, c.id, c.count, c.first_step, c.last_step FROM main.run r "
                      "JOIN main.series s ON s.run_id = r.id JOIN main.chunk c ON c.series_id = s.id "
                      "WHERE NOT r.trashed AND s.name = ?2 AND ";
    return sql + (by_id ? "r.id = ?1 " : "r.name = ?1 ") + "ORDER BY r.id, c.attempt, c.ordinal";
}

} // namespace

bool PointCursor::is_later(const Chunk& a, const Chunk& b) {
    if (a.step() != b.step()) return a.step() > b.step();
    return a.place() > b.place();
}

Expected<void> PointCursor::start(const PointQuery& query) {
    stop();
    if (!has_directory_ || query.run != query_.run || query.metric != query_.metric)
        ISOLOSS_TRY_VOID(load_directory(query));
    query_ = query;
    for (std::size_t i = 0; i < directory_.size(); ++i) {
        const Chunk& chunk = directory_[i];
        if (chunk.last_step >= query.first_step && chunk.first_step <= query.last_step &&
            (!query.attempt || chunk.attempt == *query.attempt))
            chosen_.push_back(i);
    }
    if (query.order == PointQuery::Order::by_step)
        std::stable_sort(chosen_.begin(), chosen_.end(), [this](std::size_t a, std::size_t b) {
            return directory_[a].first_step < directory_[b].first_step;
        });
    return settle();
}

Expected<void> PointCursor::next() {
    std::pop_heap(open_.begin(), open_.end(), is_later);
    Chunk& chunk = open_.back();
    if (++chunk.position < chunk.end)
        std::push_heap(open_.begin(), open_.end(), is_later);
    else
        open_.pop_back();
    return settle();
}

void PointCursor::stop() {
    open_.clear();
    chosen_.clear();
    next_chosen_ = 0;
}

Expected<void> PointCursor::load_directory(const PointQuery& query) {
    has_directory_ = false;
    directory_.clear();
    ISOLOSS_TRY(auto rows, connection_.statement(directory_sql(std::holds_alternative<std::int64_t>(query.run))));
    std::visit([&](const auto& run) { rows.bind(1, run); }, query.run);
    rows.bind(2, query.metric);
    for (;;) {
        ISOLOSS_TRY(const bool row, rows.step());
        if (!row) break;
        Chunk& chunk = directory_.emplace_back();
        chunk.run = rows.integer(0);
        chunk.attempt = rows.integer(1);
        chunk.ordinal = rows.integer(2);
        chunk.id = rows.integer(3);
        chunk.count = rows.integer(4);
        chunk.first_step = rows.integer(5);
        chunk.last_step = rows.integer(6);
    }
    has_directory_ = true;
    return {};
}

// By step, a chunk is opened as late as its first step allows, so that attempts one after the other need one at a time.
bool PointCursor::must_open_next() const {
    if (next_chosen_ == chosen_.size()) return false;
    if (open_.empty()) return true;
    if (query_.order == PointQuery::Order::by_run) return false;
    const Chunk& waiting = directory_[chosen_[next_chosen_]];
    return waiting.first_step < step() || (waiting.first_step == step() && waiting.place() < front().place());
}

Expected<void> PointCursor::settle() {
    while (must_open_next())
        ISOLOSS_TRY_VOID(open_next());
    return {};
}

Expected<void> PointCursor::open_next() {
    if (open_.size() >= most_open_chunks)
        return fail(ErrorKind::limit,
                    "more than " + std::to_string(most_open_chunks) + " attempts and runs have points around step " +
                        std::to_string(step()),
                    "Write ORDER BY +step: SQLite then sorts by itself");
    Chunk chunk = directory_[chosen_[next_chosen_++]];
    ISOLOSS_TRY(chunk.points, points_of(chunk));
    const auto& steps = chunk.points->steps;
    const auto place = [&](auto found) { return static_cast<std::size_t>(found - steps.begin()); };
    chunk.position = place(std::lower_bound(steps.begin(), steps.end(), query_.first_step));
    chunk.end = place(std::upper_bound(steps.begin(), steps.end(), query_.last_step));
    if (chunk.position >= chunk.end) return {};
    open_.push_back(std::move(chunk));
    std::push_heap(open_.begin(), open_.end(), is_later);
    return {};
}

Expected<std::shared_ptr<const PointColumns>> PointCursor::points_of(const Chunk& chunk) {
    const auto kept =
        std::find_if(decoded_.begin(), decoded_.end(), [&](const auto& one) { return one.id == chunk.id; });
    if (kept != decoded_.end()) return kept->points;
    ISOLOSS_TRY(auto columns, decode(chunk));
    auto points = std::make_shared<const PointColumns>(std::move(columns));
    if (decoded_.size() == most_kept_chunks) decoded_.erase(decoded_.begin());
    decoded_.push_back({chunk.id, points});
    return points;
}

Expected<PointColumns> PointCursor::decode(const Chunk& chunk) {
    ISOLOSS_TRY(auto rows, connection_.statement("SELECT iif(length(payload) <= ?2, payload, NULL) FROM main.chunk "
                                                 "WHERE id = ?1"));
    rows.bind_all(chunk.id, largest_block_size());
    ISOLOSS_TRY(const bool row, rows.step());
    if (!row || rows.is_null(0)) return fail(damage(chunk, "it is larger than any chunk can be"));
    PointColumns points;
    if (const auto decoded = decoder_.decode(rows.blob(0), points); !decoded)
        return fail(damage(chunk, decoded.error().reason));
    const auto& steps = points.steps;
    if (static_cast<std::int64_t>(steps.size()) != chunk.count || steps.front() != chunk.first_step ||
        steps.back() != chunk.last_step || !std::is_sorted(steps.begin(), steps.end()))
        return fail(damage(chunk, "its points are not those that its row announces"));
    return points;
}

Error PointCursor::damage(const Chunk& chunk, std::string reason) const {
    const auto first = std::to_string(chunk.first_step), last = std::to_string(chunk.last_step);
    return {ErrorKind::damaged, path_text(connection_.path()),
            "chunk " + std::to_string(chunk.id) + ", steps " + first + " to " + last + " of attempt " +
                std::to_string(chunk.attempt) + " of '" + query_.metric + "' of run " + std::to_string(chunk.run),
            std::move(reason),
            "The other points can be read with step < " + first + " and with step > " + last +
                ", each in a query of its own; `isoloss doctor` names all damaged chunks"};
}

} // namespace isoloss
