#pragma once

#include "engine/analysis/run_table.h"
#include "engine/base/error.h"
#include "ui/models/run_sections.h"

#include <QJsonObject>
#include <QString>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace isoloss {

/// How the Runs dock shows the runs: part of a named view.
struct RunArrangement {
    std::string filter;
    std::vector<std::string> columns; ///< keys, see RunFields
    std::string sortKey = "name";
    bool descending = false;
    std::string groupKey; ///< empty: no sections
    bool withArchived = false;
    bool trash = false; ///< what is in the trash instead of what is not

    bool operator==(const RunArrangement&) const = default;
};

/// Columns, sorting and grouping as a view keeps them; the filter is kept with the figure, and neither the archive nor
/// the trash is part of a view. Members that are missing or of a wrong type keep their default.
QJsonObject runArrangementJson(const RunArrangement& arrangement);
RunArrangement runArrangementOf(const QJsonObject& json);

/// The runs as arranged: filtered, pinned runs first, grouped and sorted. Immutable once made, shared by threads.
struct ArrangedRuns {
    RunTable table;
    std::string groupKey;             ///< the field that the sections share a value of; empty: none
    std::vector<RunSection> sections; ///< empty when not grouped
    int archivedHidden = 0;           ///< runs that only the archive hides
    std::optional<Error> filterError; ///< the table then holds all runs
};

/// An error when reading fails. Any thread.
Expected<ArrangedRuns> arrangeRuns(Reader& reader, const RunFields& fields, const RunArrangement& arrangement);

/// A cell as it is shown: numbers short, nothing as an empty text.
QString runCellText(std::string_view key, const FilterValue& value);

} // namespace isoloss
