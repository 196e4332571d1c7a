#include "engine/analysis/loss_trend.h"

#include "engine/analysis/statistics.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace isoloss {

namespace {

struct Group {
    double x = 0, y = 0, weight = 0;
};

// Neighbours in the wrong order are joined until none are left.
std::vector<Group> pooled(std::vector<Group> groups) {
    std::vector<Group> blocks;
    for (Group next : groups) {
        while (!blocks.empty() && blocks.back().y >= next.y) {
            const Group& last = blocks.back();
            const double weight = last.weight + next.weight;
            next = {(last.x * last.weight + next.x * next.weight) / weight,
                    (last.y * last.weight + next.y * next.weight) / weight, weight};
            blocks.pop_back();
        }
        blocks.push_back(next);
    }
    return blocks;
}

double interpolated(const std::vector<Group>& blocks, double x) {
    const auto above =
        std::lower_bound(blocks.begin(), blocks.end(), x, [](const Group& block, double at) { return block.x < at; });
    if (above == blocks.begin()) return above->y;
    if (above == blocks.end()) return blocks.back().y;
    const auto below = std::prev(above);
    return std::lerp(below->y, above->y, (x - below->x) / (above->x - below->x));
}

} // namespace

std::vector<double> isotonic(std::span<const double> values) {
    std::vector<Group> groups;
    for (const double value : values)
        groups.push_back({0, value, 1});
    std::vector<double> fitted;
    for (const Group& block : pooled(std::move(groups)))
        fitted.insert(fitted.end(), static_cast<std::size_t>(std::lround(block.weight)), block.y);
    return fitted;
}

std::vector<double> monotone_residuals(std::span<const double> loss, std::span<const double> values) {
    std::vector<std::size_t> order(loss.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return loss[a] < loss[b]; });
    const double sign = spearman(loss, values).value_or(1) < 0 ? -1 : 1;
    std::vector<Group> groups; // equal losses share one
    for (const std::size_t i : order) {
        if (groups.empty() || groups.back().x != loss[i]) groups.push_back({loss[i], 0, 0});
        Group& group = groups.back();
        group.weight += 1;
        group.y += (sign * values[i] - group.y) / group.weight;
    }
    const auto blocks = pooled(std::move(groups));
    std::vector<double> residuals;
    for (std::size_t i = 0; i < loss.size(); ++i)
        residuals.push_back(values[i] - sign * interpolated(blocks, loss[i]));
    return residuals;
}

std::vector<double> linear_residuals(std::span<const double> loss, std::span<const double> values) {
    const double center_x = mean(loss).value_or(0), center_y = mean(values).value_or(0);
    double xx = 0, xy = 0;
    for (std::size_t i = 0; i < loss.size(); ++i) {
        xx += (loss[i] - center_x) * (loss[i] - center_x);
        xy += (loss[i] - center_x) * (values[i] - center_y);
    }
    const double slope = xx > 0 ? xy / xx : 0;
    std::vector<double> residuals;
    for (std::size_t i = 0; i < loss.size(); ++i)
        residuals.push_back(values[i] - center_y - slope * (loss[i] - center_x));
    return residuals;
}

} // namespace isoloss
