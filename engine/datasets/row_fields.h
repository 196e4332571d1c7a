#pragma once

#include "engine/base/error.h"
#include "engine/store/records.h"

#include <map>
#include <optional>
#include <rapidjson/document.h>
#include <string>

namespace isoloss {

/// What kind of data a row is of, and which of its members plays which role (DatasetOptions::fields).
struct RowMeaning {
    DatasetKind kind = DatasetKind::text;
    std::map<std::string, std::string> fields;
};

/// Guesses by names and types of the members; nothing when no rule fits.
std::optional<RowMeaning> guess_row(const rapidjson::Value& row);

/// The members of a row that play the roles of a kind; `said` come first. Fails with usage when a role has no member,
/// with the names of those that there are.
Expected<std::map<std::string, std::string>> fields_for(DatasetKind kind, const rapidjson::Value& row,
                                                        const std::map<std::string, std::string>& said);

} // namespace isoloss
