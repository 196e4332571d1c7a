#include "app/commands/command.h"
#include "app/exit_code.h"
#include "app/table_text.h"
#include "engine/analysis/query.h"
#include "engine/base/number_text.h"
#include "engine/store/sql_views.h"

#include <CLI/CLI.hpp>
#include <map>
#include <spdlog/fmt/fmt.h>

namespace isoloss {

namespace {

struct QueryArguments {
    std::string project;
    std::string filter;
    std::string of = "runs";
    std::string columns;
    std::string sort;
    std::string sql;
    bool csv = false;
};

PrintedCell sql_cell(const std::optional<std::string>& text) {
    if (!text) return {};
    // A result column has no type; what reads as a number is one.
    if (parse_double(*text)) return PrintedNumber{*text};
    return *text;
}

Expected<PrintedTable> sql_table(Reader& reader, const std::string& statement) {
    ISOLOSS_TRY(auto result, reader.sql(statement));
    PrintedTable table{std::move(result.columns), {}};
    for (const auto& row : result.rows) {
        auto& cells = table.rows.emplace_back();
        for (const auto& text : row)
            cells.push_back(sql_cell(text));
    }
    return table;
}

PrintedCell printed(const QueryCell& cell) {
    if (const auto* whole = std::get_if<std::int64_t>(&cell)) return PrintedNumber{number_text(*whole)};
    if (const auto* number = std::get_if<double>(&cell)) return PrintedNumber{number_text(*number)};
    if (const auto* number = std::get_if<float>(&cell)) return PrintedNumber{number_text(*number)};
    if (const auto* text = std::get_if<std::string>(&cell)) return *text;
    return {};
}

// Commas inside of brackets belong to a name: mean(arc_easy/acc, piqa/acc).
std::vector<std::string> split_columns(std::string_view text) {
    std::vector<std::string> columns;
    int depth = 0;
    std::string column;
    const auto finish = [&] {
        const auto first = column.find_first_not_of(' ');
        if (first != column.npos) columns.push_back(column.substr(first, column.find_last_not_of(' ') - first + 1));
        column.clear();
    };
    for (const char c : text) {
        if (c == '(' || c == '[') ++depth;
        if (c == ')' || c == ']') --depth;
        if (c == ',' && depth == 0)
            finish();
        else
            column += c;
    }
    finish();
    return columns;
}

const std::map<std::string, QueryOf> kinds{{"runs", QueryOf::runs},
                                           {"checkpoints", QueryOf::checkpoints},
                                           {"values", QueryOf::values},
                                           {"items", QueryOf::items},
                                           {"points", QueryOf::points}};

Expected<PrintedTable> filtered_table(Reader& reader, const QueryArguments& arguments) {
    ISOLOSS_TRY(auto result, query_table(reader, arguments.filter, kinds.at(arguments.of),
                                         split_columns(arguments.columns), arguments.sort));
    PrintedTable table{std::move(result.columns), {}};
    for (const auto& row : result.rows) {
        auto& cells = table.rows.emplace_back();
        for (const auto& cell : row)
            cells.push_back(printed(cell));
    }
    return table;
}

Expected<void> query(const QueryArguments& arguments, const CommandContext& context) {
    ISOLOSS_TRY(const auto project, open_for_reading(arguments.project));
    ISOLOSS_TRY(const auto reader, project->reader());
    ISOLOSS_TRY(const PrintedTable table,
                arguments.sql.empty() ? filtered_table(*reader, arguments) : sql_table(*reader, arguments.sql));
    const std::string text = context.json ? json_rows(table) : arguments.csv ? csv_text(table) : aligned_text(table);
    std::fwrite(text.data(), 1, text.size(), stdout);
    return {};
}

std::string sql_help() {
    std::string text = "A read-only SQL statement instead, over the views ";
    for (const SqlView& view : sql_views())
        text.append(view.name).append(", ");
    return text + "the function points('run', 'metric') and the tables; see packaging/docs/sql.md";
}

} // namespace

void add_query_command(CLI::App& app, CommandContext& context) {
    auto* command = app.add_subcommand("query", "Print runs, checkpoints, values, items or points");
    auto arguments = std::make_shared<QueryArguments>();
    command->add_option("-p,--project", arguments->project, "Project file")->required();
    auto* filter = command->add_option("filter", arguments->filter,
                                       "For example 'lr < 3e-4 and group = \"ablation\" and min(val/loss) < 2.9'");
    command->add_option("--of", arguments->of, "What a row is")
        ->check(CLI::IsMember({"runs", "checkpoints", "values", "items", "points"}))
        ->capture_default_str();
    command->add_option("--columns", arguments->columns, "Columns, separated by commas outside of brackets");
    command->add_option("--sort", arguments->sort, "Column to sort by; -COLUMN sorts downwards");
    command->add_option("--sql", arguments->sql, sql_help())->excludes(filter);
    auto* csv = command->add_flag("--csv", arguments->csv, "Comma-separated values");
    command->add_flag("--json", context.json, "A list of objects")->excludes(csv);
    command->callback([&context, arguments] {
        context.run = [&context, arguments] {
            const auto done = query(*arguments, context);
            return done ? exit_status::done : report_error(done.error(), context);
        };
    });
}

} // namespace isoloss
