#include "engine/importers/wandb/wandb_files.h"

#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/base/yaml_json.h"
#include "engine/importers/source_state.h"

#include <algorithm>
#include <array>
#include <optional>

namespace isoloss {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view file_format = "wandb_file";
constexpr JsonLimits file_limits{16u << 20, 64};

struct NewFile {
    SourceRecord record;
    std::string text;
};

// Nothing when there is none, when it was read before, or when it cannot be read (then it is reported).
Expected<std::optional<NewFile>> new_file(SourceContext& context, const fs::path& path) {
    std::error_code ignored;
    if (!fs::is_regular_file(path, ignored)) return std::nullopt;
    ISOLOSS_TRY(const auto known, context.known(path_text(path)));
    const auto file = InputFile::open(path);
    if (!file) {
        context.skip(file.error());
        return std::nullopt;
    }
    const auto change = compare_source(*file, known);
    auto record = source_record(*file, file_format);
    auto text = read_text_file(path, file_limits.bytes);
    if (!change || !record || !text) {
        context.skip(!change ? change.error() : !record ? record.error() : text.error());
        return std::nullopt;
    }
    if (*change == SourceChange::unchanged) return std::nullopt;
    record->offset = record->size;
    return NewFile{std::move(*record), std::move(*text)};
}

// Each member wraps what was set: {desc: …, value: …}.
void read_config(const rapidjson::Value& document, WandbConfig& config) {
    for (const auto& member : document.GetObject()) {
        const std::string_view key = json_view(member.name);
        const auto* value = json_member(member.value, "value");
        if (value == nullptr) continue;
        config.set(key, *value);
        if (key != "_wandb") continue;
        config.tell({"client"}, json_string(*value, "cli_version").value_or(""));
        config.tell({"python"}, json_string(*value, "python_version").value_or(""));
    }
}

} // namespace

bool is_wandb_own_file(std::string_view name) {
    constexpr std::array<std::string_view, 10> names{
        "config.yaml", "wandb-summary.json", "wandb-metadata.json", "wandb-history.jsonl",    "wandb-events.jsonl",
        "output.log",  "requirements.txt",   "diff.patch",          "conda-environment.yaml", "media"};
    return std::find(names.begin(), names.end(), name) != names.end();
}

Expected<std::vector<SourceRecord>> read_wandb_files(SourceContext& context, const fs::path& run_folder,
                                                     WandbContent& content) {
    std::vector<SourceRecord> records;
    const fs::path folder = run_folder / "files";
    const auto read = [&](const char* name, auto parse, auto take) -> Expected<void> {
        ISOLOSS_TRY(auto file, new_file(context, folder / name));
        if (!file) return {};
        const auto document = parse(file->text, path_text(folder / name), file_limits);
        if (!document)
            context.skip(document.error());
        else if (document->IsObject())
            take(*document);
        records.push_back(std::move(file->record));
        return {};
    };
    if (!content.has_config())
        ISOLOSS_TRY_VOID(read("config.yaml", parse_yaml,
                              [&](const rapidjson::Value& document) { read_config(document, content.config); }));
    JsonMends mends;
    const auto parse_summary = [&](std::string_view text, std::string_view file, JsonLimits limits) {
        return parse_json(text, file, limits, &mends);
    };
    if (!content.has_summary())
        ISOLOSS_TRY_VOID(read("wandb-summary.json", parse_summary, [&](const rapidjson::Value& document) {
            for (const auto& member : document.GetObject())
                content.set_summary(json_view(member.name), json_text(member.value));
        }));
    context.note_mends(folder / "wandb-summary.json", mends);
    return records;
}

} // namespace isoloss
