#pragma once

#include "engine/importers/import_mapping.h"
#include "engine/importers/tables/table_guess.h"
#include "engine/importers/tables/table_sample.h"

#include <optional>
#include <string>
#include <vector>

namespace isoloss {

/// How a table is going to be read.
struct TablePlan {
    TableDialect dialect;
    std::optional<TableMapping> mapping; ///< none: it needs one
    bool given = false;                  ///< by a person, not guessed
    TableGuess guess;                    ///< when it was not given
    std::vector<std::string> columns;
};

/// By a mapping of the person that applies, else by a guess. `head`: the first bytes of the file. Nothing when the file
/// is no table. Fails when its header cannot be read.
Expected<std::optional<TablePlan>> plan_table(const InputFile& file, std::string_view head,
                                              const ImportMapping& mapping);

/// What a mapping is given with, for messages.
constexpr const char* how_to_map = "Give one with `isoloss import --map FILE.json` (packaging/docs/mappings.md) or in "
                                   "the import dialog";

} // namespace isoloss
