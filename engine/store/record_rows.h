#pragma once

#include "engine/store/records.h"

#include <span>
#include <string>
#include <vector>

namespace isoloss {

class Statement;

// Rows as records. Each `…_columns` is the select list that its `…_row` reads; `from` clauses are the callers'.

extern const char* const quantity_columns; ///< of table quantity q
QuantityRecord quantity_row(const Statement& row);

extern const char* const job_select; ///< SELECT … FROM job j, without WHERE
extern const char* const queue_join; ///< behind job_select: JOIN … o WHERE the job is queued; what the order needs
/// ORDER BY … of the jobs that no person has moved: by checkpoint, so that each is loaded once, its number type, data.
extern const char* const planned_order;
JobRecord job_row(const Statement& row);

extern const char* const dataset_columns; ///< of table dataset
DatasetRecord dataset_row(const Statement& row);

extern const char* const source_columns; ///< of table source
SourceRecord source_row(const Statement& row);

extern const char* const view_columns; ///< of table view
ViewRecord view_row(const Statement& row);

/// Row of table property: the name of the view that the project opens with.
extern const char* const start_view_property;
/// Row of table property, while no job is to begin.
extern const char* const queue_paused_property;

RunStatus run_status_of(std::string_view name);
ValueStatus value_status_of(std::string_view name);
JobState job_state_of(std::string_view name);

/// A list of texts as a JSON array and back.
std::string texts_to_json(const std::vector<std::string>& texts);
std::vector<std::string> texts_from_json(std::string_view json);

/// Doubles as little-endian bytes and back.
std::vector<std::byte> doubles_to_bytes(std::span<const double> numbers);
std::vector<double> doubles_from_bytes(std::span<const std::byte> bytes);

/// Now, UTC seconds.
double utc_now();

} // namespace isoloss
