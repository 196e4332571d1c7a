#include "engine/base/json_events.h"

#include "engine/base/utf8.h"

#include <algorithm>
#include <cstdlib>
#include <rapidjson/error/en.h>
#include <rapidjson/reader.h>
#include <span>
#include <string>
#include <vector>

namespace isoloss {

namespace {

constexpr std::size_t block_bytes = 256u << 10;
constexpr std::size_t longest_text = 16u << 20;

// Leaves the parser from within an allocation; does not leave read_json_events.
struct TextTooLong {};

// What the parser keeps is the text at hand and the brackets that are open.
class BoundedAllocator {
public:
    static constexpr bool kNeedFree = true;

    static void* Malloc(std::size_t size) { return Realloc(nullptr, 0, size); }

    static void* Realloc(void* memory, std::size_t, std::size_t size) {
        // The parser grows by half, so this is reached only by more than the longest text.
        if (size > 2 * longest_text) throw TextTooLong();
        if (size == 0) {
            std::free(memory);
            return nullptr;
        }
        void* grown = std::realloc(memory, size);
        if (grown == nullptr) throw TextTooLong();
        return grown;
    }

    static void Free(void* memory) { std::free(memory); }
};

// A stream as rapidjson wants it, with the place where it is. Escapes of half a surrogate pair are mended in the block,
// before the parser sees them.
class FileStream {
public:
    using Ch = char;

    FileStream(const InputFile& file, JsonMends& mends) : file_(file), mends_(mends), block_(block_bytes) {
        refill();
        if (size_ >= 3 && std::string_view(block_.data(), 3) == "\xef\xbb\xbf") used_ = 3;
    }

    Ch Peek() const { return used_ < size_ ? block_[used_] : '\0'; }

    Ch Take() {
        const Ch taken = Peek();
        if (used_ < size_ && ++used_ == size_) refill();
        return taken;
    }

    std::size_t Tell() const { return static_cast<std::size_t>(begin_) + used_; }

    // Only for parsing in place, which is not done.
    Ch* PutBegin() { return nullptr; }

    void Put(Ch) {}

    void Flush() {}

    std::size_t PutEnd(Ch*) { return 0; }

    const std::optional<Error>& failure() const { return failure_; }

    std::string place() const {
        std::uint64_t line = lines_, start = line_start_;
        for (std::size_t i = 0; i < used_ && i < size_; ++i)
            if (block_[i] == '\n') {
                ++line;
                start = begin_ + i + 1;
            }
        return "line " + std::to_string(line) + ", column " + std::to_string(begin_ + used_ - start + 1);
    }

private:
    void refill() {
        for (std::size_t i = 0; i < size_; ++i)
            if (block_[i] == '\n') {
                ++lines_;
                line_start_ = begin_ + i + 1;
            }
        begin_ += size_;
        // What was held back of the block before comes first.
        std::copy(block_.begin() + static_cast<std::ptrdiff_t>(size_),
                  block_.begin() + static_cast<std::ptrdiff_t>(size_ + held_), block_.begin());
        used_ = size_ = 0;
        auto count = file_.read_some(begin_ + held_, std::as_writable_bytes(std::span(block_).subspan(held_)));
        if (!count) {
            failure_ = std::move(count).error();
            return;
        }
        const std::size_t read = held_ + *count;
        size_ = mend_surrogates(std::span(block_).first(read), *count > 0, mends_.characters);
        held_ = read - size_;
        // An escape at the end of a short read: the rest of it is asked for at once.
        if (size_ == 0 && held_ > 0) refill();
    }

    const InputFile& file_;
    JsonMends& mends_;
    std::vector<char> block_;
    std::uint64_t begin_ = 0; ///< of the block in the file
    std::size_t size_ = 0, used_ = 0;
    std::size_t held_ = 0;                     ///< bytes behind the block: the start of an escape that may go on
    std::uint64_t lines_ = 1, line_start_ = 0; ///< of the block's begin
    std::optional<Error> failure_;
};

// The parser's events as ours, within the limits and with texts as UTF-8.
class Adapter {
public:
    Adapter(JsonEvents& events, const JsonLimits& limits, JsonMends& mends)
        : events_(events), limits_(limits), mends_(mends) {}

    bool Null() { return told(events_.null()); }

    bool Bool(bool value) { return told(events_.boolean(value)); }

    bool Int(int value) { return told(events_.number(value, value)); }

    bool Uint(unsigned value) { return told(events_.number(value, value)); }

    bool Int64(std::int64_t value) { return told(events_.number(static_cast<double>(value), value)); }

    bool Uint64(std::uint64_t value) {
        const bool fits = value <= static_cast<std::uint64_t>(INT64_MAX);
        return told(events_.number(static_cast<double>(value),
                                   fits ? std::optional(static_cast<std::int64_t>(value)) : std::nullopt));
    }

    bool Double(double value) { return told(events_.number(value, std::nullopt)); }

    bool RawNumber(const char*, rapidjson::SizeType, bool) { return false; }

    bool String(const char* text, rapidjson::SizeType size, bool) { return told(events_.text(mended({text, size}))); }

    bool StartObject() { return deeper() && told(events_.begin_object()); }

    bool Key(const char* text, rapidjson::SizeType size, bool) {
        if (++members_.back() > limits_.members)
            return refuse("has an object of more than " + std::to_string(limits_.members) + " members");
        return told(events_.key(mended({text, size})));
    }

    bool EndObject(rapidjson::SizeType) { return shallower() && told(events_.end_object()); }

    bool StartArray() { return deeper() && told(events_.begin_array()); }

    bool EndArray(rapidjson::SizeType) { return shallower() && told(events_.end_array()); }

    bool stopped() const { return stopped_; }

    /// What is over a limit.
    const std::string& excess() const { return excess_; }

private:
    bool deeper() {
        members_.push_back(0);
        if (members_.size() <= static_cast<std::size_t>(limits_.depth)) return true;
        return refuse("is nested more than " + std::to_string(limits_.depth) + " deep");
    }

    bool shallower() {
        members_.pop_back();
        return true;
    }

    bool refuse(std::string excess) {
        excess_ = std::move(excess);
        return false;
    }

    bool told(bool go_on) {
        stopped_ = !go_on;
        return go_on;
    }

    std::string_view mended(std::string_view text) {
        if (is_valid_utf8(text)) return text;
        return mended_ = valid_utf8(text, &mends_.characters);
    }

    JsonEvents& events_;
    const JsonLimits& limits_;
    JsonMends& mends_;
    std::vector<std::size_t> members_; ///< of the objects and arrays that are open
    std::string mended_, excess_;
    bool stopped_ = false;
};

} // namespace

Expected<bool> read_json_events(const InputFile& file, JsonEvents& events, JsonLimits limits, JsonMends* mends) {
    constexpr unsigned flags =
        rapidjson::kParseNanAndInfFlag | rapidjson::kParseFullPrecisionFlag | rapidjson::kParseIterativeFlag;
    JsonMends mended;
    FileStream stream(file, mended);
    Adapter adapter(events, limits, mended);
    BoundedAllocator allocator;
    const auto refuse = [&](ErrorKind kind, std::string reason, std::string remedy) {
        return fail({kind, path_text(file.path()), stream.place(), std::move(reason), std::move(remedy)});
    };
    try {
        rapidjson::GenericReader<rapidjson::UTF8<>, rapidjson::UTF8<>, BoundedAllocator> reader(&allocator);
        const auto result = reader.Parse<flags>(stream, adapter);
        if (mends != nullptr) *mends += mended;
        if (stream.failure()) return fail(*stream.failure());
        if (!result.IsError()) return true;
        if (adapter.stopped()) return false;
        if (!adapter.excess().empty())
            return refuse(ErrorKind::limit, "the JSON " + adapter.excess(), "Check that it is the right file");
        return refuse(ErrorKind::damaged, std::string("is not valid JSON: ") + GetParseError_En(result.Code()),
                      "It was cut short or edited; write or copy it again");
    } catch (const TextTooLong&) {
        return refuse(ErrorKind::limit, "holds a text of more than 16 MiB", "Check that it is the right file");
    }
}

} // namespace isoloss
