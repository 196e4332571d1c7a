#include "engine/importers/event_points.h"

#include "engine/base/hash.h"
#include "engine/base/json.h"
#include "engine/base/utf8.h"

#include <algorithm>
#include <cstring>

namespace isoloss {

namespace {

// Tags are short: a comparison of whole words without a call.
bool same_text(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    if (a.size() < 8) return a == b;
    const auto same_word = [&](std::size_t at) {
        std::uint64_t left = 0, right = 0;
        std::memcpy(&left, a.data() + at, 8);
        std::memcpy(&right, b.data() + at, 8);
        return left == right;
    };
    for (std::size_t at = 0; at + 8 < a.size(); at += 8)
        if (!same_word(at)) return false;
    return same_word(a.size() - 8);
}

} // namespace

std::string series_name_of_tag(std::string_view tag) {
    constexpr std::size_t longest = 512;
    const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
    if (!tag.empty() && tag.size() <= longest && std::none_of(tag.begin(), tag.end(), is_control) && is_valid_utf8(tag))
        return std::string(tag);
    if (tag.empty()) return "(no tag)";
    std::string name;
    for (std::size_t at = 0; at < tag.size() && name.size() < longest - 32;) {
        const CodePoint point = code_point_at(tag, at);
        append_utf8(name, point.value < 0x20 || point.value == 0x7f ? 0xfffd : point.value);
        at += point.length;
    }
    return name + "… #" + content_hash(tag).substr(0, 8);
}

void EventPoints::scalar(const EventScalar& scalar) {
    add(find(scalar.tag), scalar.step, scalar.wall_time, scalar.bits, scalar.wide);
}

void EventPoints::add(std::uint32_t tag, std::int64_t step, double wall_time, std::uint64_t bits, bool wide) {
    if (tag == no_tag) {
        ++excess_;
        return;
    }
    Tag& entry = tags_[tag];
    if (entry.last_attempt == attempt_ && step < entry.last_step) begin_attempt();
    entry.last_attempt = attempt_;
    entry.last_step = step;
    attempt_has_points_ = true;
    if (waiting_ == points_.size()) points_.resize(std::max<std::size_t>(2 * waiting_, 1024));
    points_[waiting_++] = {step, wall_time, bits, tag, attempt_ & 0x7fffffffu, wide ? 1u : 0u};
}

void EventPoints::session_start() {
    if (attempt_has_points_) begin_attempt();
}

void EventPoints::facts(const EventRunFacts& facts) {
    facts_.push_back(facts);
}

void EventPoints::begin_attempt() {
    if (!attempt_has_points_) return;
    if (attempt_is_shared_) keep_attempt();
    enter_new_attempt();
}

void EventPoints::begin_file(std::optional<std::uint32_t> attempt) {
    const std::uint32_t wanted = attempt.value_or(newest_);
    attempt_is_shared_ = true;
    if (wanted == attempt_) return;
    std::optional<Attempt> known;
    if (const auto found =
            std::find_if(kept_.begin(), kept_.end(), [&](const Attempt& a) { return a.attempt == wanted; });
        found != kept_.end()) {
        known = std::move(*found);
        kept_.erase(found);
    }
    keep_attempt();
    if (!known) return enter_new_attempt();
    attempt_ = wanted;
    attempt_has_points_ = true;
    for (const auto& [tag, step] : known->last_steps) {
        tags_[tag].last_attempt = attempt_;
        tags_[tag].last_step = step;
    }
}

void EventPoints::enter_new_attempt() {
    attempt_ = ++newest_;
    attempt_has_points_ = false;
    attempt_is_shared_ = false;
}

void EventPoints::keep_attempt() {
    if (!attempt_has_points_) return;
    if (kept_.size() == most_kept_attempts) kept_.erase(kept_.begin());
    kept_.push_back({attempt_, last_steps(tags_.size())});
}

std::vector<std::pair<std::uint32_t, std::int64_t>> EventPoints::last_steps(std::size_t most) const {
    std::vector<std::pair<std::uint32_t, std::int64_t>> steps;
    for (std::size_t tag = 0; tag < tags_.size() && steps.size() < most; ++tag)
        if (tags_[tag].last_attempt == attempt_)
            steps.emplace_back(static_cast<std::uint32_t>(tag), tags_[tag].last_step);
    return steps;
}

std::span<const EventPoint> EventPoints::take() {
    return std::span(points_).first(std::exchange(waiting_, 0));
}

std::vector<EventRunFacts> EventPoints::take_facts() {
    std::vector<EventRunFacts> taken;
    taken.swap(facts_);
    return taken;
}

// Loggers write their tags in the same order each step, so the follower of the last tag is nearly always right.
std::uint32_t EventPoints::find(std::string_view tag) {
    std::uint32_t found = no_tag;
    if (previous_ != no_tag) {
        const std::uint32_t guess = tags_[previous_].follower;
        if (guess != no_tag && same_text(tags_[guess].name, tag)) found = guess;
    }
    if (found == no_tag) {
        found = names_.find(tag);
        if (found == no_tag) found = add_tag(tag);
        if (found == no_tag) return no_tag;
        if (previous_ != no_tag) tags_[previous_].follower = found;
    }
    previous_ = found;
    return found;
}

// A tag that is no series' name yet: one that has to be renamed, or a new one.
std::uint32_t EventPoints::add_tag(std::string_view tag) {
    if (const std::uint32_t known = renamed_.find(tag); known != no_tag) return tag_of_renamed_[known];
    const std::string name = series_name_of_tag(tag);
    const bool renamed = name != tag;
    // Restored state knows the series by its name.
    std::uint32_t added = renamed ? names_.find(name) : no_tag;
    if (added == no_tag) {
        if (tags_.size() >= most_tags) return no_tag;
        added = names_.add(name);
        tags_.push_back({names_[added]});
    }
    if (renamed) {
        renamed_.add(tag);
        tag_of_renamed_.push_back(added);
    }
    return added;
}

std::string EventPoints::state() const {
    std::string text = "{\"newest\":" + std::to_string(newest_) + ",\"attempts\":[";
    const auto write = [&](const Attempt& attempt) {
        text += "{\"attempt\":" + std::to_string(attempt.attempt) + ",\"steps\":{";
        const std::size_t told = std::min(attempt.last_steps.size(), most_told_steps);
        for (std::size_t i = 0; i < told; ++i) {
            const auto& [tag, step] = attempt.last_steps[i];
            if (i > 0) text += ',';
            text += json_quote(names_[tag]) + ":" + std::to_string(step);
        }
        text += "}}";
    };
    for (const Attempt& attempt : kept_) {
        write(attempt);
        text += ',';
    }
    write({attempt_, last_steps(most_told_steps)});
    return text + "]}";
}

void EventPoints::restore(std::string_view state) {
    const auto document = parse_json(state, {});
    if (!document) return;
    const auto newest = json_int(*document, "newest");
    const auto* attempts = json_member(*document, "attempts");
    if (!newest || *newest < 1 || attempts == nullptr || !attempts->IsArray()) return;
    newest_ = attempt_ = static_cast<std::uint32_t>(*newest);
    for (const auto& entry : attempts->GetArray()) {
        const auto attempt = json_int(entry, "attempt");
        const auto* steps = json_member(entry, "steps");
        if (!attempt || steps == nullptr || !steps->IsObject()) continue;
        keep_attempt();
        attempt_ = static_cast<std::uint32_t>(*attempt);
        attempt_has_points_ = false;
        for (const auto& [name, step] : steps->GetObject()) {
            if (!step.IsInt64()) continue;
            const std::uint32_t tag = find(json_view(name));
            if (tag == no_tag) return;
            tags_[tag].last_attempt = attempt_;
            tags_[tag].last_step = step.GetInt64();
            attempt_has_points_ = true;
        }
    }
}

} // namespace isoloss
