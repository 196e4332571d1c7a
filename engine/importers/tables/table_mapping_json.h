#pragma once

#include "engine/base/error.h"
#include "engine/importers/tables/table_mapping.h"

#include <rapidjson/document.h>
#include <string>
#include <string_view>

namespace isoloss {

/// Reads a mapping strictly: a member that is unknown, missing or of the wrong kind is an error of kind usage whose
/// place names it ("tables[0].columns.loss.role"). `place`: of the object itself, may be empty.
Expected<TableMapping> read_table_mapping(const rapidjson::Value& object, const std::string& place);

/// What read_table_mapping reads back to an equal mapping.
std::string table_mapping_json(const TableMapping& mapping);

} // namespace isoloss
