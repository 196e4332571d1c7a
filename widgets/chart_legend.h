#pragma once

#include "widgets/chart_data.h"

#include <QWidget>

namespace isoloss {

/// The row below a chart: swatches with names at the left (wrapping), a note at the right, shortened to half of the
/// width and whole in the tool tip; a note alone has all of it.
class ChartLegend : public QWidget {
    Q_OBJECT

public:
    explicit ChartLegend(QWidget* parent = nullptr);

    void setTheme(const Theme& theme);
    void setEntries(std::vector<LegendEntry> entries, const QString& note = {});

    QSize sizeHint() const override;

    bool hasHeightForWidth() const override { return true; }

    int heightForWidth(int width) const override;

Q_SIGNALS:
    void entryClicked(int index, Qt::KeyboardModifiers modifiers);

protected:
    void paintEvent(QPaintEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;

private:
    struct Placed {
        QRectF rect;
        int index;
    };

    std::vector<Placed> place(int width) const;
    double noteWidth(int width) const;

    Theme m_theme = Theme::light();
    std::vector<LegendEntry> m_entries;
    QString m_note;
};

} // namespace isoloss
