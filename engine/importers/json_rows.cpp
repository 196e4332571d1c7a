#include "engine/importers/json_rows.h"

#include "engine/base/json.h"

#include <array>
#include <span>
#include <string_view>

namespace isoloss {

namespace {

constexpr std::size_t read_bytes = 1u << 20;
constexpr std::string_view blank = " \t\r\n";
constexpr int deepest_row = 200;

using Each = std::function<RowVerdict(const rapidjson::Value&, const std::string&)>;

class RowSink {
public:
    explicit RowSink(const Each& each) : each_(each) {}

    // False to stop.
    bool row(std::string_view text, const std::string& place) {
        if (text.find_first_not_of(blank) == std::string_view::npos) return true;
        JsonMends mends;
        const auto document = parse_json(text, {}, {largest_json_row, deepest_row}, &mends);
        const RowVerdict verdict = document ? each_(*document, place) : RowVerdict::bad;
        if (verdict == RowVerdict::taken) {
            ++counts.rows;
            counts.mends += mends;
        }
        if (verdict == RowVerdict::bad && counts.bad_rows++ == 0) counts.first_bad_place = place;
        counts.stopped = verdict == RowVerdict::stop;
        return !counts.stopped;
    }

    // A last row without its end: whole all the same, or held until it is.
    void tail(std::string_view text, const std::string& place) {
        if (text.find_first_not_of(blank) == std::string_view::npos) return;
        if (parse_json(text, {}, {largest_json_row, deepest_row}))
            row(text, place);
        else
            counts.held_tail = true;
    }

    JsonRowCounts counts;

private:
    const Each& each_;
};

class LineSplitter {
public:
    explicit LineSplitter(RowSink& sink) : sink_(sink) {}

    bool feed(std::string_view chunk) {
        while (!chunk.empty()) {
            const std::size_t end = chunk.find('\n');
            keep(chunk.substr(0, end));
            if (end == std::string_view::npos) return true;
            chunk.remove_prefix(end + 1);
            const bool go_on = oversized_ || sink_.row(line_, place());
            ++number_;
            line_.clear();
            oversized_ = false;
            if (!go_on) return false;
        }
        return true;
    }

    void finish() {
        if (!oversized_) sink_.tail(line_, place());
    }

private:
    std::string place() const { return "line " + std::to_string(number_); }

    void keep(std::string_view text) {
        if (oversized_) return;
        if (line_.size() + text.size() > largest_json_row) {
            oversized_ = true;
            ++sink_.counts.oversized_rows;
            line_.clear();
        } else {
            line_ += text;
        }
    }

    RowSink& sink_;
    std::string line_;
    std::int64_t number_ = 1;
    bool oversized_ = false;
};

// Finds where the elements of the outermost array begin and end; what is between them is left to the parser.
class ArraySplitter {
public:
    explicit ArraySplitter(RowSink& sink) : sink_(sink) {}

    bool feed(std::string_view chunk) {
        for (std::size_t i = 0; i < chunk.size() && !ended_; ++i)
            if (!character(chunk[i])) return false;
        return true;
    }

    void finish() {
        if (!ended_ && !oversized_) sink_.tail(element_, place());
        if (!ended_) sink_.counts.held_tail = true;
    }

private:
    std::string place() const { return "row " + std::to_string(number_); }

    bool character(char c) {
        if (in_string_) {
            if (escaped_)
                escaped_ = false;
            else if (c == '\\')
                escaped_ = true;
            else if (c == '"')
                in_string_ = false;
            keep(c);
            return true;
        }
        if (depth_ == 1 && (c == ',' || c == ']')) {
            ended_ = c == ']';
            return end_element();
        }
        if (c == '"') in_string_ = true;
        if (c == '[' || c == '{') ++depth_;
        if (c == ']' || c == '}') --depth_;
        if (depth_ == 1 && c == '[' && !begun_) {
            begun_ = true;
            return true;
        }
        keep(c);
        return true;
    }

    bool end_element() {
        const bool go_on = oversized_ || sink_.row(element_, place());
        ++number_;
        element_.clear();
        oversized_ = false;
        return go_on;
    }

    void keep(char c) {
        if (oversized_ || !begun_) return;
        element_ += c;
        if (element_.size() <= largest_json_row) return;
        oversized_ = true;
        ++sink_.counts.oversized_rows;
        element_.clear();
    }

    RowSink& sink_;
    std::string element_;
    std::int64_t number_ = 1;
    std::int64_t depth_ = 0;
    bool begun_ = false, ended_ = false, in_string_ = false, escaped_ = false, oversized_ = false;
};

template <typename Splitter>
Expected<void> split(const InputFile& file, Splitter splitter) {
    std::string buffer(read_bytes, '\0');
    for (std::uint64_t offset = 0;;) {
        ISOLOSS_TRY(const std::size_t count, file.read_some(offset, std::as_writable_bytes(std::span(buffer))));
        if (count == 0) break;
        offset += count;
        if (!splitter.feed(std::string_view(buffer).substr(0, count))) return {};
    }
    splitter.finish();
    return {};
}

} // namespace

Expected<JsonRowCounts> read_json_rows(const InputFile& file, const Each& each) {
    std::array<char, 64> head{};
    ISOLOSS_TRY(const std::size_t count, file.read_some(0, std::as_writable_bytes(std::span(head))));
    std::string_view beginning(head.data(), count);
    if (beginning.starts_with("\xef\xbb\xbf")) beginning.remove_prefix(3);
    const std::size_t first = beginning.find_first_not_of(blank);
    RowSink sink(each);
    if (first != std::string_view::npos && beginning[first] == '[')
        ISOLOSS_TRY_VOID(split(file, ArraySplitter(sink)));
    else
        ISOLOSS_TRY_VOID(split(file, LineSplitter(sink)));
    return std::move(sink.counts);
}

} // namespace isoloss
