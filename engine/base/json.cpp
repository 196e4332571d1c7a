#include "engine/base/json.h"

#include "engine/base/file.h"
#include "engine/base/number_text.h"
#include "engine/base/utf8.h"

#include <cmath>
#include <rapidjson/error/en.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>
#include <vector>

namespace isoloss {

namespace {

std::string line_and_column(std::string_view text, std::size_t offset) {
    offset = std::min(offset, text.size());
    std::size_t line = 1, start = 0;
    for (std::size_t i = 0; i < offset; ++i)
        if (text[i] == '\n') {
            ++line;
            start = i + 1;
        }
    return "line " + std::to_string(line) + ", column " + std::to_string(offset - start + 1);
}

struct OverLimit {
    std::size_t offset = 0;
    std::string reason;
};

// What is over a limit, found without building anything.
std::optional<OverLimit> over_limit(std::string_view text, const JsonLimits& limits) {
    std::vector<std::size_t> members(1); // of the objects that are open
    bool in_string = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (in_string) {
            if (c == '\\')
                ++i;
            else if (c == '"')
                in_string = false;
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            members.push_back(0);
            if (members.size() > static_cast<std::size_t>(limits.depth) + 1)
                return OverLimit{i, "is nested more than " + std::to_string(limits.depth) + " deep"};
        } else if (c == '}' || c == ']') {
            if (members.size() > 1) members.pop_back();
        } else if (c == ':' && ++members.back() > limits.members) {
            return OverLimit{i, "has an object of more than " + std::to_string(limits.members) + " members"};
        }
    }
    return std::nullopt;
}

void parse(rapidjson::Document& document, std::string_view text) {
    document.Parse<rapidjson::kParseNanAndInfFlag | rapidjson::kParseFullPrecisionFlag>(text.data(), text.size());
}

// rapidjson writes NaN only with a flag and doubles with its own shortest form; numbers here must read back exactly.
using TextWriter = rapidjson::Writer<rapidjson::StringBuffer, rapidjson::UTF8<>, rapidjson::UTF8<>,
                                     rapidjson::CrtAllocator, rapidjson::kWriteNanAndInfFlag>;

} // namespace

Expected<rapidjson::Document> parse_json(std::string_view text, std::string_view file, JsonLimits limits,
                                         JsonMends* mends) {
    const std::string name(file);
    if (text.size() > limits.bytes)
        return fail({ErrorKind::limit,
                     name,
                     {},
                     "the JSON text has more than " + std::to_string(limits.bytes) + " bytes",
                     "Check that it is the right file"});
    if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
    if (const auto over = over_limit(text, limits))
        return fail({ErrorKind::limit, name, line_and_column(text, over->offset), "the JSON " + over->reason,
                     "Check that it is the right file"});
    JsonMends mended;
    const std::string valid = is_valid_utf8(text) ? std::string() : valid_utf8(text, &mended.characters);
    if (!valid.empty()) text = valid;
    rapidjson::Document document;
    parse(document, text);
    if (document.HasParseError() && document.GetParseError() == rapidjson::kParseErrorStringUnicodeSurrogateInvalid) {
        std::string whole(text);
        mend_surrogates(whole, false, mended.characters);
        parse(document, whole);
    }
    if (document.HasParseError())
        return fail({ErrorKind::damaged, name, line_and_column(text, document.GetErrorOffset()),
                     std::string("is not valid JSON: ") + rapidjson::GetParseError_En(document.GetParseError()),
                     "It was cut short or edited; write or copy it again"});
    if (mends != nullptr) {
        mended.repeated_keys = drop_repeated_members(document, document.GetAllocator());
        *mends += mended;
    }
    return document;
}

Expected<rapidjson::Document> read_json_file(const std::filesystem::path& path, JsonLimits limits, JsonMends* mends) {
    ISOLOSS_TRY(const std::string text, read_text_file(path, limits.bytes));
    return parse_json(text, path_text(path), limits, mends);
}

std::string json_text(const rapidjson::Value& value) {
    rapidjson::StringBuffer buffer;
    TextWriter writer(buffer);
    value.Accept(writer);
    return std::string(buffer.GetString(), buffer.GetSize());
}

std::string json_quote(std::string_view text) {
    rapidjson::StringBuffer buffer;
    TextWriter writer(buffer);
    writer.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
    return std::string(buffer.GetString(), buffer.GetSize());
}

const rapidjson::Value* json_member(const rapidjson::Value& object, std::string_view name) {
    if (!object.IsObject()) return nullptr;
    for (auto member = object.MemberEnd(); member != object.MemberBegin();) {
        --member;
        if (json_view(member->name) == name) return &member->value;
    }
    return nullptr;
}

std::optional<std::string_view> json_string(const rapidjson::Value& object, std::string_view name) {
    const auto* value = json_member(object, name);
    if (value == nullptr || !value->IsString()) return std::nullopt;
    return json_view(*value);
}

std::optional<double> json_as_number(const rapidjson::Value& value) {
    if (value.IsNumber()) return value.GetDouble();
    if (value.IsString()) {
        const std::string_view text = json_view(value);
        if (text == "NaN" || text == "nan") return std::nan("");
        if (text == "Infinity" || text == "inf") return HUGE_VAL;
        if (text == "-Infinity" || text == "-inf") return -HUGE_VAL;
    }
    return std::nullopt;
}

std::optional<double> json_number(const rapidjson::Value& object, std::string_view name) {
    const auto* value = json_member(object, name);
    return value == nullptr ? std::nullopt : json_as_number(*value);
}

std::optional<std::int64_t> json_int(const rapidjson::Value& object, std::string_view name) {
    const auto* value = json_member(object, name);
    if (value == nullptr) return std::nullopt;
    if (value->IsInt64()) return value->GetInt64();
    if (value->IsDouble()) {
        const double number = value->GetDouble();
        if (std::abs(number) < 9.0e15 && number == std::floor(number)) return static_cast<std::int64_t>(number);
    }
    return std::nullopt;
}

std::optional<bool> json_bool(const rapidjson::Value& object, std::string_view name) {
    const auto* value = json_member(object, name);
    if (value == nullptr || !value->IsBool()) return std::nullopt;
    return value->GetBool();
}

} // namespace isoloss
