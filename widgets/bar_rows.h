#pragma once

#include "widgets/theme.h"

#include <QWidget>
#include <optional>
#include <vector>

namespace isoloss {

/// One signed bar: a value in −1..1 drawn from the middle; none is shown as a dash.
struct BarRow {
    QString label;
    std::optional<double> value;
    QString text{};    ///< at the right; empty: the value with sign and two digits
    QString detail{};  ///< muted before the value, e.g. "7 runs"
    QString tooltip{}; ///< e.g. interval, n, p
};

/// Signed bars under their labels, for correlations.
class BarRows : public QWidget {
    Q_OBJECT

public:
    explicit BarRows(QWidget* parent = nullptr);

    void setTheme(const Theme& theme);
    /// Forgets what was chosen.
    void setRows(std::vector<BarRow> rows);
    /// The row whose numbers are shown elsewhere, drawn stronger; −1 for none.
    void setChosen(int row);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

Q_SIGNALS:
    void rowClicked(int row);

protected:
    bool event(QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    int rowAt(int y) const;

    Theme m_theme = Theme::light();
    std::vector<BarRow> m_rows;
    int m_current = -1; ///< of the keyboard
    int m_chosen = -1;
};

} // namespace isoloss
