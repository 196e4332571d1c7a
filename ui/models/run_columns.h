#pragma once

#include "engine/analysis/run_table.h"

#include <QString>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace isoloss {

/// Keys of the columns that a project shows first: the number of checkpoints, a loss and a score. What fewer than half
/// of the runs have is left out.
std::vector<std::string> usefulRunColumns(const std::vector<RunColumnChoice>& choices, std::size_t runs);

/// The key that someone typed as a column: a name or a call of the filter language, `min(val/loss)`. Nothing when it is
/// neither.
std::optional<std::string> typedColumnKey(const QString& text);

/// A heading for a narrow column: `last(train/val_loss)` is "val_loss", `loss[c4]` is "loss".
std::string shortColumnTitle(std::string_view key);

/// Gives every column its short title; columns whose short titles are the same keep the long ones.
void shortenTitles(std::vector<RunColumn>& columns);

} // namespace isoloss
