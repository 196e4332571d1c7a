#pragma once

#include "widgets/theme.h"

#include <QWidget>
#include <vector>

namespace isoloss {

/// One number with what it is and a detail behind it.
struct NumberRow {
    QString label;
    QString number;    ///< "−.94"
    QString detail{};  ///< muted, "[−.99, −.71] · 12 runs"
    QString tooltip{}; ///< what the number means
};

/// A small block of numbers under each other: labels at the left, numbers aligned at their ends in figures of equal
/// width, details behind them.
class NumberRows : public QWidget {
    Q_OBJECT

public:
    explicit NumberRows(QWidget* parent = nullptr);

    void setTheme(const Theme& theme);
    void setRows(std::vector<NumberRow> rows);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    bool event(QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;

private:
    Theme m_theme = Theme::light();
    std::vector<NumberRow> m_rows;
};

} // namespace isoloss
