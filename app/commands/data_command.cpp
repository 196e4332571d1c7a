#include "app/commands/command.h"
#include "app/exit_code.h"
#include "app/table_text.h"
#include "app/terminal_progress.h"
#include "engine/analysis/checkpoint_table.h"
#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/base/number_text.h"
#include "engine/datasets/dataset.h"
#include "engine/datasets/dataset_items.h"

#include <CLI/CLI.hpp>
#include <spdlog/fmt/fmt.h>

namespace isoloss {

namespace {

constexpr std::size_t short_hash = 8;

struct DataArguments {
    std::string project;
    std::vector<std::string> files;
    std::string name, new_name;
    std::string kind;
    std::string second_file;
    std::vector<std::string> fields; ///< "role=name"
    std::string token_type;
    std::int64_t end_of_document = -1;
    std::size_t items = 3;
    std::int64_t tokens = 0;
    std::string checkpoints;
};

std::string state_word(const DatasetRecord& dataset) {
    const auto state = dataset_state(dataset);
    if (!state) return state.error().reason;
    switch (*state) {
    case DatasetState::unchanged:
        return "ok";
    case DatasetState::changed:
        return "changed";
    case DatasetState::missing:
        return "missing";
    }
    return {};
}

std::string counts_text(const DatasetDetails& details) {
    std::string text;
    for (const DatasetCount& count : details.counts)
        text += (text.empty() ? "" : ", ") + number_text(count.second) + " " + std::string(counted_word(count));
    return text;
}

/// One object with all that is known: the record, its details and its state.
std::string dataset_json(const DatasetRecord& dataset) {
    return fmt::format("{{\"name\":{},\"kind\":{},\"path\":{},\"hash\":{},\"bytes\":{},\"state\":{},\"details\":{}}}",
                       json_quote(dataset.name), json_quote(dataset_kind_name(dataset.kind)), json_quote(dataset.path),
                       json_quote(dataset.hash), dataset.bytes, json_quote(state_word(dataset)), dataset.details);
}

Expected<DatasetRecord> find_dataset(Reader& reader, const std::string& name) {
    ISOLOSS_TRY(const auto datasets, reader.datasets());
    // Of several versions of one name the last one added.
    const DatasetRecord* found = nullptr;
    for (const DatasetRecord& dataset : datasets)
        if (dataset.name == name || dataset.path == name) found = &dataset;
    if (found != nullptr) return *found;
    return fail(ErrorKind::not_found, "the project has no data set " + json_quote(name),
                "isoloss data list -p PROJECT lists them");
}

Expected<DatasetOptions> options_of(const DataArguments& arguments) {
    DatasetOptions options;
    if (!arguments.kind.empty()) options.kind = dataset_kind_named(arguments.kind);
    if (!arguments.second_file.empty()) options.files = {arguments.second_file};
    options.token_type = arguments.token_type;
    if (arguments.end_of_document >= 0) options.end_of_document = arguments.end_of_document;
    for (const std::string& field : arguments.fields) {
        const std::size_t equals = field.find('=');
        if (equals == std::string::npos || equals == 0 || equals + 1 == field.size())
            return fail(ErrorKind::usage, json_quote(field) + " does not say which field plays which role",
                        "Write role=field, for example --field text=content");
        options.fields.emplace(field.substr(0, equals), field.substr(equals + 1));
    }
    return options;
}

Expected<void> print_description(const DatasetRecord& dataset) {
    ISOLOSS_TRY(const DatasetDetails details, DatasetDetails::parse(dataset.details));
    fmt::print("{}: {}, {}\n", dataset.name, dataset_kind_words(dataset.kind), counts_text(details));
    fmt::print("  {}, {} bytes, {}, hash {}\n", dataset.path, dataset.bytes, state_word(dataset), dataset.hash);
    for (const std::string& file : details.reading.files)
        fmt::print("  with {}\n", file);
    for (const std::string& note : details.notes)
        fmt::print("  guessed: {}\n", note);
    if (details.problem_count > 0)
        fmt::print("  {} left out:\n", details.problem_count == 1
                                           ? "1 broken row is"
                                           : fmt::format("{} broken rows are", details.problem_count));
    for (const std::string& problem : details.problems)
        fmt::print("    {}\n", problem);
    return {};
}

Expected<int> list(const DataArguments& arguments, const CommandContext& context) {
    ISOLOSS_TRY(const auto project, open_for_reading(arguments.project));
    ISOLOSS_TRY(const auto reader, project->reader());
    ISOLOSS_TRY(const auto datasets, reader->datasets());
    if (context.json) {
        for (const DatasetRecord& dataset : datasets)
            fmt::print("{}\n", dataset_json(dataset));
        return exit_status::done;
    }
    PrintedTable table{{"name", "kind", "holds", "bytes", "hash", "state", "path"}, {}};
    for (const DatasetRecord& dataset : datasets) {
        ISOLOSS_TRY(const DatasetDetails details, DatasetDetails::parse(dataset.details));
        table.rows.push_back({dataset.name, std::string(dataset_kind_words(dataset.kind)), counts_text(details),
                              PrintedNumber{number_text(dataset.bytes)}, dataset.hash.substr(0, short_hash),
                              state_word(dataset), dataset.path});
    }
    fmt::print("{}", aligned_text(table));
    return exit_status::done;
}

Expected<int> add(const DataArguments& arguments, const CommandContext& context) {
    ISOLOSS_TRY(const DatasetOptions options, options_of(arguments));
    ISOLOSS_TRY(const auto project, open_for_writing(arguments.project, true));
    bool all = true;
    for (const std::string& file : arguments.files) {
        auto dataset = describe_dataset(std::filesystem::absolute(file).lexically_normal(), options);
        if (!dataset) {
            fmt::print(stderr, "Skipped {}\n", dataset.error().text());
            all = false;
            continue;
        }
        if (!arguments.name.empty()) dataset->name = arguments.name;
        ISOLOSS_TRY_VOID(project->writer().run([&](WriteSession& session) -> Expected<void> {
            ISOLOSS_TRY(dataset->id, session.ensure_dataset(*dataset));
            return {};
        }));
        if (context.json)
            fmt::print("{}\n", dataset_json(*dataset));
        else
            ISOLOSS_TRY_VOID(print_description(*dataset));
    }
    return all ? exit_status::done : exit_status::partly_failed;
}

/// The tokenizer of the first checkpoint that passes the filter and has one.
Expected<std::unique_ptr<Tokenizer>> tokenizer_of(Reader& reader, const std::string& filter) {
    ISOLOSS_TRY(const auto table, load_checkpoint_table(reader, filter, {}));
    Error last{ErrorKind::not_found,
               {},
               {},
               "no checkpoint with files passes the filter " + json_quote(filter),
               "isoloss query -p PROJECT --of checkpoints lists what there is"};
    for (const auto& checkpoint : table.checkpoints) {
        if (checkpoint.path.empty()) continue;
        auto tokenizer = load_tokenizer(checkpoint.path);
        if (tokenizer) return tokenizer;
        last = std::move(tokenizer).error();
    }
    return fail(std::move(last));
}

/// Tokens in brackets with their ids; what one stands for follows its id.
Expected<std::string> tokens_text(const DatasetItem& item, const Tokenizer& tokenizer, std::int64_t most) {
    std::vector<std::int32_t> ids = item.ids;
    for (const std::string& part : item.parts) {
        ISOLOSS_TRY(const TokenizedText encoded, tokenizer.encode(part));
        ids.insert(ids.end(), encoded.ids.begin(), encoded.ids.end());
    }
    std::string text;
    for (std::size_t i = 0; i < ids.size(); ++i) {
        if (static_cast<std::int64_t>(i) == most) return text + " …";
        text += fmt::format("[{} {}]", ids[i], json_quote(tokenizer.decode({ids[i]})));
    }
    return text;
}

std::string excerpt(std::string text) {
    constexpr std::size_t most = 500;
    if (text.size() > most) {
        std::size_t end = most;
        while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80)
            --end;
        text = text.substr(0, end) + " …";
    }
    return text;
}

Expected<int> show(const DataArguments& arguments, const CommandContext& context) {
    ISOLOSS_TRY(const auto project, open_for_reading(arguments.project));
    ISOLOSS_TRY(const auto reader, project->reader());
    ISOLOSS_TRY(const DatasetRecord dataset, find_dataset(*reader, arguments.name));
    std::unique_ptr<Tokenizer> tokenizer;
    if (arguments.tokens > 0 || !arguments.checkpoints.empty()) {
        ISOLOSS_TRY(tokenizer, tokenizer_of(*reader, arguments.checkpoints));
    }
    std::optional<std::int64_t> count;
    if (tokenizer && has_tokens(dataset.kind)) {
        const InterruptGuard interrupt;
        TerminalProgress progress(context.quiet || context.json);
        ProgressReporter reporter([&](const Progress& now) { progress.show(now); }, "items", 0);
        ISOLOSS_TRY(count, count_tokens_of(dataset, *tokenizer, interrupt.token(),
                                           [&](std::uint64_t done, std::uint64_t) { reporter.advance_to(done); }));
    }
    if (context.json) {
        fmt::print("{}\n", dataset_json(dataset));
        return exit_status::done;
    }
    ISOLOSS_TRY_VOID(print_description(dataset));
    if (count) fmt::print("  {} tokens of this tokenizer ({})\n", *count, tokenizer->kind());
    ISOLOSS_TRY(const auto items, dataset_items(dataset, arguments.items));
    for (const DatasetItem& item : items) {
        fmt::print("\n{}\n", item.title);
        if (tokenizer && has_tokens(dataset.kind)) {
            ISOLOSS_TRY(const std::string text,
                        tokens_text(item, *tokenizer, arguments.tokens > 0 ? arguments.tokens : 100));
            fmt::print("  {}\n", text);
            continue;
        }
        for (const std::string& part : item.parts)
            fmt::print("  {}\n", json_quote(excerpt(part)));
        if (item.ids.empty()) continue;
        constexpr std::size_t most_ids = 30;
        std::string ids;
        for (std::size_t i = 0; i < std::min(most_ids, item.ids.size()); ++i)
            ids += std::to_string(item.ids[i]) + " ";
        fmt::print("  {}{}\n", ids, item.ids.size() > most_ids ? "…" : "");
    }
    return exit_status::done;
}

Expected<int> change(const DataArguments& arguments, bool rename) {
    ISOLOSS_TRY(const auto project, open_for_writing(arguments.project, false));
    DatasetRecord dataset;
    {
        ISOLOSS_TRY(const auto reader, project->reader());
        ISOLOSS_TRY(dataset, find_dataset(*reader, arguments.name));
    }
    ISOLOSS_TRY_VOID(project->writer().run([&](WriteSession& session) {
        return rename ? session.rename_dataset(dataset.id, arguments.new_name)
                      : session.set_dataset_removed(dataset.id, true);
    }));
    return exit_status::done;
}

std::string kinds_help() {
    std::string text;
    for (const DatasetKind kind : all_dataset_kinds)
        text += (text.empty() ? "" : ", ") + std::string(dataset_kind_name(kind));
    return text;
}

void add_reading_options(CLI::App& command, DataArguments& arguments) {
    command.add_option("--as", arguments.kind, "What it holds, where the guess is wrong: " + kinds_help())
        ->check([](const std::string& name) {
            return dataset_kind_named(name) ? std::string() : "there is no kind " + name + "; " + kinds_help();
        });
    command.add_option(
        "--field", arguments.fields,
        "role=field, where the guess is wrong: text, label, query, choices, gold, context, target, good, "
        "bad, source, embedding, prediction, images");
    command.add_option("--with", arguments.second_file,
                       "Second file of the set: labels of images, translations line by line, texts that were not in "
                       "the training data");
    command.add_option("--token-type", arguments.token_type, "Of raw token files")
        ->check(CLI::IsMember({"uint16", "uint32"}));
    command.add_option("--end-of-document", arguments.end_of_document, "Token files: a document ends behind this id")
        ->check(CLI::NonNegativeNumber);
    command.add_option("--name", arguments.name, "Its name in the keys of quantities (default: the file's)");
}

} // namespace

void add_data_command(CLI::App& app, CommandContext& context) {
    auto* command = app.add_subcommand("data", "Data sets of a project: list, add, show, rename, remove");
    auto arguments = std::make_shared<DataArguments>();
    command->add_option("-p,--project", arguments->project, "Project file")->required();
    command->add_flag("--json", context.json, "Print one object per data set");
    command->require_subcommand(1);
    command->fallthrough();
    command->footer("What a file holds is recognised by its content, and what was guessed is said.");
    const auto on = [&](CLI::App* action, auto run) {
        action->fallthrough();
        action->callback([&context, run] {
            context.run = [&context, run] {
                const Expected<int> code = run();
                return code ? *code : report_error(code.error(), context);
            };
        });
    };
    on(command->add_subcommand("list", "Names, kinds, counts, and whether the files have changed"),
       [&context, arguments] { return list(*arguments, context); });

    auto* adding = command->add_subcommand("add", "Add files and folders of pictures");
    adding->add_option("files", arguments->files, "Text, JSON lines, CSV, TSV, .npy, .npz, .bin, IDX, a folder")
        ->required();
    add_reading_options(*adding, *arguments);
    on(adding, [&context, arguments] { return add(*arguments, context); });

    auto* showing = command->add_subcommand("show", "What is known of one, and its first items");
    showing->add_option("name", arguments->name, "Name or path")->required();
    showing->add_option("--items", arguments->items, "How many items")->capture_default_str();
    showing->add_option("--tokens", arguments->tokens, "So many tokens of each item, with their ids")
        ->check(CLI::PositiveNumber);
    showing->add_option("--checkpoint", arguments->checkpoints, "Filter: the tokenizer of the first checkpoint of it");
    on(showing, [&context, arguments] { return show(*arguments, context); });

    auto* renaming = command->add_subcommand("rename", "Rename one, and what was measured on it");
    renaming->add_option("name", arguments->name, "Name or path")->required();
    renaming->add_option("new", arguments->new_name, "New name")->required();
    on(renaming, [arguments] { return change(*arguments, true); });

    auto* removing = command->add_subcommand("remove", "Take one off the list; values and files stay");
    removing->add_option("name", arguments->name, "Name or path")->required();
    on(removing, [arguments] { return change(*arguments, false); });
}

} // namespace isoloss
