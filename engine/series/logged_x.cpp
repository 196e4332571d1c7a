#include "engine/series/logged_x.h"

#include "engine/store/reader.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace isoloss {

namespace {

constexpr std::size_t chunks_at_once = 64;

MonotonePart scattered_part(std::span<const std::int64_t> steps, std::span<const double> xs) {
    const auto [least, most] = std::minmax_element(xs.begin(), xs.end());
    return {steps.front(), steps.back(), *least, *most, false, true};
}

std::vector<MonotonePart> monotone_parts(std::span<const std::int64_t> steps, std::span<const double> xs) {
    std::vector<MonotonePart> parts;
    for (std::size_t i = 0; i < steps.size(); ++i) {
        const std::size_t before = i > 0 ? i - 1 : 0;
        const bool level = !parts.empty() && parts.back().least_x == parts.back().most_x;
        const bool turns = !level && xs[i] != xs[before] && (xs[i] < xs[before]) != parts.back().falls;
        if (turns && parts.size() == LoggedX::most_parts) return {scattered_part(steps, xs)};
        if (i == 0 || turns) parts.push_back({steps[before], steps[before], xs[before], xs[before]});
        MonotonePart& part = parts.back();
        part.last_step = steps[i];
        part.falls = part.falls || xs[i] < xs[before];
        part.least_x = std::min(part.least_x, xs[i]);
        part.most_x = std::max(part.most_x, xs[i]);
    }
    return parts;
}

} // namespace

Expected<void> LoggedX::read(Reader& reader, SeriesId series) {
    ISOLOSS_TRY(std::vector<ChunkSpan> chunks, read_chunk_spans(reader, series));
    std::size_t begin = common_chunks(chunks_, chunks);
    // The points of changed chunks come anew.
    if (begin == 0) attempts_.clear();
    for (std::size_t i = begin; i < chunks_.size(); ++i) {
        Attempt& attempt = attempts_[chunks_[i].attempt];
        const auto kept = static_cast<std::size_t>(
            std::upper_bound(attempt.steps.begin(), attempt.steps.end(), chunks_[i].whole.first_step) -
            attempt.steps.begin());
        attempt.steps.resize(kept);
        attempt.xs.resize(kept);
    }
    for (std::size_t end = begin; begin < chunks.size(); begin = end) {
        while (end < chunks.size() && end - begin < chunks_at_once && chunks[end].attempt == chunks[begin].attempt)
            ++end;
        ISOLOSS_TRY_VOID(read_points_of_chunks(
            reader, series, {chunks, begin, end},
            [&](const ChunkSpan& chunk, const PointColumns& points, std::size_t first, std::size_t last) {
                Attempt& attempt = attempts_[chunk.attempt];
                for (std::size_t row = first; row < last; ++row)
                    attempt.add(points.steps[row], points.value(row));
            }));
    }
    chunks_ = std::move(chunks);
    finish();
    return {};
}

void LoggedX::Attempt::add(std::int64_t step, double x) {
    if (!std::isfinite(x)) return;
    if (!steps.empty() && steps.back() == step) {
        xs.back() = x;
    } else {
        steps.push_back(step);
        xs.push_back(x);
    }
}

void LoggedX::add(int attempt, std::int64_t step, double x) {
    attempts_[attempt].add(step, x);
}

void LoggedX::finish() {
    for (auto& [number, attempt] : attempts_)
        attempt.parts = monotone_parts(attempt.steps, attempt.xs);
}

double LoggedX::at(int attempt, std::int64_t step, std::size_t& near) const {
    const auto found = attempts_.find(attempt);
    if (found == attempts_.end()) return std::numeric_limits<double>::quiet_NaN();
    const auto& [steps, xs, parts] = found->second;
    if (steps.empty() || step < steps.front() || step > steps.back()) return std::numeric_limits<double>::quiet_NaN();
    const auto holds = [&](std::size_t i) {
        return i < steps.size() && steps[i] <= step && (i + 1 == steps.size() || step < steps[i + 1]);
    };
    if (!holds(near) && !holds(++near))
        near = static_cast<std::size_t>(std::upper_bound(steps.begin(), steps.end(), step) - steps.begin()) - 1;
    if (steps[near] == step) return xs[near];
    const double share = static_cast<double>(step - steps[near]) / static_cast<double>(steps[near + 1] - steps[near]);
    return std::lerp(xs[near], xs[near + 1], share);
}

std::span<const MonotonePart> LoggedX::parts(int attempt) const {
    const auto found = attempts_.find(attempt);
    return found == attempts_.end() ? std::span<const MonotonePart>() : found->second.parts;
}

bool LoggedX::counts_up() const {
    bool rises = false;
    for (const auto& [number, attempt] : attempts_) {
        if (attempt.parts.empty()) continue;
        const MonotonePart& part = attempt.parts.front();
        if (attempt.parts.size() > 1 || part.scattered || part.falls) return false;
        rises = rises || part.least_x < part.most_x;
    }
    return rises;
}

std::optional<double> LoggedX::least_positive() const {
    double least = std::numeric_limits<double>::infinity();
    const auto take = [&](double x) {
        if (x > 0) least = std::min(least, x);
    };
    std::size_t near = 0;
    for (const auto& [number, attempt] : attempts_) {
        const auto& [steps, xs, parts] = attempt;
        for (std::size_t i = 0; i < xs.size(); ++i) {
            take(xs[i]);
            if (i == 0 || (xs[i - 1] > 0) == (xs[i] > 0)) continue;
            // Between two steps x passes through 0: the steps beside that place.
            const double share = xs[i - 1] / (xs[i - 1] - xs[i]);
            const auto zero =
                steps[i - 1] + static_cast<std::int64_t>(share * static_cast<double>(steps[i] - steps[i - 1]));
            for (std::int64_t step = zero - 1; step <= zero + 2; ++step)
                if (step > steps[i - 1] && step < steps[i]) take(at(number, step, near));
        }
    }
    return std::isfinite(least) ? std::optional(least) : std::nullopt;
}

std::size_t LoggedX::bytes() const {
    std::size_t bytes = 0;
    for (const auto& [number, attempt] : attempts_)
        bytes += attempt.steps.capacity() * sizeof(std::int64_t) + attempt.xs.capacity() * sizeof(double) +
                 attempt.parts.capacity() * sizeof(MonotonePart);
    return bytes;
}

} // namespace isoloss
