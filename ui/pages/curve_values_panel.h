#pragma once

#include "ui/models/curve_values_model.h"

#include <QWidget>
#include <vector>

class QLabel;
class QTableView;

namespace isoloss {

class ThemedDelegate;

/// The table under a chart in full size: what lies under the cursor and what a range of x says of every curve.
/// Sortable, copyable. The window's thread.
class CurveValuesPanel final : public QWidget {
    Q_OBJECT

public:
    explicit CurveValuesPanel(QWidget* parent = nullptr);

    void setTheme(const Theme& theme);
    /// The curves of a chart.
    void setChart(const ChartData& chart);
    /// Of which range the values are, in words.
    void setRangeText(const QString& text);
    void setRangeValues(std::vector<CurveRangeValues> values);
    void setCursor(const QList<HoverRow>& rows);

    const CurveValuesModel& model() const { return *model_; }

    QTableView& view() { return *view_; }

Q_SIGNALS:
    void runClicked(qint64 run, Qt::KeyboardModifiers modifiers);
    void copied(int rows);

private:
    /// The selected rows, or all.
    void copy();

    CurveValuesModel* model_;
    QLabel *title_, *range_;
    QTableView* view_;
    std::vector<ThemedDelegate*> delegates_;
};

} // namespace isoloss
