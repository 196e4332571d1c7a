#include "engine/importers/json_rows_inside.h"

#include "engine/base/json.h"

#include <span>

namespace isoloss {

namespace {

constexpr std::size_t read_bytes = 1u << 20;
constexpr std::size_t longest_key = 4096;
constexpr std::string_view blank = " \t\r\n";

// Follows a JSON text character by character: how deep it is, and in which members of the two outermost objects.
class Place {
public:
    // False for the characters of strings, which mean nothing.
    bool character(char c) {
        if (in_string_) {
            string_character(c);
            return false;
        }
        if (c == '"') {
            in_string_ = true;
            string_.clear();
            return false;
        }
        if (c == '{' || c == '[') ++depth_;
        if (c == '}' || c == ']') --depth_;
        if (c == ':' && depth_ == 1) outer_ = string_;
        if (c == ':' && depth_ == 2) inner_ = string_;
        return true;
    }

    std::int64_t depth() const { return depth_; }

    const std::string& outer() const { return outer_; }

    const std::string& inner() const { return inner_; }

private:
    void string_character(char c) {
        if (escaped_)
            escaped_ = false;
        else if (c == '\\')
            escaped_ = true;
        else if (c == '"')
            in_string_ = false;
        if (in_string_ && depth_ <= 2 && string_.size() < longest_key) string_ += c;
    }

    std::int64_t depth_ = 0;
    bool in_string_ = false, escaped_ = false;
    std::string string_, outer_, inner_;
};

// `step` answers false to stop.
template <typename Step>
Expected<void> for_each_character(const InputFile& file, Step step) {
    std::string buffer(read_bytes, '\0');
    for (std::uint64_t offset = 0;;) {
        ISOLOSS_TRY(const std::size_t count, file.read_some(offset, std::as_writable_bytes(std::span(buffer))));
        if (count == 0) return {};
        offset += count;
        for (std::size_t i = 0; i < count; ++i)
            if (!step(buffer[i])) return {};
    }
}

} // namespace

Expected<JsonWithoutMember> read_json_without(const InputFile& file, std::string_view name, std::uint64_t cap) {
    JsonWithoutMember result;
    Place place;
    bool inside = false;
    ISOLOSS_TRY_VOID(for_each_character(file, [&](char c) {
        const bool means = place.character(c);
        const bool ends = means && ((c == ',' && place.depth() == 1) || (c == '}' && place.depth() == 0));
        if (inside && ends) inside = false;
        if (!inside) result.text += c;
        if (means && c == ':' && place.depth() == 1 && place.outer() == name) {
            inside = result.had_member = true;
            result.text += "null";
        }
        return result.text.size() <= cap;
    }));
    if (result.text.size() > cap)
        return fail({ErrorKind::limit,
                     path_text(file.path()),
                     {},
                     "the JSON text has more than " + std::to_string(cap) + " bytes",
                     "Check that it is the right file"});
    return result;
}

Expected<JsonRowCounts>
read_json_rows_inside(const InputFile& file, std::string_view name,
                      const std::function<RowVerdict(const rapidjson::Value& row, const std::string& key)>& each) {
    JsonRowCounts counts;
    Place place;
    std::string row;
    std::int64_t number = 1;
    bool in_list = false, oversized = false;
    const auto finish_row = [&] {
        if (!oversized && row.find_first_not_of(blank) != std::string::npos) {
            JsonMends mends;
            const auto document = parse_json(row, {}, {largest_json_row, 200}, &mends);
            const RowVerdict verdict = document ? each(*document, place.inner()) : RowVerdict::bad;
            if (verdict == RowVerdict::taken) {
                ++counts.rows;
                counts.mends += mends;
            }
            if (verdict == RowVerdict::bad && counts.bad_rows++ == 0)
                counts.first_bad_place =
                    std::string(name) + "." + place.inner() + "[" + std::to_string(number - 1) + "]";
            counts.stopped = verdict == RowVerdict::stop;
        }
        ++number;
        row.clear();
        oversized = false;
        return !counts.stopped;
    };
    ISOLOSS_TRY_VOID(for_each_character(file, [&](char c) {
        const bool means = place.character(c);
        if (means && c == '[' && place.depth() == 3 && place.outer() == name && !in_list) {
            in_list = true;
            number = 1;
            return true;
        }
        if (!in_list) return true;
        const bool ends = means && c == ']' && place.depth() == 2;
        if (ends || (means && c == ',' && place.depth() == 3)) {
            in_list = !ends;
            return finish_row();
        }
        if (oversized) return true;
        row += c;
        if (row.size() > largest_json_row) {
            oversized = true;
            ++counts.oversized_rows;
            row.clear();
        }
        return true;
    }));
    counts.held_tail = in_list && !counts.stopped;
    return counts;
}

} // namespace isoloss
