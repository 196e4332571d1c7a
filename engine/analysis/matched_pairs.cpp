#include "engine/analysis/matched_pairs.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>

namespace isoloss {

namespace {

int sign(double value) {
    return value > 0 ? 1 : value < 0 ? -1 : 0;
}

} // namespace

MatchedPairs::MatchedPairs(const std::vector<LossScorePoint>& points, const std::vector<double>& m, double most_apart) {
    // Losses are written with few digits: 3.21 − 3.20 is 0.01 here.
    const double limit = most_apart * (1 + 1e-9) + 1e-12;
    std::vector<std::size_t> by_loss;
    for (std::size_t i = 0; i < points.size(); ++i)
        if (std::isfinite(points[i].loss) && std::isfinite(points[i].score) && std::isfinite(m[i]))
            by_loss.push_back(i);
    std::stable_sort(by_loss.begin(), by_loss.end(),
                     [&](std::size_t a, std::size_t b) { return points[a].loss < points[b].loss; });

    struct Pair {
        std::size_t run_a = 0, run_b = 0;
        int m = 0, d = 0;
    };

    std::vector<Pair> pairs;
    std::map<std::size_t, std::size_t> index_of_runs;
    for (std::size_t i = 0; i < by_loss.size(); ++i)
        for (std::size_t j = i + 1; j < by_loss.size(); ++j) {
            const std::size_t a = by_loss[i], b = by_loss[j];
            if (points[b].loss - points[a].loss > limit) break;
            if (points[a].run == points[b].run) continue;
            pairs.push_back({points[a].run, points[b].run, sign(m[a] - m[b]), sign(points[a].score - points[b].score)});
            index_of_runs.emplace(points[a].run, 0);
            index_of_runs.emplace(points[b].run, 0);
            same_ += pairs.back().m * pairs.back().d > 0;
            opposite_ += pairs.back().m * pairs.back().d < 0;
        }
    for (auto& [run, index] : index_of_runs)
        index = runs_++;
    votes_m_.assign(runs_ * runs_, 0);
    votes_d_.assign(runs_ * runs_, 0);
    for (const Pair& pair : pairs) {
        const std::size_t a = index_of_runs[pair.run_a], b = index_of_runs[pair.run_b];
        votes_m_[a * runs_ + b] += pair.m;
        votes_m_[b * runs_ + a] -= pair.m;
        votes_d_[a * runs_ + b] += pair.d;
        votes_d_[b * runs_ + a] -= pair.d;
    }
    for (auto* votes : {&votes_m_, &votes_d_})
        for (int& vote : *votes)
            vote = sign(vote);
}

double MatchedPairs::p(const PermutationTest& orders) const {
    const auto sum = [&](const std::uint32_t* order) {
        int total = 0;
        for (std::size_t a = 0; a < runs_; ++a)
            for (std::size_t b = 0; b < a; ++b) {
                const std::size_t from_a = order == nullptr ? a : order[a], from_b = order == nullptr ? b : order[b];
                total += votes_d_[a * runs_ + b] * votes_m_[from_a * runs_ + from_b];
            }
        return std::abs(total);
    };
    const int observed = sum(nullptr);
    return orders.share_reaching([&](const std::uint32_t* order) { return sum(order) >= observed; });
}

} // namespace isoloss
