#pragma once

#include "ui/figures/value_text.h"

#include <QString>

namespace isoloss {

/// "1 run", "3,570 runs": picks one of two translated texts that hold %1.
inline QString plural(std::int64_t count, const QString& one, const QString& many) {
    return (count == 1 ? one : many).arg(count_text(count));
}

} // namespace isoloss
