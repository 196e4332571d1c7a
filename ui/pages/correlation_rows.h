#pragma once

#include "engine/analysis/equal_loss.h"
#include "widgets/number_rows.h"

#include <QString>
#include <vector>

namespace isoloss {

/// The numbers of one quantity at equal loss, as the panel beside the plane lists them: those that exist, and a dash
/// with the reason for the correlation over runs and the partial one when there is none. `correlation` is one of the
/// report's.
std::vector<NumberRow> correlation_rows(const EqualLossCorrelation& correlation, const EqualLossReport& report);

/// "−.94", ".00": correlations and shares need no zero before the point.
QString correlation_text(double value, int decimals = 2);

/// Why there is no correlation over runs, as a sentence; empty where there is one.
QString correlation_caution(const EqualLossCorrelation& correlation);

/// "no clear relation" where the corrected test does not reject chance; empty otherwise.
QString correlation_verdict(const EqualLossCorrelation& correlation);

} // namespace isoloss
