#pragma once

#include "engine/store/records.h"
#include "ui/import_controller.h"

#include <QString>

namespace isoloss {

/// What an import brought, in words: one line for the headline, more for what was skipped and why, one for each reason.
struct ImportSummary {
    QString headline;
    QString details;
    bool troubled = false; ///< something was skipped or it failed
};

ImportSummary summarize(const ImportTask& task);

/// "2 runs, 16,727 points"; empty when there is nothing.
QString content_text(const ImportContent& content);

} // namespace isoloss
