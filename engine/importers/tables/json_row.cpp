#include "engine/importers/tables/json_row.h"

#include "engine/base/utf8.h"

#include <algorithm>
#include <array>

namespace isoloss {

namespace {

using Form = TableCell::Form;
using Word = std::pair<std::string_view, Form>;

constexpr std::array json_words{Word{"NaN", Form::number},       Word{"Infinity", Form::number},
                                Word{"-Infinity", Form::number}, Word{"true", Form::literal},
                                Word{"false", Form::literal},    Word{"null", Form::other}};
constexpr std::array python_words{Word{"nan", Form::number},   Word{"inf", Form::number},    Word{"-inf", Form::number},
                                  Word{"True", Form::literal}, Word{"False", Form::literal}, Word{"None", Form::other}};

bool is_number_char(char c) {
    return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

bool has_high_bytes(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0x80) != 0; });
}

} // namespace

bool JsonRowParser::fail(std::string_view reason) {
    *fault_ = std::string(reason) + " (column " + std::to_string(at_ - begin_ + 1) + ")";
    return false;
}

void JsonRowParser::skip_space() {
    while (at_ < end_ && (*at_ == ' ' || *at_ == '\t' || *at_ == '\r' || *at_ == '\n'))
        ++at_;
}

bool JsonRowParser::parse(std::string_view text, std::vector<TableCell>& cells, std::string& fault) {
    begin_ = at_ = text.data();
    end_ = begin_ + text.size();
    cells_ = &cells;
    fault_ = &fault;
    cells.clear();
    path_.clear();
    depths_.clear();
    texts_used_ = 0;
    previous_ = no_column;
    ++row_;
    skip_space();
    if (at_ == end_ || *at_ != '{') return fail("is no JSON object");
    ++at_;
    depths_.push_back(0);
    if (!parse_members()) return false;
    skip_space();
    return at_ == end_ || fail("has something behind its object");
}

// The members of all open objects, until the outermost is closed.
bool JsonRowParser::parse_members() {
    bool first = true; // of the object at hand
    while (!depths_.empty()) {
        skip_space();
        if (at_ == end_) return fail("ends inside an object");
        if (*at_ == '}') {
            ++at_;
            path_.resize(depths_.back());
            depths_.pop_back();
            first = false;
            continue;
        }
        if (!first) {
            if (*at_ != ',') return fail("is not valid JSON: a comma is missing");
            ++at_;
            skip_space();
        }
        if (!parse_key()) return false;
        skip_space();
        if (at_ == end_ || *at_ != '{') {
            if (!parse_value()) return false;
            first = false;
            continue;
        }
        if (depths_.size() == most_depth) return fail("is nested more than 200 deep");
        ++at_;
        depths_.push_back(path_.size());
        path_ += key_;
        path_ += '/';
        first = true;
    }
    return true;
}

bool JsonRowParser::parse_key() {
    if (at_ == end_ || !at_quote()) return fail("is not valid JSON: a key must be a string");
    if (!parse_string(key_)) return false;
    skip_space();
    if (at_ == end_ || *at_ != ':') return fail("is not valid JSON: a colon is missing");
    ++at_;
    return true;
}

bool JsonRowParser::parse_value() {
    if (at_ == end_) return fail("ends before a value");
    std::string_view text;
    if (at_quote()) {
        if (!parse_string(text)) return false;
        add(TableCell::Form::text, text);
        return true;
    }
    if (*at_ == '[' || (*at_ == '(' && notation_ == Notation::python)) {
        if (!skip_list()) return false;
        add(TableCell::Form::other, {});
        return true;
    }
    TableCell::Form form{};
    if (!parse_word(form, text)) return false;
    if (form != TableCell::Form::other) add(form, text); // null gives nothing
    return true;
}

bool JsonRowParser::parse_word(TableCell::Form& form, std::string_view& text) {
    const char* word = at_;
    while (at_ < end_ && is_number_char(*at_))
        ++at_;
    if (at_ > word && (at_ == end_ || (*at_ != 'I' && *at_ != 'i'))) {
        form = TableCell::Form::number;
        text = {word, static_cast<std::size_t>(at_ - word)};
        return true;
    }
    at_ = word;
    const std::string_view rest(at_, static_cast<std::size_t>(end_ - at_));
    for (const auto& [name, kind] : notation_ == Notation::json ? json_words : python_words)
        if (rest.starts_with(name)) {
            at_ += name.size();
            form = kind;
            text = name;
            return true;
        }
    return fail("is not valid JSON: a value is missing");
}

bool JsonRowParser::parse_string(std::string_view& text) {
    const char quote = *at_;
    const char* start = ++at_;
    while (at_ < end_ && *at_ != quote && *at_ != '\\')
        ++at_;
    if (at_ == end_) return fail("ends inside a string");
    if (*at_ == quote) {
        text = {start, static_cast<std::size_t>(at_ - start)};
        ++at_;
        if (!has_high_bytes(text) || is_valid_utf8(text)) return true;
        if (texts_used_ == texts_.size()) texts_.emplace_back();
        std::string& repaired = texts_[texts_used_++];
        repaired = valid_utf8(text, &mends.characters);
        text = repaired;
        return true;
    }
    if (texts_used_ == texts_.size()) texts_.emplace_back();
    std::string& plain = texts_[texts_used_++];
    plain.assign(start, at_);
    if (!unescape(plain, quote)) return false;
    if (!is_valid_utf8(plain)) plain = valid_utf8(plain, &mends.characters);
    text = plain;
    return true;
}

bool JsonRowParser::unescape(std::string& text, char quote) {
    constexpr std::string_view letters = "\"\\/bfnrt'", meanings = "\"\\/\b\f\n\r\t'";
    for (; at_ < end_; ++at_) {
        if (*at_ == quote) {
            ++at_;
            return true;
        }
        if (*at_ != '\\') {
            text += *at_;
            continue;
        }
        if (++at_ == end_) break;
        if (*at_ == 'u') {
            if (!parse_unicode(text)) return false;
            continue;
        }
        const std::size_t letter = letters.find(*at_);
        if (letter == letters.npos) return fail("is not valid JSON: an unknown escape");
        text += meanings[letter];
    }
    return fail("ends inside a string");
}

// \uXXXX, or a pair of them; stands on its last character afterwards. Half a pair is U+FFFD.
bool JsonRowParser::parse_unicode(std::string& text) {
    std::uint32_t unit = 0;
    if (!read_hex(unit)) return fail("is not valid JSON: four digits must follow \\u");
    if (unit >= 0xd800 && unit < 0xdc00 && end_ - at_ > 6 && at_[1] == '\\' && at_[2] == 'u') {
        const char* first = at_;
        std::uint32_t low = 0;
        at_ += 2;
        if (!read_hex(low)) return fail("is not valid JSON: four digits must follow \\u");
        if (low >= 0xdc00 && low < 0xe000) {
            append_utf8(text, 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00));
            return true;
        }
        at_ = first;
    }
    const bool lone = unit >= 0xd800 && unit < 0xe000;
    if (lone) ++mends.characters;
    append_utf8(text, lone ? 0xfffd : unit);
    return true;
}

bool JsonRowParser::read_hex(std::uint32_t& unit) {
    for (int digit = 0; digit < 4; ++digit) {
        if (++at_ >= end_) return false;
        const std::size_t value = std::string_view("0123456789abcdef").find(static_cast<char>(*at_ | 0x20));
        if (value == std::string_view::npos) return false;
        unit = unit * 16 + static_cast<std::uint32_t>(value);
    }
    return true;
}

// A list has no place in a table: it is stepped over, strings and inner brackets included.
bool JsonRowParser::skip_list() {
    std::size_t depth = depths_.size();
    const std::size_t outside = depth;
    for (; at_ < end_; ++at_) {
        if (at_quote()) {
            const char quote = *at_;
            for (++at_; at_ < end_ && *at_ != quote; ++at_)
                if (*at_ == '\\') ++at_;
            if (at_ >= end_) break;
        } else if (*at_ == '[' || *at_ == '{' || *at_ == '(') {
            if (++depth > most_depth) return fail("is nested more than 200 deep");
        } else if ((*at_ == ']' || *at_ == '}' || *at_ == ')') && --depth == outside) {
            ++at_;
            return true;
        }
    }
    at_ = end_;
    return fail("ends inside a list");
}

std::uint32_t JsonRowParser::column_of(std::string_view key) {
    if (previous_ != no_column) {
        const std::uint32_t guess = follower_[previous_];
        if (guess != no_column && keys_[guess] == key) return guess;
    } else if (!keys_.empty() && keys_.front() == key) {
        return 0;
    }
    std::uint32_t column = no_column;
    if (const auto known = numbers_.find(std::string(key)); known != numbers_.end()) {
        column = known->second;
    } else if (keys_.size() < most_table_columns) {
        column = static_cast<std::uint32_t>(keys_.size());
        keys_.emplace_back(key);
        numbers_.emplace(key, column);
        follower_.push_back(no_column);
        seen_.emplace_back(0, 0);
    }
    if (column != no_column && previous_ != no_column) follower_[previous_] = column;
    return column;
}

void JsonRowParser::add(TableCell::Form form, std::string_view text) {
    std::string_view key = key_;
    if (!path_.empty()) {
        joined_ = path_;
        joined_ += key_;
        key = joined_;
    }
    const std::uint32_t column = column_of(key);
    if (column == no_column) {
        ++excess_keys;
        return;
    }
    previous_ = column;
    auto& [row, place] = seen_[column];
    if (row == row_) {
        ++mends.repeated_keys;
        (*cells_)[place] = {column, form, text};
        return;
    }
    row = row_;
    place = static_cast<std::uint32_t>(cells_->size());
    cells_->push_back({column, form, text});
}

} // namespace isoloss
