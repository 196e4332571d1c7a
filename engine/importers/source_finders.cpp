#include "engine/importers/checkpoint_source.h"
#include "engine/importers/events/event_folder.h"
#include "engine/importers/harness/harness_source.h"
#include "engine/importers/megatron/megatron_source.h"
#include "engine/importers/mlflow/mlflow_folder.h"
#include "engine/importers/olmes/olmes_source.h"
#include "engine/importers/results/result_source.h"
#include "engine/importers/source_finder.h"
#include "engine/importers/studies/score_columns_source.h"
#include "engine/importers/studies/study_source.h"
#include "engine/importers/tables/table_source.h"
#include "engine/importers/tracker_database.h"
#include "engine/importers/trainer/trainer_source.h"
#include "engine/importers/wandb/wandb_source.h"

namespace isoloss {

std::vector<std::unique_ptr<SourceFinder>> source_finders(const ImportOptions& options) {
    std::vector<std::unique_ptr<SourceFinder>> finders;
    // Before the event files and checkpoints of their runs, which join them.
    finders.push_back(trainer_finder());
    finders.push_back(mlflow_folder_finder());
    finders.push_back(tracker_database_finder());
    finders.push_back(event_folder_finder());
    finders.push_back(checkpoint_finder());
    finders.push_back(result_finder());
    finders.push_back(wandb_finder());
    finders.push_back(megatron_finder());
    finders.push_back(study_finder());
    finders.push_back(olmes_finder());
    finders.push_back(score_columns_finder());
    finders.push_back(table_finder(options.mapping));
    // Any JSON file may be a results file until it is read, so this comes last.
    finders.push_back(harness_finder());
    return finders;
}

} // namespace isoloss
