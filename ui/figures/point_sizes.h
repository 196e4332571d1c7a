#pragma once

#include "engine/analysis/checkpoint_table.h"
#include "widgets/chart_data.h"

#include <cstddef>
#include <string>
#include <vector>

namespace isoloss {

/// The diameters of points whose areas stand for a quantity: areas grow linearly from its smallest to its largest
/// value, or with its logarithm where all values are positive and span more than a factor of 100. A point without a
/// value is as small as the smallest, and hollow. Any thread.
class PointSizes {
public:
    static constexpr double smallest = 6, largest = 16; ///< diameters in logical pixels

    /// `rows` are the table rows that are drawn. Without a column, or with one of text, sizes do not vary.
    PointSizes(const QuantityColumn* column, const std::vector<std::size_t>& rows);

    bool vary() const { return column_ != nullptr && defined_ > 0; }

    double diameter(std::size_t row) const;
    bool undefined(std::size_t row) const;

    /// The title of the quantity with up to three sizes and their values, as a row of its own.
    void add_legend(const Theme& theme, std::vector<LegendEntry>& legend) const;
    /// What the sizes do not show and why; empty when there is nothing to say.
    std::string remark() const;

private:
    double diameter_of_share(double share) const;
    double value_at(double share) const;

    const QuantityColumn* column_ = nullptr;
    std::string text_key_; ///< of a column of text
    std::size_t defined_ = 0, undefined_ = 0;
    double low_ = 0, high_ = 0;
    bool logarithmic_ = false;
};

} // namespace isoloss
