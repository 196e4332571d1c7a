#include "engine/series/column_envelope.h"

#include <algorithm>

namespace isoloss {

void ColumnEnvelope::add(int attempt, std::span<const Bucket> points) {
    if (attempt_ != attempt) finish_attempt();
    attempt_ = attempt;
    for (const Bucket& point : points) {
        const double x = axis_.of_point(attempt, point.first_step, point.first_wall_time);
        if (axis_.shows(x) && x >= range_.first && x <= range_.last) add_point(point, x);
    }
}

void ColumnEnvelope::add_point(const Bucket& point, double x) {
    const double place = axis_.pixels({range_.first, x}, range_, static_cast<int>(columns_.size()));
    const double last_place = static_cast<double>(columns_.size() - 1);
    Column& column = columns_[static_cast<std::size_t>(std::clamp(place, 0.0, last_place))];
    if (!point.has_values()) {
        column.gap_first = column.nonfinite == 0 ? x : std::min(column.gap_first, x);
        column.gap_last = column.nonfinite == 0 ? x : std::max(column.gap_last, x);
        ++column.nonfinite;
        return;
    }
    const bool any = column.count++ > 0;
    if (!any || x < column.x_first) {
        column.x_first = x;
        column.first = point.first;
    }
    if (!any || x >= column.x_last) {
        column.x_last = x;
        column.last = point.last;
    }
    column.min = any ? std::min(column.min, point.min) : point.min;
    column.max = any ? std::max(column.max, point.max) : point.max;
    const double y = static_cast<double>(point.first);
    if (!extent_) extent_ = StretchBuilder::Extent{x, x, y, y};
    extent_->x_min = std::min(extent_->x_min, x);
    extent_->x_max = std::max(extent_->x_max, x);
    extent_->y_min = std::min(extent_->y_min, y);
    extent_->y_max = std::max(extent_->y_max, y);
}

void ColumnEnvelope::finish_attempt() {
    bool open = false;
    for (Column& column : columns_) {
        if (column.nonfinite > 0) gaps_.push_back({*attempt_, column.gap_first, column.gap_last, column.nonfinite});
        if (column.count > 0) {
            if (!open) stretches_.emplace_back().attempt = *attempt_;
            CurveStretch& stretch = stretches_.back();
            stretch.x_first.push_back(column.x_first);
            stretch.x_last.push_back(column.x_last);
            stretch.min.push_back(column.min);
            stretch.max.push_back(column.max);
            stretch.first.push_back(column.first);
            stretch.last.push_back(column.last);
        }
        open = column.count > 0;
        column = {};
    }
}

std::vector<CurveStretch> ColumnEnvelope::take() {
    finish_attempt();
    return std::move(stretches_);
}

} // namespace isoloss
