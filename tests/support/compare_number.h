#pragma once

#include <QTest>
#include <algorithm>
#include <cmath>

namespace isoloss::test {

/// Equal to six significant digits.
inline void compare_number(double actual, double expected) {
    QVERIFY2(std::abs(actual - expected) <= 1e-6 * std::max(1.0, std::abs(expected)),
             qPrintable(QString("%1 instead of %2").arg(actual, 0, 'g', 9).arg(expected, 0, 'g', 9)));
}

} // namespace isoloss::test
