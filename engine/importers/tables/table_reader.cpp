#include "engine/importers/tables/table_reader.h"

#include "engine/base/hash.h"
#include "engine/base/json.h"
#include "engine/importers/source_state.h"
#include "engine/importers/tables/table_mapping_json.h"

#include <algorithm>
#include <array>
#include <span>

namespace isoloss {

namespace {

constexpr std::string_view table_format = "table";
constexpr std::int64_t most_refusals_told = 5;

} // namespace

Expected<void> TableReader::read() {
    ISOLOSS_TRY(const bool anything, begin());
    if (!anything) return {};
    context_.count_file();
    for (;;) {
        ISOLOSS_TRY(const End end, read_rows());
        if (end != End::again) break;
        context_.note(record_.path + " was written anew since the last import: its points are a new attempt");
        for (TableRun* run : runs_in_order_)
            run->read_again();
        rows_->go_to(0, 0);
        done_ = 0;
        next_line_ = 1;
        row_number_ = 0;
        open_row_.reset();
    }
    report();
    return {};
}

// False when there is nothing to read.
Expected<bool> TableReader::begin() {
    const auto skip = [&](const Error& error) {
        context_.skip(error);
        return false;
    };
    auto record = source_record(file_, table_format);
    if (!record) return skip(record.error());
    record_ = std::move(*record);
    ISOLOSS_TRY(const auto known, context_.known(record_.path));
    const auto change = compare_source(file_, known);
    if (!change) return skip(change.error());
    if (known && *change == SourceChange::unchanged && known->offset == record_.size) {
        context_.advance(record_.size);
        return false;
    }
    auto rows = open_table(file_, plan_.dialect);
    if (!rows && rows.error().kind == ErrorKind::not_found) {
        context_.count_file();
        context_.note(record_.path + ": no rows yet");
        return false;
    }
    if (!rows) return skip(rows.error());
    rows_ = std::move(*rows);
    plan_columns(plans_, rows_->columns(), mapping_);
    std::string header;
    for (const std::string& column : rows_->columns())
        header += column + '\n';
    header_hash_ = content_hash(header + table_mapping_json(mapping_));
    if (!mapping_.run.match.empty()) {
        auto naming = NameTemplate::compile(mapping_.run.match, mapping_.run.run);
        if (!naming) return skip(naming.error());
        naming_ = std::move(*naming);
    }
    columns_name_runs_ = std::any_of(mapping_.columns.begin(), mapping_.columns.end(),
                                     [](const ColumnMapping& c) { return !c.run.empty(); });
    one_run_ = mapping_.rows != RowKind::models && mapping_.run.from != RunNaming::From::column && !columns_name_runs_;
    if (known && *change != SourceChange::replaced && mapping_.rows != RowKind::models)
        grown_ = resume(*known) && *change == SourceChange::changed;
    if (known && *change == SourceChange::replaced)
        context_.note(record_.path + " was written anew since the last import; what is stored of it already is passed "
                                     "over");
    return true;
}

// Goes to where the earlier import ended, when the table up to there is what it was.
bool TableReader::resume(const SourceRecord& known) {
    const auto state = parse_json(known.state, {});
    if (!state || known.offset == 0) return false;
    const auto header = json_string(*state, "header");
    const auto tail = json_string(*state, "tail");
    const auto line = json_int(*state, "line");
    if (!header || *header != header_hash_ || !tail || *tail != tail_hash(known.offset) || !line || *line < 1)
        return false;
    done_ = told_ = known.offset;
    next_line_ = static_cast<std::uint64_t>(*line);
    row_number_ = json_int(*state, "rows").value_or(0);
    resumed_ = true;
    context_.advance(done_);
    if (const auto open = json_int(*state, "open"); open && *open >= 0) {
        // The last row had no line end. When it goes on now, it was not whole.
        std::array<char, 1> next{};
        const auto count = file_.read_some(known.offset, std::as_writable_bytes(std::span(next)));
        if (count && *count == 1 && next[0] != '\n' && next[0] != '\r') {
            context_.note(record_.path + " (line " + std::to_string(*line) +
                          ") was not whole when it was read; it is read once more");
            done_ = static_cast<std::uint64_t>(*open);
        }
    }
    rows_->go_to(done_, next_line_);
    return true;
}

std::string TableReader::tail_hash(std::uint64_t offset) const {
    constexpr std::uint64_t most = 4096;
    std::string tail(std::min(offset, most), '\0');
    const auto count = file_.read_some(offset - tail.size(), std::as_writable_bytes(std::span(tail)));
    tail.resize(count.value_or(0));
    return content_hash(tail);
}

Expected<TableReader::End> TableReader::read_rows() {
    TableRow row;
    for (std::uint64_t number = 1;; ++number) {
        if (number % 4096 == 0) {
            if (context_.stopped()) break;
            context_.advance(done_ - std::min(told_, done_));
            told_ = std::max(told_, done_);
        }
        const auto any = rows_->next(row);
        if (!any) {
            context_.skip(any.error());
            break;
        }
        if (!*any) break;
        const bool waits = !row.terminated && (!row.fault.empty() || (grown_ && !plan_.dialect.json_lines));
        if (waits) {
            held_ = true;
            break;
        }
        if (row.fault.empty()) {
            ISOLOSS_TRY_VOID(take_row(row));
        } else {
            refuse_row(row, row.fault);
        }
        ++row_number_;
        done_ = row.end;
        next_line_ = rows_->line();
        open_row_ = row.terminated ? std::nullopt : std::optional(row.begin);
        if (latest_run_ != nullptr && latest_run_->full()) ISOLOSS_TRY_VOID(hand_over(*latest_run_));
        constexpr std::size_t most_waiting = std::size_t{1} << 20;
        if (!one_run_ && points_waiting_ > most_waiting) ISOLOSS_TRY_VOID(hand_over_all());
    }
    ISOLOSS_TRY_VOID(hand_over_all());
    const bool contradicted = std::any_of(runs_in_order_.begin(), runs_in_order_.end(),
                                          [](const TableRun* run) { return run->contradicted(); });
    if (contradicted) return End::again;
    RunPart part;
    part.sources.push_back(file_record());
    if (!one_run_ || runs_.empty()) ISOLOSS_TRY_VOID(context_.take(std::move(part)));
    context_.advance(record_.size - std::min(told_, record_.size));
    return End::finished;
}

Expected<void> TableReader::take_row(const TableRow& row) {
    plan_columns(plans_, rows_->columns(), mapping_);
    read_cells(row);
    if (mapping_.run.from == RunNaming::From::column && row_.run.empty()) {
        refuse_row(row, "names no run");
        return {};
    }
    if (mapping_.rows == RowKind::models) return add_model();
    find_step();
    if (row_.step_fault != StepFault::none) {
        // A row of another kind between those of the log (a header of its own) is none of ours.
        const bool empty = numbers_.empty() && dict_.empty();
        if (row_.step_fault == StepFault::missing && (empty || plan_.dialect.json_lines))
            ++without_step_;
        else
            refuse_row(row, "its step " +
                                (row_.step_fault == StepFault::missing
                                     ? std::string()
                                     : "\"" + std::string(step_text_.substr(0, 40)) + "\" ") +
                                std::string(step_fault_text(row_.step_fault)));
        return {};
    }
    if (columns_name_runs_) return take_columns_of_runs(row);
    ISOLOSS_TRY(TableRun * run, run_of(row_.run));
    if (row.begin < run->read_to) return {};
    points_waiting_ += numbers_.size() + dict_.size();
    add_points(*run);
    if (mapping_.rows == RowKind::checkpoints) add_checkpoint(*run);
    return {};
}

// Columns that belong to runs of their own; others are of none.
Expected<void> TableReader::take_columns_of_runs(const TableRow& row) {
    for (const Number& number : numbers_) {
        const ColumnPlan& plan = plans_[number.column];
        if (plan.run.empty()) continue;
        ISOLOSS_TRY(TableRun * run, run_of(plan.run));
        if (row.begin >= run->read_to && row_.step)
            run->add_point(number.column, plan.series, *row_.step, row_.wall_time, number.value);
        ++points_waiting_;
    }
    return {};
}

void TableReader::refuse_row(const TableRow& row, const std::string& reason) {
    if (refused_++ < most_refusals_told)
        context_.skip(file_.path(), "line " + std::to_string(row.line), reason + "; the row is left out");
}

// The run of these cells; kept from row to row, because most tables have it the same.
Expected<TableRun*> TableReader::run_of(std::string_view cells) {
    if (latest_run_ != nullptr && latest_cells_ == cells) return latest_run_;
    std::unique_ptr<TableRun>& run = runs_[std::string(cells)];
    if (!run) {
        const std::string name = cells.empty() ? name_of_run() : name_of_run(cells);
        run = std::make_unique<TableRun>(subject_of(name));
        runs_in_order_.push_back(run.get());
        run->place = one_run_ ? record_.path : record_.path + "#" + std::string(cells);
        ISOLOSS_TRY(const auto known, context_.known(run->place));
        if (known) {
            const auto state = parse_json(known->state, {});
            const auto* of_run = state ? json_member(*state, "run") : nullptr;
            if (of_run != nullptr) run->restore(json_text(*of_run));
            if (resumed_) {
                run->go_on();
                if (!one_run_) run->read_to = known->offset;
            }
        }
        if (!resumed_)
            for (RunFacts& facts : std::array{facts_of_row(), hparams_beside()})
                if (!facts.empty()) run->add_facts(std::move(facts));
    }
    latest_run_ = run.get();
    latest_cells_ = cells;
    return latest_run_;
}

Expected<void> TableReader::hand_over(TableRun& run) {
    RunPart part = run.take(context_.spare_columns());
    if (run.contradicted()) return {};
    if (one_run_) {
        part.sources.push_back(file_record());
    } else {
        SourceRecord record;
        record.path = run.place;
        record.format = table_format;
        record.offset = done_;
        record.state = "{\"run\":" + run.state() + "}";
        part.sources.push_back(std::move(record));
    }
    return context_.take(std::move(part));
}

Expected<void> TableReader::hand_over_all() {
    points_waiting_ = 0;
    for (TableRun* run : runs_in_order_)
        ISOLOSS_TRY_VOID(hand_over(*run));
    return {};
}

SourceRecord TableReader::file_record() const {
    SourceRecord record = record_;
    record.offset = done_;
    record.size = std::max(record.size, record.offset);
    record.state = "{\"header\":" + json_quote(header_hash_) + ",\"line\":" + std::to_string(next_line_) +
                   ",\"rows\":" + std::to_string(row_number_) + ",\"tail\":" + json_quote(tail_hash(done_));
    if (open_row_) record.state += ",\"open\":" + std::to_string(*open_row_);
    if (one_run_ && !runs_.empty()) record.state += ",\"run\":" + runs_in_order_.front()->state();
    record.state += '}';
    return record;
}

void TableReader::report() {
    const std::string& path = record_.path;
    for (const std::string& remark : rows_->remarks())
        context_.note(path + ": " + remark);
    for (const std::string& warning : rows_->warnings())
        context_.note(path + ": " + warning);
    if (refused_ > most_refusals_told)
        context_.skip(file_.path(), {},
                      std::to_string(refused_ - most_refusals_told) + " more rows were left out for such reasons");
    if (held_) context_.note(path + ": the last row is not whole yet; it is read when the file has grown");
    if (without_step_ > 0)
        context_.note(path + ": " + std::to_string(without_step_) + " rows have no step and were left out");
    if (bad_dicts_ > 0)
        context_.skip(file_.path(), {},
                      std::to_string(bad_dicts_) + " dicts of metrics cannot be read and were left out (" +
                          first_bad_dict_ + ")");
    if (repeated_models_ > 0)
        context_.note(path + ": " + std::to_string(repeated_models_) +
                      " rows name a model that an earlier row names; their values are kept beside the earlier ones");
    for (const ColumnPlan& plan : plans_) {
        if (plan.not_numbers > 0 && (plan.numbers > 0 || !plan_.dialect.json_lines))
            context_.skip(file_.path(), "column " + plan.column,
                          std::to_string(plan.not_numbers) + " cells are no numbers and were left out, first " +
                              plan.first_not_number + ". Numbers are read with a decimal point only");
        if (plan.overflows > 0)
            context_.note(path + ": " + std::to_string(plan.overflows) + " numbers of \"" + plan.column +
                          "\" are too large and became infinite");
    }
    const bool sorted = std::any_of(runs_in_order_.begin(), runs_in_order_.end(),
                                    [](const TableRun* run) { return run->was_sorted(); });
    if (sorted) context_.note(path + ": steps are not in order; rows were sorted by step");
}

} // namespace isoloss
