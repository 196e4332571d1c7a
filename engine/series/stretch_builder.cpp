#include "engine/series/stretch_builder.h"

#include <algorithm>
#include <utility>

namespace isoloss {

void StretchBuilder::begin_part(int attempt) {
    break_line();
    in_gap_ = false;
    attempt_ = attempt;
    after_ = false;
}

void StretchBuilder::break_line() {
    open_ = false;
    before_.reset();
}

void StretchBuilder::add(std::span<const Bucket> buckets) {
    for (const Bucket& bucket : buckets) {
        const CurveAxis::Interval x = axis_.of(attempt_, bucket);
        note_gap(bucket, x);
        if (!bucket.has_values() || !axis_.shows(x.last)) {
            break_line();
            continue;
        }
        if (x.last < range_.first) {
            before_ = bucket;
            before_x_ = x;
            open_ = false;
            continue;
        }
        const bool outside = x.first > range_.last;
        // One bucket behind the right edge lets the line run on to it.
        if (outside && (after_ || (!open_ && !before_))) continue;
        if (before_) append(*std::exchange(before_, std::nullopt), before_x_);
        append(bucket, x);
        if (outside) {
            after_ = true;
            open_ = false;
        } else {
            widen_extent(bucket, x);
        }
    }
}

void StretchBuilder::append(const Bucket& bucket, CurveAxis::Interval x) {
    if (!open_) {
        stretches_.emplace_back().attempt = attempt_;
        open_ = true;
    }
    CurveStretch& stretch = stretches_.back();
    if (!axis_.shows(x.first)) x.first = std::min(axis_.least_positive(), x.last);
    stretch.x_first.push_back(x.first);
    stretch.x_last.push_back(x.last);
    stretch.min.push_back(bucket.min);
    stretch.max.push_back(bucket.max);
    stretch.first.push_back(bucket.first);
    stretch.last.push_back(bucket.last);
}

void StretchBuilder::note_gap(const Bucket& bucket, CurveAxis::Interval x) {
    const bool seen = axis_.shows(x.last) && x.last >= range_.first && x.first <= range_.last;
    const bool goes_on = std::exchange(in_gap_, bucket.nonfinite > 0 && seen);
    if (!in_gap_) return;
    if (!goes_on) gaps_.push_back({attempt_, x.first, x.last, 0});
    gaps_.back().x_last = x.last;
    gaps_.back().count += bucket.nonfinite;
}

void StretchBuilder::widen_extent(const Bucket& bucket, CurveAxis::Interval x) {
    const double low = static_cast<double>(bucket.min), high = static_cast<double>(bucket.max);
    if (!extent_) extent_ = Extent{x.first, x.last, low, high};
    extent_->x_min = std::min(extent_->x_min, std::max(x.first, range_.first));
    extent_->x_max = std::max(extent_->x_max, std::min(x.last, range_.last));
    extent_->y_min = std::min(extent_->y_min, low);
    extent_->y_max = std::max(extent_->y_max, high);
}

std::vector<CurveStretch> StretchBuilder::take() {
    return std::move(stretches_);
}

} // namespace isoloss
