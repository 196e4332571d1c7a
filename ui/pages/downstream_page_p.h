#pragma once

#include "ui/pages/downstream_page.h"

#include <algorithm>

namespace isoloss {

/// What the project offers for the axes.
struct DownstreamPage::Choices {
    std::vector<QuantityChoice> list;
    std::map<std::string, QuantityId, std::less<>> ids; ///< of stored quantities

    const QuantityChoice* find(const std::string& key) const {
        const auto found =
            std::find_if(list.begin(), list.end(), [&](const QuantityChoice& choice) { return choice.key == key; });
        return found == list.end() ? nullptr : &*found;
    }
};

struct DownstreamPage::Table {
    CheckpointTable table;
    std::string warning;
    std::vector<std::optional<double>> loss_errors; ///< of x by row, paired where losses are of the same texts
};

} // namespace isoloss
