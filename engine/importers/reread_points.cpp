#include "engine/importers/reread_points.h"

#include "engine/base/json.h"
#include "engine/base/number_text.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <limits>

namespace isoloss {

namespace {

// Order matters, so that points that were swapped are noticed.
std::uint64_t mix(std::uint64_t hash, std::uint64_t bits) {
    hash = (hash ^ bits) * 0x9e3779b97f4a7c15u;
    return hash ^ (hash >> 29);
}

// What was written here may have as many series as there are.
constexpr JsonLimits own_limits{256ull << 20, 200, std::numeric_limits<std::size_t>::max()};

// As text: JSON numbers do not hold 64 bits everywhere.
std::string hex(std::uint64_t number) {
    char text[16];
    const auto end = std::to_chars(std::begin(text), std::end(text), number, 16).ptr;
    return {std::begin(text), end};
}

std::uint64_t from_hex(std::string_view text) {
    std::uint64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number, 16);
    return number;
}

} // namespace

void RereadPoints::restore(std::string_view state) {
    if (state.empty()) return;
    const auto document = parse_json(state, {}, own_limits);
    if (!document) return;
    if (const auto* points = json_member(*document, "points")) points_.restore(json_text(*points));
    points_.begin_file(std::nullopt);
    const auto* series = json_member(*document, "series");
    if (series == nullptr || !series->IsObject()) return;
    for (const auto& member : series->GetObject()) {
        const auto count = json_int(member.value, "count");
        const auto hash = json_string(member.value, "hash");
        if (!count || *count < 0 || !hash) continue;
        Prefix& prefix = series_[this->series(json_view(member.name))];
        prefix.known_count = static_cast<std::uint64_t>(*count);
        prefix.known_hash = from_hex(*hash);
        in_prefix_ = true;
    }
}

void RereadPoints::go_on() {
    in_prefix_ = false;
    for (Prefix& prefix : series_) {
        prefix.count = prefix.known_count;
        prefix.hash = prefix.known_hash;
    }
}

std::size_t RereadPoints::series(std::string_view name) {
    const auto found = numbers_.find(name);
    if (found != numbers_.end()) return found->second;
    series_.push_back({std::string(name)});
    return numbers_.emplace(std::string(name), series_.size() - 1).first->second;
}

void RereadPoints::add(std::size_t series, std::int64_t step, double wall_time, double value) {
    Prefix& prefix = series_[series];
    const auto bits = std::bit_cast<std::uint64_t>(value);
    prefix.hash = mix(mix(prefix.hash, static_cast<std::uint64_t>(step)), bits);
    ++prefix.count;
    in_prefix_ = prefix.count <= prefix.known_count;
    if (prefix.count == prefix.known_count && prefix.hash != prefix.known_hash) contradicted_ = true;
    if (in_prefix_) return;
    ++added_;
    if (!prefix.tag) prefix.tag = points_.tag_of(prefix.name);
    points_.add(*prefix.tag, step, wall_time, bits, true);
}

bool RereadPoints::shortened() const {
    return std::ranges::any_of(series_, [](const Prefix& prefix) { return prefix.count < prefix.known_count; });
}

void RereadPoints::restart() {
    contradicted_ = in_prefix_ = false;
    added_ = 0;
    static_cast<void>(points_.take());
    for (Prefix& prefix : series_)
        prefix = {std::move(prefix.name)};
    points_.begin_attempt();
}

void RereadPoints::begin_attempt() {
    if (!in_prefix_) points_.begin_attempt();
}

void RereadPoints::take(RunPart& part) {
    part.points.fill(points_.take(), points_.tag_count());
    for (; named_ < points_.tag_count(); ++named_)
        part.new_series.emplace_back(points_.name(static_cast<std::uint32_t>(named_)));
}

std::string RereadPoints::state() const {
    std::string text = "{\"points\":" + points_.state() + ",\"series\":{";
    bool first = true;
    for (const Prefix& prefix : series_) {
        const bool is_short = prefix.count < prefix.known_count;
        text += (first ? "" : ",") + json_quote(prefix.name) +
                ":{\"count\":" + std::to_string(is_short ? prefix.known_count : prefix.count) + ",\"hash\":\"" +
                hex(is_short ? prefix.known_hash : prefix.hash) + "\"}";
        first = false;
    }
    return text + "}}";
}

} // namespace isoloss
