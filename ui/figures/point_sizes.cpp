#include "ui/figures/point_sizes.h"

#include "ui/figures/value_text.h"

#include <QCoreApplication>
#include <algorithm>
#include <cmath>
#include <limits>

namespace isoloss {
namespace {

constexpr double factor_for_logarithm = 100;

QString tr(const char* text) {
    return QCoreApplication::translate("PointSizes", text);
}

std::string checkpoints_text(std::size_t count) {
    return count_text(static_cast<std::int64_t>(count)).toStdString() + (count == 1 ? " checkpoint" : " checkpoints");
}

} // namespace

PointSizes::PointSizes(const QuantityColumn* column, const std::vector<std::size_t>& rows) {
    if (column == nullptr) return;
    if (column->is_text) {
        text_key_ = column->key;
        return;
    }
    column_ = column;
    low_ = std::numeric_limits<double>::infinity();
    high_ = -low_;
    for (const std::size_t row : rows) {
        if (undefined(row)) {
            ++undefined_;
            continue;
        }
        ++defined_;
        low_ = std::min(low_, *column->cells[row].value);
        high_ = std::max(high_, *column->cells[row].value);
    }
    logarithmic_ = low_ > 0 && high_ / low_ > factor_for_logarithm;
}

bool PointSizes::undefined(std::size_t row) const {
    const auto& value = column_->cells[row].value;
    return !value || !std::isfinite(*value);
}

double PointSizes::diameter(std::size_t row) const {
    if (undefined(row)) return smallest;
    if (!(high_ > low_)) return diameter_of_share(0.5);
    const double value = *column_->cells[row].value;
    return diameter_of_share(logarithmic_ ? std::log(value / low_) / std::log(high_ / low_)
                                          : (value - low_) / (high_ - low_));
}

double PointSizes::diameter_of_share(double share) const {
    return std::sqrt(std::lerp(smallest * smallest, largest * largest, std::clamp(share, 0.0, 1.0)));
}

double PointSizes::value_at(double share) const {
    return logarithmic_ ? low_ * std::pow(high_ / low_, share) : std::lerp(low_, high_, share);
}

void PointSizes::add_legend(const Theme& theme, std::vector<LegendEntry>& legend) const {
    if (!vary()) return;
    LegendEntry heading;
    QString title = qtext(column_->title.empty() ? column_->key : column_->title);
    if (!column_->unit.empty()) title += QStringLiteral(" (%1)").arg(qtext(column_->unit));
    heading.text = tr("Size: %1").arg(title);
    heading.new_row = true;
    legend.push_back(std::move(heading));
    const auto add = [&](const QString& text, double size, bool hollow) {
        LegendEntry entry{text, theme.muted, {}, Marker::circle};
        entry.size = size;
        entry.hollow = hollow;
        legend.push_back(std::move(entry));
    };
    const std::vector<double> shares = high_ > low_ ? std::vector<double>{0, 0.5, 1} : std::vector<double>{0.5};
    for (const double share : shares)
        add(legend_number(column_->key, value_at(share)), diameter_of_share(share), false);
    if (undefined_ > 0) add(tr("undefined"), smallest, true);
}

std::string PointSizes::remark() const {
    if (!text_key_.empty()) return text_key_ + " is text: it gives no sizes";
    if (column_ == nullptr || undefined_ == 0) return {};
    if (defined_ == 0) return "no checkpoint has " + column_->key + ": all are of the same size";
    return checkpoints_text(undefined_) + " without " + column_->key + ": drawn hollow";
}

} // namespace isoloss
