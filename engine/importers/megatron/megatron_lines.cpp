#include "engine/importers/megatron/megatron_lines.h"

#include "engine/base/date_text.h"
#include "engine/base/number_text.h"
#include "engine/importers/python_text.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace isoloss {

namespace {

constexpr std::size_t longest_name = 128;
constexpr std::size_t longest_value = 4096;
constexpr std::size_t most_numbers = 1000;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != text.npos;
}

std::string_view trim(std::string_view text) {
    constexpr std::string_view spaces = " \t\r";
    const std::size_t begin = text.find_first_not_of(spaces);
    return begin == text.npos ? std::string_view() : text.substr(begin, text.find_last_not_of(spaces) - begin + 1);
}

// Colours: ESC [ … letter.
void copy_without_colours(std::string_view line, std::string& plain) {
    plain.clear();
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (line[i] != '\x1b') {
            plain += line[i];
            continue;
        }
        if (i + 1 < line.size() && line[i + 1] == '[') ++i;
        while (i + 1 < line.size() && !is_letter(line[i + 1]))
            ++i;
        ++i;
    }
}

/// A number that stands at the end of a text.
struct EndNumber {
    std::int64_t value = 0;
    std::string_view before;
};

std::optional<EndNumber> number_at_end(std::string_view text) {
    text = trim(text);
    std::size_t begin = text.size();
    while (begin > 0 && is_digit(text[begin - 1]))
        --begin;
    const auto value = parse_int(text.substr(begin));
    return value ? std::optional(EndNumber{*value, text.substr(0, begin)}) : std::nullopt;
}

// "… iteration 200/ 148693", whatever stands before it.
std::optional<std::int64_t> iteration_at_end(std::string_view part) {
    const auto total = number_at_end(part);
    if (!total) return std::nullopt;
    std::string_view rest = trim(total->before);
    if (!rest.ends_with('/')) return std::nullopt;
    rest.remove_suffix(1);
    const auto iteration = number_at_end(rest);
    if (!iteration) return std::nullopt;
    rest = trim(iteration->before);
    constexpr std::string_view word = "iteration";
    if (!rest.ends_with(word)) return std::nullopt;
    rest.remove_suffix(word.size());
    return rest.empty() || !is_letter(rest.back()) ? std::optional(iteration->value) : std::nullopt;
}

// The first date and time in a text, as UTC seconds; NaN when there is none.
double date_in(std::string_view text) {
    constexpr std::size_t size = std::string_view("2022-10-15 15:10:02").size();
    for (std::size_t begin = 0; begin + size <= text.size(); ++begin)
        if (const auto seconds = parse_date(text.substr(begin, size))) return *seconds;
    return std::numeric_limits<double>::quiet_NaN();
}

/// "lm loss: 1.0E+01".
struct Pair {
    std::string_view name, value;
};

std::optional<Pair> pair_of(std::string_view part) {
    const std::size_t colon = part.rfind(": ");
    if (colon == part.npos) return std::nullopt;
    const std::string_view name = trim(part.substr(0, colon));
    if (name.empty() || name.size() > longest_name) return std::nullopt;
    return Pair{name, trim(part.substr(colon + 2))};
}

// Some write the mean behind it: "283.9/290.1".
std::optional<double> number_of(std::string_view text) {
    return parse_double(text.substr(0, text.find('/')));
}

// What was evaluated, from "0: validation loss at iteration 100 on test set".
std::string group_of(std::string_view before, std::string_view after) {
    std::string_view group = before.substr(before.find_last_of(" :]") + 1);
    for (const auto& [begin, end] : {std::pair<std::string_view, std::string_view>(" on ", " set"), {" for ", " data"}})
        if (after.ends_with(end))
            if (const std::size_t at = after.rfind(begin); at != after.npos)
                group = after.substr(at + begin.size(), after.size() - end.size() - at - begin.size());
    return std::string(group == "val" ? std::string_view("validation") : group);
}

} // namespace

void MegatronLines::read(std::string_view line, MegatronEvents& events) {
    if (contains(line, "\x1b")) {
        copy_without_colours(line, plain_);
        line = plain_;
    }
    if (contains(line, "- arguments -")) {
        in_arguments_ = true;
        return events.arguments_begin();
    }
    if (in_arguments_) {
        if (contains(line, "- end of arguments -"))
            in_arguments_ = false;
        else
            read_argument(line, events);
    }
    if (contains(line, "iteration") || contains(line, " loss at "))
        contains(line, "|") ? read_bars(line, events) : read_others(line, events);
    else if (contains(line, "] datetime: "))
        read_others(line, events);
}

void MegatronLines::read_bars(std::string_view line, MegatronEvents& events) {
    std::optional<std::int64_t> iteration;
    std::string group;
    double wall_time = std::numeric_limits<double>::quiet_NaN();
    const auto finish = [&] {
        if (numbers_.empty()) return;
        if (!group.empty())
            events.evaluation(group, iteration, numbers_);
        else if (iteration)
            events.training(*iteration, wall_time, numbers_);
        numbers_.clear();
    };
    numbers_.clear();
    for (std::size_t begin = 0, bar = line.find('|'); bar != line.npos; begin = bar + 1, bar = line.find('|', begin)) {
        const std::string_view part = line.substr(begin, bar - begin);
        if (const auto found = iteration_at_end(part)) {
            // GPT-NeoX writes samples/sec before the iteration.
            const bool is_new = iteration || !group.empty();
            if (is_new) finish();
            iteration = found;
            group.clear();
            wall_time = date_in(part);
            continue;
        }
        if (const std::size_t at = part.find(" loss at "); at != part.npos) {
            finish();
            const std::string_view after = trim(part.substr(at + 9));
            group = group_of(part.substr(0, at), after);
            iteration.reset();
            if (after.starts_with("iteration ")) {
                const std::string_view rest = trim(after.substr(10));
                iteration = parse_int(rest.substr(0, rest.find(' ')));
                if (!iteration) group.clear();
            }
            continue;
        }
        auto pair = pair_of(part);
        if (!pair || numbers_.size() == most_numbers) continue;
        if (begin == 0) {
            if (!pair->name.ends_with("samples/sec")) continue;
            pair->name = "samples/sec";
        } else if (!iteration && group.empty()) {
            continue;
        }
        if (const auto number = number_of(pair->value)) {
            std::string_view name = pair->name;
            if (!group.empty() && name.ends_with(" value")) name.remove_suffix(6);
            numbers_.emplace_back(name, *number);
        } else if (group.empty()) {
            ++no_numbers_;
        }
    }
    finish();
}

// "0:   hidden_size ..................................... 1024", from GPT-NeoX with "........default" behind it.
void MegatronLines::read_argument(std::string_view line, MegatronEvents& events) {
    const std::size_t dots = line.find(" ..");
    if (dots == line.npos) return;
    const std::string_view before = trim(line.substr(0, dots));
    const std::string_view name = before.substr(before.find_last_of(" :]") + 1);
    const std::size_t end = line.find_first_not_of('.', dots + 1);
    if (name.empty() || name.size() > longest_name || end == line.npos || line[end] != ' ') return;
    std::string_view value = trim(line.substr(end));
    for (const std::string_view origin : {"default", "updated"})
        if (value.ends_with("..." + std::string(origin))) {
            value.remove_suffix(origin.size());
            value = value.substr(0, value.find_last_not_of('.') + 1);
        }
    if (value.size() <= longest_value) events.argument(name, json_of_python_text(value));
}

void MegatronLines::read_others(std::string_view line, MegatronEvents& events) {
    constexpr std::string_view saved = "successfully saved checkpoint";
    if (const std::size_t at = line.find(saved); at != line.npos) {
        std::string_view rest = line.substr(at + saved.size());
        const std::size_t digits = rest.find_first_of("0123456789");
        if (digits == rest.npos || !contains(rest.substr(0, digits), "iteration")) return;
        rest = rest.substr(digits);
        if (const auto iteration = parse_int(rest.substr(0, rest.find_first_not_of("0123456789"))))
            events.checkpoint_saved(*iteration);
    }
    if (!contains(line, "] datetime: ")) return;
    if (const double seconds = date_in(line); !std::isnan(seconds)) events.date(seconds);
    if (contains(line, "[after training is done]")) events.finished();
}

bool is_megatron_log(std::string_view head) {
    constexpr std::array known_arguments{"num_layers", "hidden_size", "num_attention_heads", "adam_beta1"};
    constexpr std::array known_options{"--num-layers", "--hidden-size", "--train-iters", "--train-samples"};
    const auto count = [](const auto& words, auto&& is_in) { return std::count_if(words.begin(), words.end(), is_in); };
    if (contains(head, "pretrain_") && contains(head, ".py ") &&
        count(known_options, [&](const char* option) { return contains(head, option); }) >= 2)
        return true;
    if (contains(head, "- arguments -") &&
        count(known_arguments, [&](const char* name) { return contains(head, std::string(name) + " ..."); }) >= 2)
        return true;
    for (std::size_t begin = 0; begin < head.size();) {
        const std::size_t end = std::min(head.find('\n', begin), head.size());
        const std::string_view line = head.substr(begin, end - begin);
        if (contains(line, "elapsed time per iteration (") && contains(line, "learning rate: "))
            for (std::size_t bar = line.find('|'); bar != line.npos; bar = line.find('|', bar + 1))
                if (iteration_at_end(line.substr(0, bar))) return true;
        begin = end + 1;
    }
    return false;
}

} // namespace isoloss
