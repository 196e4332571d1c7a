#pragma once

#include "engine/series/band_statistics.h"
#include "engine/series/curve_axis.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <variant>
#include <vector>

namespace isoloss {

/// Some points of a run that follow each other, borrowed. x does not descend; values are finite or NaN.
struct RowPiece {
    std::span<const double> x;
    std::variant<std::span<const float>, std::span<const double>> values;
    bool complete = false; ///< there is no NaN
    bool joins = false;    ///< the line comes from the piece before, whose x does not lie further right

    double value(std::size_t i) const {
        return values.index() == 0 ? static_cast<double>(std::get<0>(values)[i]) : std::get<1>(values)[i];
    }

    RowPiece part(std::size_t begin, std::size_t end) const;
};

/// What is needed of a run, in the order in which it was logged, no piece empty. Where pieces overlap the later counts.
using Row = std::vector<RowPiece>;

/// Every x of any row within [range.first, range.last], ascending and once each; besides it the next one on each side.
std::vector<double> union_of_x(std::span<const Row> rows, CurveAxis::Interval range);

/// Values of rows at common x: as they are stored where a row has exactly these x, interpolated elsewhere. Keeps its
/// working memory; one thread at a time.
class RowAligner {
public:
    explicit RowAligner(std::span<const Row> rows) : rows_(rows), has_value_(rows.size(), 0) {}

    /// Valid until the next call. Rows without any value are left out.
    const std::variant<ValueRows<float>, ValueRows<double>>& align(std::span<const double> x);

    /// For each x of the last call whether some row's line arrives there from the left.
    std::span<const std::uint8_t> arrives() const { return arrives_; }

    /// For each row whether it had a value at any x of all calls.
    std::span<const std::uint8_t> has_value() const { return has_value_; }

private:
    /// A row that touches the x: its pieces [begin, end), the only one with exactly these x from `offset` on if there
    /// is such a piece.
    struct Touching {
        std::size_t row = 0;
        std::size_t begin = 0, end = 0;
        bool direct = false;
        std::size_t offset = 0;
    };

    void find_touching(std::span<const double> x);
    void point_to_floats(std::size_t size);
    void gather_doubles(std::span<const double> x);
    void note_arrivals(const Touching& touching, std::size_t size);
    template <typename Value>
    void note_values(const Touching& touching, const Value* values, std::size_t size);

    std::span<const Row> rows_;
    std::vector<std::uint8_t> has_value_;
    std::vector<Touching> touching_;
    std::vector<const float*> floats_;
    std::vector<const double*> doubles_;
    std::vector<double> filled_;
    std::vector<std::uint8_t> arrives_;
    bool all_arrive_ = false;
    std::variant<ValueRows<float>, ValueRows<double>> values_;
};

} // namespace isoloss
