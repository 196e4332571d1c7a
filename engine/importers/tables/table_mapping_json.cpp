#include "engine/importers/tables/table_mapping_json.h"

#include "engine/base/json.h"
#include "engine/base/number_text.h"
#include "engine/importers/name_template.h"
#include "engine/importers/tables/mapping_members.h"
#include "engine/importers/tables/table_rows.h"

#include <array>

namespace isoloss {

namespace {

using From = RunNaming::From;

// The words of an enumeration in its order, from the function that names its values.
template <std::size_t Count, typename Enum>
std::array<std::string_view, Count> words_of(std::string_view (*name)(Enum)) {
    std::array<std::string_view, Count> words;
    for (std::size_t i = 0; i < Count; ++i)
        words[i] = name(static_cast<Enum>(i));
    return words;
}

template <std::size_t Count, typename Enum>
Expected<void> read_word(MappingMembers& members, std::string_view member, std::string_view (*name)(Enum),
                         Enum& value) {
    const auto words = words_of<Count>(name);
    ISOLOSS_TRY(const auto found, members.word(member, words));
    if (found) value = static_cast<Enum>(*found);
    return {};
}

Expected<ColumnMapping> read_column(std::string_view column, const rapidjson::Value& value, const std::string& place) {
    ColumnMapping mapping;
    mapping.column = column;
    if (value.IsString()) { // "loss": "metric"
        const auto role = column_role(json_view(value));
        if (!role) return MappingMembers::refuse(place, "\"" + std::string(json_view(value)) + "\" is no role");
        mapping.role = *role;
        return mapping;
    }
    if (!value.IsObject()) return MappingMembers::refuse(place, "must be a role or an object with a role");
    ISOLOSS_TRY(auto members, MappingMembers::of(value, place));
    ISOLOSS_TRY(const auto role, members.text("role"));
    if (!role) return MappingMembers::refuse(members.place_of("role"), "is missing");
    const auto known = column_role(*role);
    if (!known) return MappingMembers::refuse(members.place_of("role"), "\"" + *role + "\" is no role");
    mapping.role = *known;
    ISOLOSS_TRY(const auto factor, members.number("factor"));
    mapping.factor = factor.value_or(1);
    if (mapping.factor <= 0) return MappingMembers::refuse(members.place_of("factor"), "must be above 0");
    ISOLOSS_TRY_VOID((read_word<5>(members, "unit", time_unit_name, mapping.unit)));
    ISOLOSS_TRY(const auto name, members.text("name"));
    ISOLOSS_TRY(const auto of, members.text("of"));
    ISOLOSS_TRY(const auto run, members.text("run"));
    mapping.name = name.value_or("");
    mapping.of = of.value_or("");
    mapping.run = run.value_or("");
    Direction direction{};
    if (members.member("direction") != nullptr) {
        ISOLOSS_TRY_VOID((read_word<3>(members, "direction", direction_name, direction)));
        mapping.direction = direction;
    }
    ISOLOSS_TRY_VOID(members.finish());
    if (mapping.role == ColumnRole::standard_error && mapping.of.empty())
        return MappingMembers::refuse(members.place_of("of"), "is missing: which column is it the standard error of?");
    return mapping;
}

Expected<RunNaming> read_naming(const rapidjson::Value& value, const std::string& place) {
    RunNaming naming;
    ISOLOSS_TRY(auto members, MappingMembers::of(value, place));
    ISOLOSS_TRY_VOID((read_word<5>(members, "from", run_naming_name, naming.from)));
    ISOLOSS_TRY(const auto match, members.text("match"));
    ISOLOSS_TRY(const auto run, members.text("run"));
    ISOLOSS_TRY(const auto fixed, members.text("name"));
    ISOLOSS_TRY_VOID(members.finish());
    naming.match = match.value_or("");
    naming.run = run.value_or("");
    naming.fixed = fixed.value_or("");
    if (naming.match.empty() != naming.run.empty())
        return MappingMembers::refuse(place, "needs both \"match\" and \"run\", or neither");
    if (naming.from == From::fixed && naming.fixed.empty())
        return MappingMembers::refuse(members.place_of("name"), "is missing: which name do all rows have?");
    if (!naming.match.empty())
        if (const auto valid = NameTemplate::compile(naming.match, naming.run); !valid)
            return MappingMembers::refuse(members.place_of("match"), valid.error().reason);
    return naming;
}

// What must hold between the members.
Expected<void> check(const TableMapping& mapping, const std::string& place) {
    const auto has = [&](ColumnRole role) {
        for (const ColumnMapping& column : mapping.columns)
            if (column.role == role) return true;
        return false;
    };
    const auto refuse = [&](const char* reason) {
        return MappingMembers::refuse(place.empty() ? "columns" : place + ".columns", reason);
    };
    if (mapping.run.from == From::column && !has(ColumnRole::run)) return refuse("must have a column of role run");
    if (mapping.rows == RowKind::models) return {};
    if (mapping.step_from == StepFrom::column && !has(ColumnRole::step))
        return refuse("must have a column of role step, or \"step_from\" must say where steps come from");
    const bool by_batch = mapping.step_from == StepFrom::tokens_by_batch;
    if ((by_batch || mapping.step_from == StepFrom::tokens) && !has(ColumnRole::tokens))
        return refuse("must have a column of role tokens, because steps come from it");
    if (by_batch && !has(ColumnRole::batch_tokens))
        return refuse("must have a column of role batch_tokens, because steps come from it");
    if (has(ColumnRole::metric_name) != has(ColumnRole::metric_value))
        return refuse("must have metric_name and metric_value together");
    return {};
}

void put(std::string& text, std::string_view name, const std::string& value) {
    if (!value.empty()) text += ",\"" + std::string(name) + "\":" + json_quote(value);
}

std::string column_json(const ColumnMapping& column) {
    std::string text = "{\"role\":" + json_quote(column_role_name(column.role));
    if (column.factor != 1) text += ",\"factor\":" + number_text(column.factor);
    if (column.unit != TimeUnit::seconds) put(text, "unit", std::string(time_unit_name(column.unit)));
    put(text, "name", column.name);
    put(text, "of", column.of);
    put(text, "run", column.run);
    if (column.direction) put(text, "direction", std::string(direction_name(*column.direction)));
    return text + "}";
}

} // namespace

Expected<TableMapping> read_table_mapping(const rapidjson::Value& object, const std::string& place) {
    TableMapping mapping;
    ISOLOSS_TRY(auto members, MappingMembers::of(object, place));
    ISOLOSS_TRY(const auto name, members.text("name"));
    ISOLOSS_TRY(const auto files, members.text("files"));
    ISOLOSS_TRY(mapping.header, members.texts("header"));
    ISOLOSS_TRY(const auto delimiter, members.text("delimiter"));
    mapping.name = name.value_or("");
    mapping.files = files.value_or("");
    if (delimiter) {
        if (delimiter->size() != 1 || std::string_view("\"\r\n").find(delimiter->front()) != std::string_view::npos)
            return MappingMembers::refuse(members.place_of("delimiter"), "must be one character, such as \";\"");
        mapping.delimiter = delimiter->front();
    }
    ISOLOSS_TRY_VOID((read_word<3>(members, "rows", row_kind_name, mapping.rows)));
    ISOLOSS_TRY_VOID((read_word<5>(members, "step_from", step_from_name, mapping.step_from)));
    if (const auto* run = members.member("run")) {
        ISOLOSS_TRY(mapping.run, read_naming(*run, members.place_of("run")));
    }
    const auto* columns = members.member("columns");
    if (columns == nullptr || !columns->IsObject() || columns->ObjectEmpty())
        return MappingMembers::refuse(members.place_of("columns"),
                                      "must be an object: the name of each column and its role");
    if (columns->MemberCount() > most_table_columns)
        return MappingMembers::refuse(members.place_of("columns"), "names more than 20 000 columns");
    for (const auto& [column, value] : columns->GetObject()) {
        const std::string_view column_name = json_view(column);
        ISOLOSS_TRY(auto read,
                    read_column(column_name, value, members.place_of("columns") + "." + std::string(column_name)));
        mapping.columns.push_back(std::move(read));
    }
    ISOLOSS_TRY_VOID(members.finish());
    ISOLOSS_TRY_VOID(check(mapping, place));
    return mapping;
}

std::string table_mapping_json(const TableMapping& mapping) {
    std::string text = "{\"rows\":" + json_quote(row_kind_name(mapping.rows));
    put(text, "name", mapping.name);
    put(text, "files", mapping.files);
    if (!mapping.header.empty()) {
        text += ",\"header\":[";
        for (std::size_t i = 0; i < mapping.header.size(); ++i)
            text += (i > 0 ? "," : "") + json_quote(mapping.header[i]);
        text += ']';
    }
    if (mapping.delimiter) put(text, "delimiter", std::string(1, *mapping.delimiter));
    text += ",\"run\":{\"from\":" + json_quote(run_naming_name(mapping.run.from));
    put(text, "match", mapping.run.match);
    put(text, "run", mapping.run.run);
    put(text, "name", mapping.run.fixed);
    text += '}';
    if (mapping.step_from != StepFrom::column) put(text, "step_from", std::string(step_from_name(mapping.step_from)));
    text += ",\"columns\":{";
    for (std::size_t i = 0; i < mapping.columns.size(); ++i)
        text += (i > 0 ? "," : "") + json_quote(mapping.columns[i].column) + ":" + column_json(mapping.columns[i]);
    return text + "}}";
}

} // namespace isoloss
