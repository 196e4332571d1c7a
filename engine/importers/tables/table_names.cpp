// What the runs of a table are called, and what else they may be known as.
#include "engine/importers/run_joining.h"
#include "engine/importers/studies/study_files.h"
#include "engine/importers/tables/table_reader.h"

#include <algorithm>
#include <array>

namespace isoloss {

namespace fs = std::filesystem;

namespace {

// Names of files that say nothing about their run: it is called after the folder.
bool says_nothing(std::string_view stem) {
    constexpr std::array<std::string_view, 14> names{"metrics", "metric",   "log",      "logs",      "history",
                                                     "results", "result",   "progress", "train_log", "training_log",
                                                     "scalars", "training", "losses",   "eval"};
    return std::find(names.begin(), names.end(), stem) != names.end();
}

} // namespace

std::string TableReader::name_of_run() const {
    return name_of_run(row_.run);
}

std::string TableReader::name_of_run(std::string_view cells) const {
    std::string text;
    switch (mapping_.run.from) {
    case RunNaming::From::file:
        text = file_.path().stem().string();
        break;
    case RunNaming::From::folder:
        text = path_text(file_.path().parent_path().filename());
        break;
    case RunNaming::From::path:
        text = path_text(file_.path());
        break;
    case RunNaming::From::fixed:
        return mapping_.run.fixed;
    case RunNaming::From::column:
        break;
    }
    if (!cells.empty()) text = cells;
    if (!naming_) return text;
    const auto name = naming_->apply(text);
    return name && !name->empty() ? *name : text;
}

// Its name alone says nothing: metrics.csv.
bool TableReader::is_named_by_folder() const {
    if (naming_ || !one_run_) return false;
    return mapping_.run.from == RunNaming::From::folder ||
           (mapping_.run.from == RunNaming::From::file && says_nothing(file_.path().stem().string()));
}

std::shared_ptr<const RunSubject> TableReader::subject_of(const std::string& name) const {
    auto subject = std::make_shared<RunSubject>();
    const fs::path folder = file_.path().parent_path();
    const bool of_file = mapping_.run.from == RunNaming::From::file;
    if (is_named_by_folder()) {
        subject->name = folder_name_.empty() ? path_text(folder.filename()) : folder_name_;
        subject->identities = {identity::table_folder(folder)};
        subject->known_as = known_as_event_folder(folder);
    } else {
        subject->name = of_file && one_run_ && !folder_name_.empty() ? folder_name_ + "/" + name : name;
        const bool anywhere = mapping_.run.from == RunNaming::From::fixed || mapping_.run.from == RunNaming::From::path;
        subject->identities = {anywhere ? identity::ruled_run(name) : identity::table_run(folder, name)};
        // The table of a study has its models once more.
        if (mapping_.rows == RowKind::models && holds_study(folder)) subject->known_as = {identity::study_model(name)};
    }
    return subject;
}

} // namespace isoloss
