#pragma once

#include "engine/base/error.h"

#include <optional>
#include <rapidjson/document.h>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace isoloss {

/// An object of a mapping file, read strictly: what is asked for must be of its kind, and finish() refuses members that
/// nobody has asked for. Errors name the member by its place. One thread.
class MappingMembers {
public:
    /// Borrows the object. Fails when it is none.
    static Expected<MappingMembers> of(const rapidjson::Value& value, std::string place);

    Expected<std::optional<std::string>> text(std::string_view name);
    Expected<std::optional<double>> number(std::string_view name);
    Expected<std::vector<std::string>> texts(std::string_view name); ///< none when the member is missing
    /// One of these words: its place among them.
    Expected<std::optional<std::size_t>> word(std::string_view name, std::span<const std::string_view> words);
    /// Any kind of value; nothing when it is missing.
    const rapidjson::Value* member(std::string_view name);

    Expected<void> finish() const;

    std::string place_of(std::string_view member) const;

    static tl::unexpected<Error> refuse(std::string place, std::string reason);

private:
    MappingMembers(const rapidjson::Value& object, std::string place) : object_(&object), place_(std::move(place)) {}

    const rapidjson::Value* object_;
    std::string place_;
    std::vector<std::string> asked_;
};

} // namespace isoloss
