#include "engine/importers/tables/table_source.h"

#include "engine/base/file.h"
#include "engine/importers/tables/table_plan.h"
#include "engine/importers/tables/table_reader.h"

#include <algorithm>

namespace isoloss {

namespace fs = std::filesystem;

namespace {

struct Table {
    fs::path path;
    std::uint64_t bytes = 0;
    std::string folder_name; ///< relative to what the person named
    TablePlan plan;
};

class TableSource final : public Source {
public:
    explicit TableSource(Table table) : table_(std::move(table)) {}

    std::string_view format() const override { return "table"; }

    std::string title() const override {
        const std::string text = table_.plan.dialect.json_lines ? "JSON lines" : "Table";
        return table_.plan.given ? text : text + ": " + table_.plan.guess.shape;
    }

    std::vector<fs::path> files() const override { return {table_.path}; }

    std::uint64_t bytes() const override { return table_.bytes; }

    Expected<void> read(SourceContext& context) const override {
        context.set_subject(table_.path);
        const auto file = InputFile::open(table_.path);
        if (!file) {
            context.skip(file.error());
            return {};
        }
        if (!table_.plan.given) {
            std::string reasons;
            for (const std::string& reason : table_.plan.guess.reasons)
                reasons += "; " + reason;
            context.count_note(table_.plan.guess.shape + reasons);
        }
        return TableReader(context, *file, table_.plan, table_.folder_name).read();
    }

private:
    Table table_;
};

/// The tables of a folder that nobody can read without being told how.
class UnmappedTables final : public Source {
public:
    UnmappedTables(fs::path folder, std::vector<Table> tables)
        : folder_(std::move(folder)), tables_(std::move(tables)) {}

    std::string_view format() const override { return "table"; }

    std::string title() const override { return "Tables that need a mapping"; }

    std::vector<fs::path> files() const override {
        std::vector<fs::path> files;
        for (const Table& table : tables_)
            files.push_back(table.path);
        return files;
    }

    std::uint64_t bytes() const override { return 0; }

    Expected<void> read(SourceContext& context) const override {
        constexpr std::size_t most_named = 3;
        std::string text = path_text(folder_) + ": ";
        for (std::size_t i = 0; i < std::min(tables_.size(), most_named); ++i)
            text += (i > 0 ? ", " : "") + tables_[i].path.filename().string();
        if (tables_.size() > most_named) text += " and " + std::to_string(tables_.size() - most_named) + " more";
        text += tables_.size() == 1 ? " needs a mapping: " + tables_.front().plan.guess.refusal
                                    : " need a mapping: " + tables_.front().plan.guess.refusal;
        context.note(text + ". " + how_to_map);
        for (const Table& table : tables_)
            context.not_recognised(table.path);
        return {};
    }

private:
    fs::path folder_;
    std::vector<Table> tables_;
};

bool has_ending(std::string_view name, std::initializer_list<std::string_view> endings) {
    return std::any_of(endings.begin(), endings.end(), [&](std::string_view ending) { return name.ends_with(ending); });
}

bool is_no_text(std::string_view head) {
    return head.find('\0') != head.npos || head.starts_with("\xff\xfe") || head.starts_with("\xfe\xff");
}

class TableFinder final : public SourceFinder {
public:
    explicit TableFinder(const ImportMapping& mapping) : mapping_(mapping) {}

    void look_at(FolderListing& listing) override {
        std::vector<Table> unmapped;
        for (FolderListing::Entry* entry : listing.unclaimed_files())
            if (auto table = look_at(listing, *entry)) unmapped.push_back(std::move(*table));
        if (!unmapped.empty())
            sources_.push_back(std::make_unique<UnmappedTables>(listing.path(), std::move(unmapped)));
    }

    std::vector<std::unique_ptr<Source>> take() override { return std::move(sources_); }

private:
    // Answers a table that needs a mapping.
    std::optional<Table> look_at(FolderListing& listing, FolderListing::Entry& entry) {
        const bool is_named_table = has_ending(entry.name, {".csv", ".tsv"});
        const bool is_named_lines = has_ending(entry.name, {".jsonl", ".ndjson"});
        const bool may_be_table = is_named_table || is_named_lines || entry.path.extension().empty() ||
                                  has_ending(entry.name, {".json", ".txt", ".log", ".tab", ".dat", ".psv"});
        if (!may_be_table && mapping_.tables.empty()) return std::nullopt;
        const std::string_view head = listing.head(entry);
        // A document on one long line: nothing of it is read but its head.
        const bool is_document = head.starts_with('{') && head.find('\n') == head.npos && head.size() < entry.size;
        if (is_document && !is_named_lines) return std::nullopt;
        if (is_named_table && is_no_text(head)) {
            skip(entry.path, "has NUL bytes or is UTF-16 text. Save it as UTF-8 text");
            entry.claimed = true;
            return std::nullopt;
        }
        Table table;
        table.path = entry.path;
        table.bytes = entry.size;
        table.folder_name = path_text(listing.name());
        const auto file = InputFile::open(entry.path);
        if (!file) return std::nullopt; // the reader of unknown files tells
        auto plan = plan_table(*file, head, mapping_);
        if (is_named_table && !plan && plan.error().kind != ErrorKind::not_found) {
            skip(entry.path, plan.error().place + " " + plan.error().reason + ". " + plan.error().remedy);
            entry.claimed = true;
            return std::nullopt;
        }
        if (plan && *plan) table.plan = std::move(**plan);
        if (table.plan.mapping) {
            entry.claimed = true;
            sources_.push_back(std::make_unique<TableSource>(std::move(table)));
            return std::nullopt;
        }
        if (!is_named_table || table.plan.dialect.json_lines) return std::nullopt;
        entry.claimed = true;
        if (!plan || !*plan) table.plan.guess.refusal = head.empty() ? "it has no rows" : "it has only one column";
        return table;
    }

    ImportMapping mapping_;
    std::vector<std::unique_ptr<Source>> sources_;
};

} // namespace

std::unique_ptr<SourceFinder> table_finder(const ImportMapping& mapping) {
    return std::make_unique<TableFinder>(mapping);
}

} // namespace isoloss
