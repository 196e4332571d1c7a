#include "engine/series/band_builder.h"

#include "engine/series/aligned_rows.h"
#include "engine/series/band_statistics.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <future>
#include <limits>
#include <utility>

namespace isoloss {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

// A window takes 12 bytes a point, and again 16 where every run has x of its own.
constexpr std::size_t points_of_window = std::size_t{1} << 21;
// Places × runs that are evaluated in one request where runs do not have the same x.
constexpr double most_values = 2e7;
constexpr int places_per_column = 8;
// One run's part of a tile, and all runs' part, which fits the second-level cache.
constexpr std::size_t largest_tile = 512, smallest_tile = 64, values_of_tile = std::size_t{1} << 16;
constexpr std::size_t tiles_at_once = 8;
// Fewer values are evaluated before another thread has begun.
constexpr std::size_t least_shared_values = 200'000;

CurveAxis::Interval range_of(const BandRequest& request, std::span<const BandMember> members) {
    double low = infinity, high = -infinity;
    for (const BandMember& member : members)
        for (const auto& [first, last] : member.intervals) {
            if (!std::isfinite(first) || !std::isfinite(last) || !member.axis.shows(last)) continue;
            low = std::min(low, member.axis.shows(first) ? first : std::min(member.axis.least_positive(), last));
            high = std::max(high, last);
        }
    CurveAxis::Interval range{request.x_min.value_or(low), request.x_max.value_or(high)};
    if (!members.empty() && !members.front().axis.shows(range.first)) range.first = low;
    return range;
}

std::int64_t count_nonfinite(const Row& row, CurveAxis::Interval range) {
    std::int64_t count = 0;
    for (const RowPiece& piece : row)
        for (std::size_t i = 0; !piece.complete && i < piece.x.size(); ++i)
            if (piece.x[i] >= range.first && piece.x[i] <= range.last && std::isnan(piece.value(i))) ++count;
    return count;
}

} // namespace

BandBuilder::BandBuilder(Reader& reader, const BandRequest& request, std::span<const BandMember> members,
                         PointStore& store, PointBlockMaker& maker, const CancellationToken& cancellation)
    : request_(request), members_(members),
      axis_(members.empty() ? CurveAxis(StepToX::steps(), request.scale) : members.front().axis),
      range_(range_of(request, members)), pixel_width_(std::max(1, request.pixel_width)),
      rows_(reader, store, maker, range_, cancellation), reducer_(PixelColumns(axis_, range_, pixel_width_)),
      has_value_(members.size(), 0) {}

Expected<void> BandBuilder::build(BandView& view) {
    for (const Window& window : windows())
        ISOLOSS_TRY_VOID(add_window(window, view));
    view.stretches = reducer_.take();
    view.damaged_chunks = rows_.damaged_chunks();
    view.runs = static_cast<std::size_t>(std::ranges::count(has_value_, 1));
    if (const auto& extent = reducer_.extent()) {
        view.x_min = extent->x_min;
        view.x_max = extent->x_max;
        view.y_min = extent->y_min;
        view.y_max = extent->y_max;
    }
    return {};
}

// They meet where chunks begin.
std::vector<BandBuilder::Window> BandBuilder::windows() {
    std::vector<std::pair<double, std::size_t>> chunks; // first x, points
    for (const BandMember& member : members_)
        for (std::size_t i = 0; i < member.chunks(); ++i)
            if (member.touches(i, range_)) chunks.emplace_back(member.intervals[i].first, member.chunk(i).whole.count);
    std::ranges::sort(chunks);
    std::vector<Window> windows;
    double begin = range_.first;
    std::size_t points = 0;
    for (const auto& [x, count] : chunks) {
        if (points >= points_of_window && x > begin && x <= range_.last) {
            windows.push_back({begin, x, windows.empty(), false});
            begin = x;
            points = 0;
        }
        points += count;
        points_ += count;
    }
    if (!chunks.empty()) windows.push_back({begin, range_.last, windows.empty(), true});
    return windows;
}

Expected<void> BandBuilder::add_window(const Window& window, BandView& view) {
    const CurveAxis::Interval within{window.begin, window.last ? window.end : std::nextafter(window.end, -infinity)};
    std::vector<HeldRow> held;
    std::vector<Row> rows;
    std::size_t points = 0;
    for (const BandMember& member : members_) {
        ISOLOSS_TRY(auto row, rows_.row(member, {window.begin, window.end}));
        points += row.points();
        rows.push_back(row.take_row());
        view.nonfinite += count_nonfinite(rows.back(), within);
        held.push_back(std::move(row));
    }
    std::vector<double> x = places(rows, window, within);
    const double values = static_cast<double>(x.size()) * static_cast<double>(rows.size());
    const auto share = static_cast<double>(points) / static_cast<double>(std::max<std::size_t>(points_, 1));
    if (values > std::max(most_values * share, 2.0 * static_cast<double>(points))) {
        thin(x);
        view.thinned = true;
    }
    view.places += x.size();
    evaluate(rows, x);
    reducer_.add(x, band_, arrives_);
    return {};
}

// Every x of any row in the window; the first and the last window have one more at the side.
std::vector<double> BandBuilder::places(std::span<const Row> rows, const Window& window,
                                        CurveAxis::Interval within) const {
    std::vector<double> x = union_of_x(rows, within);
    if (!window.last)
        while (!x.empty() && x.back() > within.last)
            x.pop_back();
    if (!window.first && !x.empty() && x.front() < within.first) x.erase(x.begin());
    while (!x.empty() && !axis_.shows(x.front()))
        x.erase(x.begin());
    return x;
}

void BandBuilder::thin(std::vector<double>& x) const {
    const PixelColumns columns(axis_, range_, places_per_column * pixel_width_);
    std::size_t kept = 0;
    for (std::size_t i = 0; i < x.size(); i = columns.end_of_column(x, i))
        x[kept++] = x[i];
    x.resize(kept);
}

// Ends of the parts that are aligned at once. They end where pieces end, so that most rows need no copy.
std::vector<std::size_t> BandBuilder::tiles(std::span<const Row> rows, std::span<const double> x) const {
    const auto longest = std::ranges::max_element(rows, {}, &Row::size);
    const std::size_t most = std::clamp(values_of_tile / rows.size(), smallest_tile, largest_tile);
    std::vector<std::size_t> ends;
    std::size_t end = 0;
    const auto cut_until = [&](std::size_t limit) {
        while (end < limit)
            ends.push_back(end = std::min(end + most, limit));
    };
    for (const RowPiece& piece : *longest)
        cut_until(static_cast<std::size_t>(std::ranges::upper_bound(x, piece.x.back()) - x.begin()));
    cut_until(x.size());
    return ends;
}

void BandBuilder::evaluate(std::span<const Row> rows, std::span<const double> x) {
    band_.resize(x.size());
    arrives_.resize(x.size());
    if (x.empty()) return;
    const std::vector<std::size_t> ends = tiles(rows, x);
    // Each thread takes the next few, so that one that is held up holds up nothing else.
    std::atomic<std::size_t> next = 0;
    const auto work = [&] {
        RowAligner aligner(rows);
        BandStatistics statistics(request_.centre, request_.spread, request_.percentile, rows.size());
        for (std::size_t tile = 0; (tile = next.fetch_add(tiles_at_once)) < ends.size();)
            for (const std::size_t last = std::min(tile + tiles_at_once, ends.size()); tile < last; ++tile) {
                const std::size_t begin = tile == 0 ? 0 : ends[tile - 1];
                const auto& values = aligner.align(x.subspan(begin, ends[tile] - begin));
                std::visit([&](const auto& of) { statistics.evaluate(of, band_, begin); }, values);
                std::ranges::copy(aligner.arrives(), arrives_.begin() + static_cast<std::ptrdiff_t>(begin));
            }
        return std::vector<std::uint8_t>(aligner.has_value().begin(), aligner.has_value().end());
    };
    const auto note = [&](const std::vector<std::uint8_t>& has_value) {
        for (std::size_t i = 0; i < has_value.size(); ++i)
            has_value_[i] |= has_value[i];
    };
    std::future<std::vector<std::uint8_t>> helper;
    if (x.size() * rows.size() >= least_shared_values) helper = std::async(std::launch::async, work);
    note(work());
    if (helper.valid()) note(helper.get());
}

} // namespace isoloss
