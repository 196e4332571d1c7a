#include "engine/base/json_mends.h"

#include <algorithm>
#include <string_view>
#include <unordered_set>
#include <utility>

namespace isoloss {

namespace {

// Objects of a log are small: to compare all names of one costs less than to hash them.
constexpr rapidjson::SizeType few_members = 16;

std::string_view name_of(const rapidjson::Value::Member& member) {
    return {member.name.GetString(), member.name.GetStringLength()};
}

bool has_repeated_members(const rapidjson::Value& object) {
    const auto members = object.GetObject();
    if (members.MemberCount() <= few_members) {
        for (auto member = members.MemberBegin(); member != members.MemberEnd(); ++member)
            for (auto other = members.MemberBegin(); other != member; ++other)
                if (name_of(*other) == name_of(*member)) return true;
        return false;
    }
    std::unordered_set<std::string_view> names;
    for (const auto& member : members)
        if (!names.insert(name_of(member)).second) return true;
    return false;
}

enum class Half { none, high, low };

Half half_at(std::span<const char> text, std::size_t at) {
    if (at + 6 > text.size() || text[at] != '\\' || text[at + 1] != 'u') return Half::none;
    if (text[at + 2] != 'd' && text[at + 2] != 'D') return Half::none;
    const char digit = static_cast<char>(text[at + 3] | 0x20);
    if (text[at + 3] == '8' || text[at + 3] == '9' || digit == 'a' || digit == 'b') return Half::high;
    return digit >= 'c' && digit <= 'f' ? Half::low : Half::none;
}

std::string counted(std::int64_t count, const char* one, const char* many) {
    return std::to_string(count) + (count == 1 ? one : many);
}

} // namespace

std::vector<std::string> JsonMends::warnings() const {
    std::vector<std::string> texts;
    if (repeated_keys > 0)
        texts.push_back(counted(repeated_keys, " key comes twice in its object; the last one is taken",
                                " keys come twice in their object; the last one is taken"));
    if (characters > 0)
        texts.push_back(counted(characters, " character is no UTF-8, or half a surrogate pair; it is shown as U+FFFD",
                                " characters are no UTF-8, or half a surrogate pair; they are shown as U+FFFD"));
    return texts;
}

std::size_t mend_surrogates(std::span<char> json, bool more, std::int64_t& mended) {
    constexpr std::string_view replacement = "\\ufffd";
    std::size_t at = 0;
    while (at < json.size()) {
        if (json[at] != '\\') {
            ++at;
            continue;
        }
        const std::size_t left = json.size() - at;
        if (more && (left < 2 || (json[at + 1] == 'u' && left < 2 * replacement.size()))) break;
        const Half half = half_at(json, at);
        if (half == Half::none) {
            at += std::min<std::size_t>(left, 2);
        } else if (half == Half::high && half_at(json, at + replacement.size()) == Half::low) {
            at += 2 * replacement.size();
        } else {
            replacement.copy(json.data() + at, replacement.size());
            ++mended;
            at += replacement.size();
        }
    }
    return at;
}

std::int64_t drop_repeated_members(rapidjson::Value& value, rapidjson::Document::AllocatorType& allocator) {
    std::int64_t dropped = 0;
    if (value.IsArray())
        for (auto& element : value.GetArray())
            dropped += drop_repeated_members(element, allocator);
    if (!value.IsObject()) return dropped;
    if (has_repeated_members(value)) {
        // From the last to the first, and around again.
        std::unordered_set<std::string_view> names;
        std::vector<rapidjson::Value::Member*> kept;
        for (auto member = value.MemberEnd(); member != value.MemberBegin();) {
            --member;
            if (names.insert(name_of(*member)).second)
                kept.push_back(&*member);
            else
                ++dropped;
        }
        rapidjson::Value unique(rapidjson::kObjectType);
        for (auto member = kept.rbegin(); member != kept.rend(); ++member)
            unique.AddMember((*member)->name, (*member)->value, allocator);
        value = std::move(unique);
    }
    for (auto& member : value.GetObject())
        dropped += drop_repeated_members(member.value, allocator);
    return dropped;
}

} // namespace isoloss
