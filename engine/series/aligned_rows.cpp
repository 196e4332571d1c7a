#include "engine/series/aligned_rows.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <iterator>
#include <set>
#include <utility>

namespace isoloss {

namespace {

constexpr double no_value = std::numeric_limits<double>::quiet_NaN();

// The x of a piece within the range, and the next one on each side.
std::span<const double> near_range(std::span<const double> x, CurveAxis::Interval range) {
    auto begin = std::lower_bound(x.begin(), x.end(), range.first);
    auto end = std::upper_bound(begin, x.end(), range.last);
    if (begin != x.begin()) --begin;
    if (end != x.end()) ++end;
    return {begin, end};
}

// Merges ascending columns two by two.
std::vector<double> merged(std::vector<std::vector<double>> columns) {
    while (columns.size() > 1) {
        std::vector<std::vector<double>> fewer;
        for (std::size_t i = 0; i + 1 < columns.size(); i += 2) {
            auto& both = fewer.emplace_back();
            both.reserve(columns[i].size() + columns[i + 1].size());
            std::ranges::set_union(columns[i], columns[i + 1], std::back_inserter(both));
            columns[i] = {};
            columns[i + 1] = {};
        }
        if (columns.size() % 2 == 1) fewer.push_back(std::move(columns.back()));
        columns = std::move(fewer);
    }
    return columns.empty() ? std::vector<double>() : std::move(columns.front());
}

bool is_line(double from, double to) {
    return std::isfinite(from) && std::isfinite(to);
}

// Fills what a piece says about x into `values`, and into `arrives` where a line comes to.
void fill(const RowPiece* before, const RowPiece& piece, std::span<const double> x, double* values,
          std::uint8_t* arrives) {
    const std::size_t points = piece.x.size();
    const double from = before != nullptr ? before->x.back() : piece.x.front();
    auto u = static_cast<std::size_t>(std::lower_bound(x.begin(), x.end(), from) - x.begin());
    if (u == x.size()) return;
    // The first point that does not lie left of x[u], then the one before it, which may be the last of `before`.
    auto k = static_cast<std::size_t>(std::lower_bound(piece.x.begin(), piece.x.end(), x[u]) - piece.x.begin());
    double left_x = k > 0 ? piece.x[k - 1] : from;
    double left = k > 0 ? piece.value(k - 1) : before != nullptr ? before->value(before->x.size() - 1) : no_value;
    for (; u < x.size(); ++u) {
        for (; k < points && piece.x[k] < x[u]; ++k) {
            left_x = piece.x[k];
            left = piece.value(k);
        }
        if (k == points) return;
        if (piece.x[k] > x[u]) {
            if (left_x == x[u] || !is_line(left, piece.value(k))) continue;
            const double share = (x[u] - left_x) / (piece.x[k] - left_x);
            values[u] = left + (piece.value(k) - left) * share;
            arrives[u] = 1;
            continue;
        }
        for (; k < points && piece.x[k] == x[u]; ++k) {
            const double value = piece.value(k);
            if (left_x < x[u] && is_line(left, value)) arrives[u] = 1;
            if (std::isfinite(value)) values[u] = value;
            left_x = x[u];
            left = value;
        }
    }
}

} // namespace

RowPiece RowPiece::part(std::size_t begin, std::size_t end) const {
    RowPiece result;
    result.x = x.subspan(begin, end - begin);
    std::visit([&](const auto& all) { result.values = all.subspan(begin, end - begin); }, values);
    result.complete = complete;
    result.joins = joins && begin == 0;
    return result;
}

std::vector<double> union_of_x(std::span<const Row> rows, CurveAxis::Interval range) {
    // Runs of one group mostly share their x, even in memory.
    std::set<std::pair<const double*, std::size_t>> seen;
    std::vector<std::vector<double>> columns;
    for (const Row& row : rows) {
        std::size_t points = 0; // at most as many
        for (const RowPiece& piece : row)
            points += piece.x.size();
        bool goes_on = false;
        for (const RowPiece& piece : row) {
            const auto x = near_range(piece.x, range);
            if (x.empty() || !seen.emplace(x.data(), x.size()).second) continue;
            if (!goes_on || x.front() <= columns.back().back())
                columns.emplace_back().reserve(goes_on ? x.size() : points);
            std::ranges::unique_copy(x, std::back_inserter(columns.back()));
            goes_on = true;
        }
    }
    std::vector<double> all = merged(std::move(columns));
    // Of the neighbours of every row's range only the nearest stay.
    const auto right = std::upper_bound(all.begin(), all.end(), range.last);
    if (right != all.end()) all.erase(right + 1, all.end());
    const auto left = std::lower_bound(all.begin(), all.end(), range.first);
    if (left != all.begin()) all.erase(all.begin(), left - 1);
    return all;
}

const std::variant<ValueRows<float>, ValueRows<double>>& RowAligner::align(std::span<const double> x) {
    arrives_.assign(x.size(), 0);
    all_arrive_ = false;
    find_touching(x);
    const bool are_stored_floats = std::ranges::all_of(touching_, [this](const Touching& touching) {
        return touching.direct && rows_[touching.row][touching.begin].values.index() == 0;
    });
    if (are_stored_floats)
        point_to_floats(x.size());
    else
        gather_doubles(x);
    return values_;
}

void RowAligner::find_touching(std::span<const double> x) {
    touching_.clear();
    std::span<const double> last_x; // of the last piece that was searched
    bool last_direct = false;
    std::size_t last_offset = 0;
    for (std::size_t r = 0; r < rows_.size(); ++r) {
        const Row& row = rows_[r];
        Touching touching{r};
        for (std::size_t i = 0; i < row.size(); ++i) {
            const RowPiece& piece = row[i];
            const bool begins_before = piece.x.front() <= x.back() || (piece.joins && row[i - 1].x.back() < x.back());
            if (piece.x.back() < x.front() || !begins_before) continue;
            if (touching.end == 0) touching.begin = i;
            touching.end = i + 1;
        }
        if (touching.end == 0) continue;
        if (touching.end - touching.begin == 1) {
            const auto piece_x = row[touching.begin].x;
            if (piece_x.data() != last_x.data() || piece_x.size() != last_x.size()) {
                const auto found = std::ranges::lower_bound(piece_x, x.front());
                last_offset = static_cast<std::size_t>(found - piece_x.begin());
                const auto rest = piece_x.subspan(last_offset);
                last_direct = rest.size() >= x.size() && std::ranges::equal(rest.first(x.size()), x) &&
                              (rest.size() == x.size() || rest[x.size()] > x.back());
                last_x = piece_x;
            }
            touching.direct = last_direct;
            touching.offset = last_offset;
        }
        touching_.push_back(touching);
    }
}

void RowAligner::point_to_floats(std::size_t size) {
    floats_.clear();
    bool complete = true;
    for (const Touching& touching : touching_) {
        const RowPiece& piece = rows_[touching.row][touching.begin];
        floats_.push_back(std::get<0>(piece.values).data() + touching.offset);
        complete = complete && piece.complete;
        note_values(touching, floats_.back(), size);
        note_arrivals(touching, size);
    }
    values_ = ValueRows<float>{floats_, size, complete};
}

void RowAligner::gather_doubles(std::span<const double> x) {
    const std::size_t size = x.size();
    filled_.resize(touching_.size() * size);
    doubles_.clear();
    bool complete = true;
    double* room = filled_.data();
    for (const Touching& touching : touching_) {
        const Row& row = rows_[touching.row];
        const RowPiece& first = row[touching.begin];
        const bool is_stored = touching.direct && first.values.index() == 1;
        complete = complete && touching.direct && first.complete;
        if (touching.direct) {
            note_arrivals(touching, size);
            if (!is_stored) std::ranges::copy(std::get<0>(first.values).subspan(touching.offset, size), room);
        } else {
            std::fill_n(room, size, no_value);
            for (std::size_t i = touching.begin; i < touching.end; ++i)
                fill(row[i].joins ? &row[i - 1] : nullptr, row[i], x, room, arrives_.data());
        }
        doubles_.push_back(is_stored ? std::get<1>(first.values).data() + touching.offset : room);
        note_values(touching, doubles_.back(), size);
        if (!is_stored) room += size;
    }
    values_ = ValueRows<double>{doubles_, size, complete};
}

void RowAligner::note_arrivals(const Touching& touching, std::size_t size) {
    if (all_arrive_) return;
    const RowPiece& piece = rows_[touching.row][touching.begin];
    double left = no_value;
    if (touching.offset > 0)
        left = piece.value(touching.offset - 1);
    else if (piece.joins) {
        const RowPiece& before = rows_[touching.row][touching.begin - 1];
        left = before.value(before.x.size() - 1);
    }
    if (piece.complete) {
        std::fill(arrives_.begin() + (std::isfinite(left) ? 0 : 1), arrives_.end(), 1);
        all_arrive_ = arrives_.front() == 1;
        return;
    }
    for (std::size_t i = 0; i < size; ++i) {
        const double value = piece.value(touching.offset + i);
        if (is_line(left, value)) arrives_[i] = 1;
        left = value;
    }
}

template <typename Value>
void RowAligner::note_values(const Touching& touching, const Value* values, std::size_t size) {
    std::uint8_t& has = has_value_[touching.row];
    if (has == 0) has = std::any_of(values, values + size, [](Value value) { return std::isfinite(value); }) ? 1 : 0;
}

} // namespace isoloss
