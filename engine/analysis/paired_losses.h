#pragma once

#include "engine/analysis/checkpoint_table.h"
#include "engine/base/error.h"

#include <optional>
#include <string_view>
#include <vector>

namespace isoloss {

class Reader;

/// The standard error to compare each checkpoint's loss with others on the same texts: what makes a text hard for all
/// of them cancels, so it is much smaller than that of the loss by itself. Half the variance of the loss difference
/// (paired by text) to each of the checkpoints that are nearest in loss, averaged over up to eight of them. One per row
/// of the table; nothing where a loss has no texts in common with the others. `key` names a column. Estimated from the
/// texts that all have among the first thousand, fewer where there are more than 500 checkpoints. The reader's thread.
Expected<std::vector<std::optional<double>>> paired_loss_errors(Reader& reader, const CheckpointTable& table,
                                                                std::string_view key);

/// The same from the texts themselves: sums of −ln p by [checkpoint][text], `tokens` of each text, the same for all
/// checkpoints, and `all_tokens` of each loss as it was measured. With e_ik = s_ik − t_k·L_i, L_i = Σs_i/Σt, the
/// variance of L_i − L_j is n/(n−1)·Σ_k(e_ik − e_jk)²/(Σt·max(Σt, all tokens of i)).
std::vector<std::optional<double>> paired_loss_errors(const std::vector<std::vector<double>>& sums,
                                                      const std::vector<double>& tokens,
                                                      const std::vector<double>& all_tokens);

} // namespace isoloss
