#pragma once

#include "engine/base/error.h"
#include "engine/importers/tables/table_mapping.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace isoloss {

class Reader;
class WriteSession;

/// A person's rule for the names of runs (HOUSE.md, joining): a regular expression over the run's name or path, and the
/// run and step with \1 … for what its groups found.
struct RunRule {
    std::string match;
    std::string run;
    std::string step; ///< empty when the rule gives none
};

/// What a person says about the names and tables of an import (packaging/docs/mappings.md).
struct ImportMapping {
    std::vector<TableMapping> tables;
    std::vector<RunRule> runs;
    bool join_names = false; ///< runs of the same name are one

    bool empty() const { return tables.empty() && runs.empty() && !join_names; }
};

/// What a rule makes of a name.
struct RuledName {
    std::string run;
    std::optional<std::int64_t> step;
};

/// Reads {"tables": […], "runs": […], "join": "names"}, or one table alone. Strict; errors name the member.
Expected<ImportMapping> parse_import_mapping(std::string_view text, std::string_view file);
Expected<ImportMapping> read_import_mapping(const std::filesystem::path& path);

/// What parse_import_mapping reads back to an equal mapping.
std::string import_mapping_json(const ImportMapping& mapping);

/// Adds what the project keeps behind what is given: that comes first.
Expected<ImportMapping> with_kept_mappings(Reader& reader, ImportMapping given);

/// Keeps tables under their names, or by their content when they have none, and the rules for runs.
Expected<void> keep_mappings(WriteSession& store, const ImportMapping& mapping);

/// The first rule that is found in the text; nothing when none is. A step that is no integer counts as none.
std::optional<RuledName> apply_run_rules(const std::vector<RunRule>& rules, std::string_view text);

} // namespace isoloss
