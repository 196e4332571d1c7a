#pragma once

#include "engine/base/error.h"
#include "engine/base/json.h"
#include "engine/base/number_text.h"

#include <array>
#include <cmath>
#include <optional>
#include <rapidjson/document.h>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace isoloss {

/// The words of an enumeration in a recipe.
template <typename Enum, std::size_t N>
using Names = std::array<std::pair<Enum, std::string_view>, N>;

template <typename Enum, std::size_t N>
std::string_view name_of(const Names<Enum, N>& names, Enum value) {
    for (const auto& [candidate, name] : names)
        if (candidate == value) return name;
    return names.front().second;
}

/// Writes members of a recipe one a line, leaving out what is empty.
class MemberWriter {
public:
    void text(std::string_view name, std::string_view value) { raw(name, json_quote(value)); }

    void optional_text(std::string_view name, std::string_view value) {
        if (!value.empty()) text(name, value);
    }

    void number(std::string_view name, double value) { raw(name, number_text(value)); }

    void optional_number(std::string_view name, const std::optional<double>& value) {
        if (value) number(name, *value);
    }

    void flag(std::string_view name, bool value) { raw(name, value ? "true" : "false"); }

    void raw(std::string_view name, std::string_view json) {
        text_ += first_ ? "{\n  " : ",\n  ";
        first_ = false;
        text_ += json_quote(name);
        text_ += ": ";
        text_ += json;
    }

    std::string finish() { return std::move(text_) + "\n}\n"; }

private:
    std::string text_;
    bool first_ = true;
};

/// Reads members into a spec and remembers the first one that has no meaning.
class MemberReader {
public:
    MemberReader(const rapidjson::Value& object, std::string_view file) : object_(object), file_(file) {}

    void text(std::string_view name, std::string& into) {
        const rapidjson::Value* member = json_member(object_, name);
        if (member == nullptr) return;
        if (const auto value = json_string(object_, name)) {
            into = *value;
        } else {
            wrong(name, "is no text");
        }
    }

    void number(std::string_view name, double& into) {
        std::optional<double> value = into;
        optional_number(name, value);
        if (value) into = *value;
    }

    void optional_number(std::string_view name, std::optional<double>& into) {
        if (json_member(object_, name) == nullptr) return;
        const auto value = json_number(object_, name);
        if (value && std::isfinite(*value)) {
            into = value;
        } else {
            wrong(name, "is no finite number");
        }
    }

    void flag(std::string_view name, bool& into) {
        const rapidjson::Value* found = json_member(object_, name);
        if (found == nullptr) return;
        if (found->IsBool()) {
            into = found->GetBool();
        } else {
            wrong(name, "is neither true nor false");
        }
    }

    template <typename Enum, std::size_t N>
    void choice(std::string_view name, const Names<Enum, N>& names, Enum& into) {
        std::string text_value;
        text(name, text_value);
        if (text_value.empty()) return;
        for (const auto& [value, value_name] : names) {
            if (value_name == text_value) {
                into = value;
                return;
            }
        }
        std::string known;
        for (const auto& [value, value_name] : names)
            known += (known.empty() ? "" : ", ") + std::string(value_name);
        wrong(name, "is \"" + text_value + "\"; known are " + known);
    }

    void texts(std::string_view name, std::vector<std::string>& into) {
        const rapidjson::Value* member = json_member(object_, name);
        if (member == nullptr) return;
        if (!member->IsArray()) return wrong(name, "is no list");
        for (const auto& element : member->GetArray()) {
            if (!element.IsString()) return wrong(name, "holds something that is no text");
            into.emplace_back(json_view(element));
        }
    }

    const rapidjson::Value* member(std::string_view name) const { return json_member(object_, name); }

    void wrong(std::string_view name, std::string reason) {
        if (!error_) {
            error_ = Error{ErrorKind::damaged, std::string(file_), "member " + std::string(name), std::move(reason),
                           "Export the figure again, or correct the recipe"};
        }
    }

    const std::optional<Error>& error() const { return error_; }

private:
    const rapidjson::Value& object_;
    std::string_view file_;
    std::optional<Error> error_;
};

} // namespace isoloss
