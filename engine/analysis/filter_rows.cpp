#include "engine/analysis/filter_rows.h"

#include "engine/analysis/checkpoint_cells.h"
#include "engine/analysis/filter_columns.h"
#include "engine/analysis/run_cells.h"
#include "engine/store/reader.h"

#include <algorithm>
#include <numeric>

namespace isoloss {

namespace {

using Kind = ResolvedKey::Kind;
using Cells = std::vector<FilterValue>;

FilterColumn shared(Cells cells) {
    return std::make_shared<const Cells>(std::move(cells));
}

// Names of a run are those of each of its checkpoints.
Cells spread(const ProjectIndex& index, const Cells& of_runs) {
    Cells cells;
    for (std::size_t i = 0; i < index.checkpoints().size(); ++i)
        cells.push_back(of_runs[index.run_of(i)]);
    return cells;
}

Expected<Cells> own_cells(Reader& reader, ProjectIndex& index, const ResolvedKey& key) {
    const std::size_t count = index.checkpoints().size();
    Cells cells(count);
    if (key.kind == Kind::architecture || key.kind == Kind::path) {
        for (std::size_t i = 0; i < count; ++i)
            if (std::string text = text_of(index, key, i); !text.empty()) cells[i] = std::move(text);
        return cells;
    }
    ISOLOSS_TRY_VOID(index.load_values(reader, key.quantities));
    std::vector<std::size_t> all(count);
    std::iota(all.begin(), all.end(), std::size_t{0});
    ISOLOSS_TRY(const auto numbers, cells_of(reader, index, key, all));
    for (std::size_t i = 0; i < count; ++i)
        if (numbers[i].value) cells[i] = *numbers[i].value;
    return cells;
}

// Whether a key is about a run as a whole, so that its checkpoints share it.
bool is_of_run(Kind kind) {
    switch (kind) {
    case Kind::attempt:
    case Kind::step:
    case Kind::tokens:
    case Kind::flops:
    case Kind::parameters:
    case Kind::architecture:
    case Kind::path:
    case Kind::quantity:
    case Kind::mean:
    case Kind::series:
        return false;
    default:
        return true;
    }
}

Expected<Cells> checkpoint_cells(Reader& reader, ProjectIndex& index, const Filter::Name& name) {
    const bool presence = name.function == "has";
    const bool aggregate = !name.function.empty() && !presence && name.function != "mean";
    ResolvedKey key;
    if (!aggregate) {
        ISOLOSS_TRY(key, index.resolve(reader, key_of_name(name)));
    }
    // A series is there for a checkpoint when its run has one.
    if (aggregate || is_of_run(key.kind) || (presence && key.kind == Kind::series)) {
        ISOLOSS_TRY(const Cells of_runs, run_cells(reader, index, name));
        return spread(index, of_runs);
    }
    ISOLOSS_TRY(Cells cells, own_cells(reader, index, key));
    if (presence)
        for (FilterValue& cell : cells)
            cell = std::holds_alternative<std::monostate>(cell) ? 0.0 : 1.0;
    return cells;
}

} // namespace

Expected<std::vector<std::size_t>> matching_runs(Reader& reader, ProjectIndex& index, const Filter& filter) {
    return passing_rows(filter, index.runs().size(), [&](const Filter::Name& name) -> Expected<FilterColumn> {
        return run_cells(reader, index, name).map(shared);
    });
}

Expected<std::vector<std::size_t>> matching_checkpoints(Reader& reader, ProjectIndex& index, const Filter& filter) {
    ISOLOSS_TRY_VOID(index.load_checkpoints(reader));
    return passing_rows(filter, index.checkpoints().size(), [&](const Filter::Name& name) -> Expected<FilterColumn> {
        return checkpoint_cells(reader, index, name).map(shared);
    });
}

Expected<std::vector<RunId>> filter_runs(Reader& reader, std::string_view filter) {
    ISOLOSS_TRY(const Filter parsed, Filter::parse(filter));
    ISOLOSS_TRY(ProjectIndex index, ProjectIndex::load(reader));
    ISOLOSS_TRY(const auto rows, matching_runs(reader, index, parsed));
    std::vector<RunId> runs;
    for (const std::size_t row : rows)
        runs.push_back(index.runs()[row].id);
    return runs;
}

Expected<std::vector<CheckpointId>> filter_checkpoints(Reader& reader, std::string_view filter) {
    ISOLOSS_TRY(const Filter parsed, Filter::parse(filter));
    ISOLOSS_TRY(ProjectIndex index, ProjectIndex::load(reader));
    ISOLOSS_TRY(const auto rows, matching_checkpoints(reader, index, parsed));
    std::vector<CheckpointId> checkpoints;
    for (const std::size_t row : rows)
        checkpoints.push_back(index.checkpoints()[row].id);
    return checkpoints;
}

} // namespace isoloss
