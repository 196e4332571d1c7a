#include "engine/checkpoints/safetensors_header.h"

#include "engine/base/json.h"
#include "engine/base/number_text.h"
#include "engine/base/utf8.h"

#include <algorithm>
#include <array>
#include <optional>
#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

namespace isoloss {

namespace {

constexpr std::array known_types{
    SafetensorsType{"BOOL", TensorType::boolean, 1},   SafetensorsType{"U8", TensorType::u8, 1},
    SafetensorsType{"I8", TensorType::i8, 1},          SafetensorsType{"U16", TensorType::u16, 2},
    SafetensorsType{"I16", TensorType::i16, 2},        SafetensorsType{"U32", TensorType::u32, 4},
    SafetensorsType{"I32", TensorType::i32, 4},        SafetensorsType{"U64", TensorType::u64, 8},
    SafetensorsType{"I64", TensorType::i64, 8},        SafetensorsType{"F16", TensorType::f16, 2},
    SafetensorsType{"BF16", TensorType::bf16, 2},      SafetensorsType{"F32", TensorType::f32, 4},
    SafetensorsType{"F64", TensorType::f64, 8},        SafetensorsType{"F8_E4M3", TensorType::f8_e4m3, 1},
    SafetensorsType{"F8_E5M2", TensorType::f8_e5m2, 1}};

const SafetensorsType* find_type(std::string_view name) {
    const auto found = std::ranges::find(known_types, name, &SafetensorsType::name);
    return found == known_types.end() ? nullptr : &*found;
}

std::string short_quote(std::string_view name) {
    constexpr std::size_t longest = 200;
    return json_quote(name.size() <= longest
                          ? std::string(name)
                          : valid_utf8(name.substr(0, longest)) + "… (" + std::to_string(name.size()) + " bytes)");
}

constexpr auto rewrite = "Write the file again with the safetensors library, or download it again";

/// Receives the header's JSON event by event. A document tree would keep or drop duplicate keys silently and build a
/// million nodes before anything could be counted.
class HeaderHandler : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, HeaderHandler> {
public:
    explicit HeaderHandler(SafetensorsHeader& header) : header_(header) {}

    const std::optional<std::pair<ErrorKind, std::string>>& problem() const { return problem_; }

    const std::string& place() const { return place_; }

    bool Default() {
        if (state_ == State::metadata_value)
            return refuse("the value of " + short_quote(metadata_key_) + " must be a string");
        return refuse(state_ == State::entry_value ? "it must be an object" : "a value of the wrong type");
    }

    bool StartObject() {
        switch (state_) {
        case State::start:
            state_ = State::top;
            return true;
        case State::entry_value:
            if (name_ == "__metadata__") {
                if (has_metadata_) return refuse("it occurs twice");
                has_metadata_ = true;
                state_ = State::metadata;
                return true;
            }
            if (header_.entries.size() >= SafetensorsLimits::entries)
                return refuse(ErrorKind::limit,
                              "the header lists more than " + std::to_string(SafetensorsLimits::entries) + " tensors");
            entry_ = {};
            entry_.info.name = name_;
            has_type_ = has_shape_ = false;
            offsets_.clear();
            state_ = State::tensor;
            return true;
        default:
            return Default();
        }
    }

    bool EndObject(rapidjson::SizeType) {
        switch (state_) {
        case State::top:
            state_ = State::done;
            return true;
        case State::metadata:
            state_ = State::top;
            return true;
        case State::tensor:
            if (!has_type_) return refuse("its dtype is missing");
            if (!has_shape_) return refuse("its shape is missing");
            if (offsets_.size() != 2) return refuse("its data_offsets must be two numbers");
            if (offsets_[0] > offsets_[1])
                return refuse("its data begin at byte " + std::to_string(offsets_[0]) + " and end before that, at " +
                              std::to_string(offsets_[1]));
            entry_.begin = offsets_[0];
            entry_.info.bytes = offsets_[1] - offsets_[0];
            header_.entries.push_back(std::move(entry_));
            state_ = State::top;
            return true;
        default:
            return Default();
        }
    }

    bool Key(const char* text, rapidjson::SizeType size, bool) {
        const std::string_view key(text, size);
        switch (state_) {
        case State::top:
            name_ = key;
            place_ = name_ == "__metadata__" ? "key __metadata__" : "tensor " + short_quote(name_);
            state_ = State::entry_value;
            return true;
        case State::metadata:
            metadata_bytes_ += size;
            metadata_key_ = key;
            state_ = State::metadata_value;
            return true;
        case State::tensor:
            if (key == "dtype" && !has_type_) {
                state_ = State::type_value;
            } else if (key == "shape" && !has_shape_) {
                state_ = State::shape_value;
            } else if (key == "data_offsets" && offsets_.empty()) {
                state_ = State::offsets_value;
            } else if (key == "dtype" || key == "shape" || key == "data_offsets") {
                return refuse("its " + std::string(key) + " is given twice");
            } else {
                return refuse("unknown key " + short_quote(key) + "; known are dtype, shape and data_offsets");
            }
            return true;
        default:
            return Default();
        }
    }

    bool String(const char* text, rapidjson::SizeType size, bool) {
        const std::string_view value(text, size);
        if (state_ == State::type_value) {
            has_type_ = true;
            entry_.info.type_name = value;
            if (const SafetensorsType* known = find_type(value)) entry_.info.type = known->type;
            state_ = State::tensor;
            return true;
        }
        if (state_ == State::metadata_value) {
            metadata_bytes_ += size;
            if (metadata_bytes_ > SafetensorsLimits::metadata_bytes)
                return refuse(ErrorKind::limit,
                              "more than " + std::to_string(SafetensorsLimits::metadata_bytes) + " bytes of metadata");
            if (!header_.metadata.emplace(metadata_key_, value).second)
                return refuse("key " + short_quote(metadata_key_) + " occurs twice");
            state_ = State::metadata;
            return true;
        }
        return Default();
    }

    // Numbers arrive as their text, so that 2.0, 1e3 and -1 are told from whole numbers.
    bool RawNumber(const char* text, rapidjson::SizeType size, bool) {
        const std::string_view digits(text, size);
        if (state_ != State::shape_numbers && state_ != State::offsets_numbers) return Default();
        const bool shape = state_ == State::shape_numbers;
        std::uint64_t value = 0;
        const bool whole =
            !digits.empty() && std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; });
        if (!whole)
            return refuse("its " + std::string(shape ? "shape" : "data_offsets") + " has the entry " +
                          short_quote(digits) + ", which is not a whole number ≥ 0");
        for (const char c : digits)
            if (__builtin_mul_overflow(value, 10u, &value) ||
                __builtin_add_overflow(value, static_cast<unsigned>(c - '0'), &value) || value > INT64_MAX)
                return refuse("its " + std::string(shape ? "shape" : "data_offsets") + " has the entry " +
                              short_quote(digits) + ", which is too large");
        if (shape) {
            if (entry_.info.shape.size() >= SafetensorsLimits::dimensions)
                return refuse(ErrorKind::limit, "its shape has more than " +
                                                    std::to_string(SafetensorsLimits::dimensions) + " dimensions");
            entry_.info.shape.push_back(static_cast<std::int64_t>(value));
        } else {
            if (offsets_.size() == 2) return refuse("its data_offsets must be two numbers");
            offsets_.push_back(value);
        }
        return true;
    }

    bool StartArray() {
        if (state_ == State::shape_value) {
            state_ = State::shape_numbers;
        } else if (state_ == State::offsets_value) {
            state_ = State::offsets_numbers;
        } else {
            return Default();
        }
        return true;
    }

    bool EndArray(rapidjson::SizeType) {
        if (state_ == State::shape_numbers) has_shape_ = true;
        if (state_ == State::offsets_numbers && offsets_.size() != 2)
            return refuse("its data_offsets must be two numbers");
        state_ = State::tensor;
        return true;
    }

private:
    enum class State {
        start,
        top,
        entry_value,
        tensor,
        type_value,
        shape_value,
        shape_numbers,
        offsets_value,
        offsets_numbers,
        metadata,
        metadata_value,
        done,
    };

    bool refuse(ErrorKind kind, std::string reason) {
        if (!problem_) problem_ = {kind, std::move(reason)};
        return false;
    }

    bool refuse(std::string reason) { return refuse(ErrorKind::damaged, std::move(reason)); }

    SafetensorsHeader& header_;
    State state_ = State::start;
    std::optional<std::pair<ErrorKind, std::string>> problem_;
    std::string place_;
    std::string name_, metadata_key_;
    SafetensorsEntry entry_;
    std::vector<std::uint64_t> offsets_;
    std::size_t metadata_bytes_ = 0;
    bool has_type_ = false, has_shape_ = false, has_metadata_ = false;
};

tl::unexpected<Error> damaged(std::string_view file, std::string place, std::string reason) {
    return fail({ErrorKind::damaged, std::string(file), std::move(place), std::move(reason), rewrite});
}

std::string shape_text(const std::vector<std::int64_t>& shape) {
    std::string text = "[";
    for (const std::int64_t size : shape)
        text += (text.size() > 1 ? ", " : "") + std::to_string(size);
    return text + "]";
}

Expected<void> check_size(const SafetensorsEntry& entry, std::string_view file) {
    const TensorInfo& info = entry.info;
    std::uint64_t count = 1;
    bool overflow = false;
    for (const std::int64_t size : info.shape)
        overflow |= __builtin_mul_overflow(count, static_cast<std::uint64_t>(size), &count);
    const SafetensorsType* known = find_type(info.type_name);
    std::uint64_t bytes = 0;
    if (overflow || count > INT64_MAX || (known != nullptr && __builtin_mul_overflow(count, known->bytes, &bytes)))
        return damaged(file, "tensor " + short_quote(info.name),
                       "its shape " + shape_text(info.shape) + " has more elements than can be counted");
    if (known == nullptr && count > 8 * info.bytes)
        return damaged(file, "tensor " + short_quote(info.name),
                       "shape " + shape_text(info.shape) + " has more elements than its " + std::to_string(info.bytes) +
                           " bytes have bits");
    if (known != nullptr && bytes != info.bytes)
        return damaged(file, "tensor " + short_quote(info.name),
                       "shape " + shape_text(info.shape) + " of type " + info.type_name + " needs " +
                           std::to_string(bytes) + " bytes, but its data_offsets span " + std::to_string(info.bytes));
    return {};
}

Expected<void> check_names(const SafetensorsHeader& header, std::string_view file) {
    std::vector<std::string_view> names;
    names.reserve(header.entries.size());
    for (const SafetensorsEntry& entry : header.entries)
        names.push_back(entry.info.name);
    std::sort(names.begin(), names.end());
    if (const auto twice = std::adjacent_find(names.begin(), names.end()); twice != names.end())
        return damaged(file, "tensor " + short_quote(*twice), "the header names it twice");
    return {};
}

// Sorts by place in the data and checks that the tensors tile it.
Expected<void> check_layout(SafetensorsHeader& header, std::uint64_t data_bytes, std::string_view file) {
    std::stable_sort(header.entries.begin(), header.entries.end(),
                     [](const SafetensorsEntry& a, const SafetensorsEntry& b) {
                         return std::pair(a.begin, a.info.bytes) < std::pair(b.begin, b.info.bytes);
                     });
    std::uint64_t end = 0;
    std::string_view before;
    for (const SafetensorsEntry& entry : header.entries) {
        const std::string place = "tensor " + short_quote(entry.info.name);
        if (entry.begin + entry.info.bytes > data_bytes)
            return damaged(file, place,
                           "its data end at byte " + std::to_string(entry.begin + entry.info.bytes) +
                               " of the data, which has only " + std::to_string(data_bytes) + " bytes");
        if (entry.begin < end) return damaged(file, place, "its data overlap those of tensor " + short_quote(before));
        if (entry.begin > end)
            return damaged(file, place,
                           std::to_string(entry.begin - end) + " bytes before its data belong to no tensor");
        ISOLOSS_TRY_VOID(check_size(entry, file));
        end = entry.begin + entry.info.bytes;
        before = entry.info.name;
    }
    if (end != data_bytes)
        return damaged(file, "byte " + std::to_string(end) + " of the data",
                       std::to_string(data_bytes - end) + " bytes after the last tensor belong to no tensor");
    return {};
}

} // namespace

const SafetensorsType* find_safetensors_type(TensorType type) {
    const auto found = std::ranges::find(known_types, type, &SafetensorsType::type);
    return found == known_types.end() ? nullptr : &*found;
}

Expected<SafetensorsHeader> parse_safetensors_header(std::string_view json, std::uint64_t data_bytes,
                                                     std::string_view file) {
    if (!json.starts_with('{'))
        return damaged(file, "byte 8", "the header does not begin with \"{\"; this is not a safetensors file");
    // The parser takes a zero byte for the end of its input and would not look at what follows.
    if (const std::size_t zero = json.find('\0'); zero != json.npos)
        return damaged(file, "byte " + std::to_string(8 + zero),
                       "the header contains a zero byte, which JSON does not");
    SafetensorsHeader header;
    HeaderHandler handler(header);
    rapidjson::MemoryStream stream(json.data(), json.size());
    rapidjson::EncodedInputStream<rapidjson::UTF8<>, rapidjson::MemoryStream> input(stream);
    rapidjson::Reader reader;
    // The iterative parser keeps its state on the heap, so that nesting cannot exhaust the stack.
    constexpr unsigned flags =
        rapidjson::kParseIterativeFlag | rapidjson::kParseNumbersAsStringsFlag | rapidjson::kParseValidateEncodingFlag;
    const rapidjson::ParseResult result = reader.Parse<flags>(input, handler);
    if (result.IsError()) {
        const std::string byte = "byte " + std::to_string(8 + result.Offset());
        if (handler.problem())
            return fail({handler.problem()->first, std::string(file), handler.place().empty() ? byte : handler.place(),
                         handler.problem()->second, rewrite});
        return damaged(file, byte,
                       std::string("the header is not valid JSON: ") + rapidjson::GetParseError_En(result.Code()));
    }
    ISOLOSS_TRY_VOID(check_names(header, file));
    ISOLOSS_TRY_VOID(check_layout(header, data_bytes, file));
    return header;
}

} // namespace isoloss
