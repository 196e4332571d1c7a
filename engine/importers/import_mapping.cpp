#include "engine/importers/import_mapping.h"

#include "engine/base/file.h"
#include "engine/base/hash.h"
#include "engine/base/json.h"
#include "engine/base/number_text.h"
#include "engine/importers/name_template.h"
#include "engine/importers/tables/mapping_members.h"
#include "engine/importers/tables/table_mapping_json.h"
#include "engine/store/reader.h"
#include "engine/store/writer.h"

#include <iterator>
#include <utility>

namespace isoloss {

namespace {

constexpr std::uint64_t largest_mapping = 4u << 20;

Expected<RunRule> read_rule(const rapidjson::Value& value, const std::string& place) {
    ISOLOSS_TRY(auto members, MappingMembers::of(value, place));
    ISOLOSS_TRY(const auto match, members.text("match"));
    ISOLOSS_TRY(const auto run, members.text("run"));
    ISOLOSS_TRY(const auto step, members.text("step"));
    ISOLOSS_TRY_VOID(members.finish());
    if (!match || match->empty()) return MappingMembers::refuse(members.place_of("match"), "is missing");
    if (!run || run->empty()) return MappingMembers::refuse(members.place_of("run"), "is missing");
    for (const auto& name : {*run, step.value_or("")})
        if (const auto valid = NameTemplate::compile(*match, name); !valid)
            return MappingMembers::refuse(members.place_of("match"), valid.error().reason);
    return RunRule{*match, *run, step.value_or("")};
}

Expected<ImportMapping> read_mapping(const rapidjson::Value& document) {
    ImportMapping mapping;
    if (json_member(document, "columns") != nullptr) {
        ISOLOSS_TRY(auto table, read_table_mapping(document, {}));
        mapping.tables.push_back(std::move(table));
        return mapping;
    }
    ISOLOSS_TRY(auto members, MappingMembers::of(document, {}));
    const auto* tables = members.member("tables");
    const auto* runs = members.member("runs");
    ISOLOSS_TRY(const auto join, members.text("join"));
    ISOLOSS_TRY_VOID(members.finish());
    if (tables != nullptr && !tables->IsArray()) return MappingMembers::refuse("tables", "must be a list");
    if (runs != nullptr && !runs->IsArray()) return MappingMembers::refuse("runs", "must be a list");
    if (join && *join != "names") return MappingMembers::refuse("join", "must be \"names\"");
    mapping.join_names = join.has_value();
    for (rapidjson::SizeType i = 0; tables != nullptr && i < tables->Size(); ++i) {
        ISOLOSS_TRY(auto table, read_table_mapping((*tables)[i], "tables[" + std::to_string(i) + "]"));
        mapping.tables.push_back(std::move(table));
    }
    for (rapidjson::SizeType i = 0; runs != nullptr && i < runs->Size(); ++i) {
        ISOLOSS_TRY(auto rule, read_rule((*runs)[i], "runs[" + std::to_string(i) + "]"));
        mapping.runs.push_back(std::move(rule));
    }
    return mapping;
}

} // namespace

Expected<ImportMapping> parse_import_mapping(std::string_view text, std::string_view file) {
    ISOLOSS_TRY(const auto document, parse_json(text, file, {largest_mapping}));
    auto mapping = read_mapping(document);
    if (!mapping) {
        mapping.error().file = std::string(file);
        return mapping;
    }
    return mapping;
}

Expected<ImportMapping> read_import_mapping(const std::filesystem::path& path) {
    ISOLOSS_TRY(const std::string text, read_text_file(path, largest_mapping));
    return parse_import_mapping(text, path_text(path));
}

std::string import_mapping_json(const ImportMapping& mapping) {
    std::string text = "{\"tables\":[";
    for (std::size_t i = 0; i < mapping.tables.size(); ++i)
        text += (i > 0 ? "," : "") + table_mapping_json(mapping.tables[i]);
    text += "],\"runs\":[";
    for (std::size_t i = 0; i < mapping.runs.size(); ++i) {
        const RunRule& rule = mapping.runs[i];
        text += (i > 0 ? ",{\"match\":" : "{\"match\":") + json_quote(rule.match) + ",\"run\":" + json_quote(rule.run);
        if (!rule.step.empty()) text += ",\"step\":" + json_quote(rule.step);
        text += '}';
    }
    return text + (mapping.join_names ? "],\"join\":\"names\"}" : "]}");
}

Expected<ImportMapping> with_kept_mappings(Reader& reader, ImportMapping given) {
    ISOLOSS_TRY(const auto kept, reader.mappings());
    for (const MappingRecord& record : kept) {
        ISOLOSS_TRY(auto mapping, parse_import_mapping(record.body, "the project's mapping " + record.name));
        std::move(mapping.tables.begin(), mapping.tables.end(), std::back_inserter(given.tables));
        std::move(mapping.runs.begin(), mapping.runs.end(), std::back_inserter(given.runs));
    }
    return given;
}

Expected<void> keep_mappings(WriteSession& store, const ImportMapping& mapping) {
    for (const TableMapping& table : mapping.tables) {
        const std::string name = table.name.empty() ? "table " + content_hash(table_mapping_json(table)).substr(0, 8)
                                                    : "table " + table.name;
        ISOLOSS_TRY_VOID(store.put_mapping({name, import_mapping_json({{table}, {}, false})}));
    }
    if (mapping.runs.empty()) return {};
    return store.put_mapping({"runs", import_mapping_json({{}, mapping.runs, false})});
}

std::optional<RuledName> apply_run_rules(const std::vector<RunRule>& rules, std::string_view text) {
    for (const RunRule& rule : rules) {
        const auto names = NameTemplate::compile(rule.match, rule.run);
        if (!names) continue; // refused when the mapping was read
        const auto run = names->apply(text);
        if (!run || run->empty()) continue;
        RuledName ruled{*run, std::nullopt};
        if (!rule.step.empty())
            if (const auto steps = NameTemplate::compile(rule.match, rule.step))
                if (const auto step = steps->apply(text)) ruled.step = parse_int(*step);
        return ruled;
    }
    return std::nullopt;
}

} // namespace isoloss
