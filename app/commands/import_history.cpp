#include "app/commands/import_history.h"

#include "app/commands/command.h"
#include "app/exit_code.h"
#include "app/table_text.h"
#include "engine/base/json.h"
#include "engine/base/number_text.h"
#include "engine/store/source_check.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <spdlog/fmt/chrono.h>
#include <spdlog/fmt/fmt.h>

namespace isoloss {

namespace {

constexpr std::size_t most_named_sources = 3;

PrintedCell counted(std::int64_t count) {
    if (count == 0) return {};
    return PrintedNumber{number_text(count)};
}

std::string local_time(double utc_seconds) {
    return fmt::format("{:%Y-%m-%d %H:%M}", fmt::localtime(static_cast<std::time_t>(utc_seconds)));
}

std::string state_of(const ImportRecord& import) {
    if (import.undone_at) return "undone " + local_time(*import.undone_at);
    if (!import.finished_at) return "not finished";
    return import.undoable ? "" : "cannot be undone";
}

std::string json_list(const std::vector<std::string>& texts) {
    std::string text;
    for (const std::string& each : texts)
        text += (text.empty() ? "" : ",") + json_quote(each);
    return "[" + text + "]";
}

std::string json_numbers(const std::vector<ImportId>& imports) {
    std::string text;
    for (const ImportId import : imports)
        text += (text.empty() ? "" : ",") + number_text(import.value);
    return "[" + text + "]";
}

std::string json_time(std::optional<double> utc_seconds) {
    return utc_seconds ? number_text(*utc_seconds) : "null";
}

std::string json_content(const ImportContent& content) {
    return fmt::format(R"({{"runs":{},"series":{},"points":{},"checkpoints":{},"values":{},"items":{}}})", content.runs,
                       content.series, content.points, content.checkpoints, content.values, content.items);
}

std::string json_import(const ImportRecord& import) {
    // What is stored comes from a file; only sound JSON goes on.
    const auto report = parse_json(import.report, {});
    return fmt::format(R"({{"import":{},"paths":{},"started_at":{},"finished_at":{},"undone_at":{},"undoable":{},)"
                       R"("holds":{},"report":{}}})",
                       import.id.value, json_list(import.paths), number_text(import.started_at),
                       json_time(import.finished_at), json_time(import.undone_at), import.undoable,
                       json_content(import.holds), report ? json_text(*report) : "null");
}

void print_list(const std::vector<ImportRecord>& imports) {
    PrintedTable table{
        {"import", "started", "runs", "series", "points", "checkpoints", "values", "items", "state", "paths"}, {}};
    for (const ImportRecord& import : imports)
        table.rows.push_back({PrintedNumber{number_text(import.id.value)}, local_time(import.started_at),
                              counted(import.holds.runs), counted(import.holds.series), counted(import.holds.points),
                              counted(import.holds.checkpoints), counted(import.holds.values),
                              counted(import.holds.items), state_of(import),
                              fmt::format("{}", fmt::join(import.paths, " "))});
    fmt::print("{}", aligned_text(table));
}

/// The import that was named, or the last one that is not undone.
Expected<ImportId> chosen_import(const std::vector<ImportRecord>& imports, const std::string& number) {
    if (!number.empty()) {
        const auto id = parse_int(number);
        if (!id) return fail(ErrorKind::usage, "\"" + number + "\" is no number of an import", "See import --list");
        return ImportId(*id);
    }
    for (auto import = imports.rbegin(); import != imports.rend(); ++import)
        if (!import->undone_at) return import->id;
    return fail(ErrorKind::not_found, "there is no import to undo");
}

Expected<std::vector<LostSource>> lost_sources(Reader& reader, const std::vector<ImportId>& imports) {
    std::vector<LostSource> lost;
    for (const ImportId import : imports) {
        ISOLOSS_TRY(const auto sources, reader.sources_of(import));
        for (LostSource& source : find_lost_sources(sources))
            lost.push_back(std::move(source));
    }
    return lost;
}

/// Why the import should not be undone without --force; empty when nothing speaks against it.
std::string objection(const ImportUndoPlan& plan, const std::vector<LostSource>& lost) {
    std::string text = undo_objection(plan);
    if (lost.empty()) return text;
    std::string names;
    for (std::size_t i = 0; i < std::min(lost.size(), most_named_sources); ++i)
        names += (i == 0 ? "" : ", ") + lost[i].path + " " + lost[i].reason;
    if (lost.size() > most_named_sources) names += fmt::format(" and {} more", lost.size() - most_named_sources);
    return text + (text.empty() ? "" : "; ") + "importing again would not bring it back: " + names;
}

void print_undone(const ImportUndone& undone, const std::vector<LostSource>& lost, const CommandContext& context) {
    std::vector<std::string> lost_paths;
    for (const LostSource& source : lost)
        lost_paths.push_back(source.path);
    if (context.json) {
        fmt::print(R"({{"undone":{},"removed":{},"removed_measured_values":{},"removed_jobs":{},"lost_sources":{},)"
                   R"("damaged":{}}})"
                   "\n",
                   json_numbers(undone.imports), json_content(undone.removed), undone.removed_measured_values,
                   undone.removed_jobs, json_list(lost_paths), json_list(undone.damaged));
        return;
    }
    for (const std::string& damage : undone.damaged)
        fmt::print(stderr, "Could not be cut and stays: {}\n", damage);
    if (context.quiet) return;
    for (const ImportId import : undone.imports)
        fmt::print("Import {} is undone.\n", import.value);
    const auto line = [](std::int64_t number, const char* what) {
        if (number > 0) fmt::print("  {} {}\n", number, what);
    };
    fmt::print("Removed:\n");
    line(undone.removed.runs, "runs");
    line(undone.removed.series, "series");
    line(undone.removed.points, "points");
    line(undone.removed.checkpoints, "checkpoints");
    line(undone.removed.values, "values");
    line(undone.removed.items, "items");
    line(undone.removed_measured_values, "measured values");
    line(undone.removed_jobs, "jobs");
}

} // namespace

void ImportHistory::add_options(CLI::App& command, CLI::Option* paths) {
    auto* list = command.add_flag("--list", list_, "Only list what was imported so far");
    undo_ = command
                .add_option("--undo", number_,
                            "Take the import with this number back, or the last one; importing again brings it back")
                ->expected(0, 1)
                ->type_name("N");
    command
        .add_flag("--force", force_,
                  "Undo also imports that build on it, and although measurements or files would be missed")
        ->needs(undo_);
    list->excludes(paths)->excludes(undo_);
    undo_->excludes(paths);
}

bool ImportHistory::wanted() const {
    return list_ || undo_->count() > 0;
}

int ImportHistory::run(const std::string& project, const CommandContext& context) const {
    return list_ ? list(project, context) : undo(project, context);
}

int ImportHistory::list(const std::string& project, const CommandContext& context) const {
    const auto imports = [&]() -> Expected<std::vector<ImportRecord>> {
        ISOLOSS_TRY(const auto opened, open_for_reading(project));
        ISOLOSS_TRY(const auto reader, opened->reader());
        return reader->imports();
    }();
    if (!imports) return report_error(imports.error(), context);
    if (!context.json) {
        print_list(*imports);
        return exit_status::done;
    }
    std::string text;
    for (const ImportRecord& import : *imports)
        text += (text.empty() ? "" : ",\n") + json_import(import);
    fmt::print("{{\"imports\":[{}]}}\n", text);
    return exit_status::done;
}

int ImportHistory::undo(const std::string& path, const CommandContext& context) const {
    const auto project = open_for_writing(path, false);
    if (!project) return report_error(project.error(), context);

    ImportId import;
    ImportUndoPlan plan;
    std::vector<LostSource> lost;
    const auto look = [&]() -> Expected<void> {
        ISOLOSS_TRY(const auto reader, (*project)->reader());
        ISOLOSS_TRY(const auto imports, reader->imports());
        ISOLOSS_TRY(import, chosen_import(imports, number_));
        ISOLOSS_TRY(plan, reader->plan_undo(import));
        ISOLOSS_TRY(lost, lost_sources(*reader, plan.imports));
        return {};
    };
    if (const auto looked = look(); !looked) return report_error(looked.error(), context);
    if (const std::string reason = objection(plan, lost); !force_ && !reason.empty()) {
        report_error({ErrorKind::usage, path, "import " + number_text(import.value), "is not undone: " + reason,
                      "Add --force to undo it all the same"},
                     context);
        return exit_status::refused;
    }

    ImportUndone undone;
    const auto take_back = [&](WriteSession& session) -> Expected<void> {
        const UndoRule rule = force_ ? UndoRule::with_what_builds_on_it : UndoRule::only_what_files_hold;
        ISOLOSS_TRY(undone, session.undo_import(import, rule));
        return {};
    };
    if (const auto taken = (*project)->writer().run(take_back); !taken) return report_error(taken.error(), context);
    print_undone(undone, lost, context);
    return exit_status::done;
}

} // namespace isoloss
