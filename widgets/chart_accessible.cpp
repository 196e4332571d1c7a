#include "widgets/chart_accessible.h"

#include "widgets/chart_view.h"

#include <QAccessibleWidget>
#include <QCoreApplication>
#include <QLocale>
#include <algorithm>

namespace isoloss {

namespace {

constexpr std::size_t most_lines = 12;

QString tr(const char* text) {
    return QCoreApplication::translate("ChartAccessible", text);
}

QString number(double value) {
    return QLocale().toString(value, 'g', 6);
}

QString axis_words(const ChartAxis& axis, const AxisRange& range, const QString& name) {
    return tr("%1 from %2 to %3").arg(axis.title.isEmpty() ? name : axis.title, number(range.min), number(range.max));
}

QString line_words(const ChartLine& line, const AxisRange& x) {
    float low = 0, high = 0, last = 0;
    bool any = false;
    for (const LineStretch& stretch : *line.curve) {
        const auto begin = std::lower_bound(stretch.x_last.begin(), stretch.x_last.end(), x.min);
        const auto end = std::upper_bound(stretch.x_first.begin(), stretch.x_first.end(), x.max);
        const auto stop = static_cast<std::size_t>(end - stretch.x_first.begin());
        for (auto i = static_cast<std::size_t>(begin - stretch.x_last.begin()); i < stop; ++i) {
            low = any ? std::min(low, stretch.min[i]) : stretch.min[i];
            high = any ? std::max(high, stretch.max[i]) : stretch.max[i];
            last = stretch.last[i];
            any = true;
        }
    }
    if (!any) return tr("%1: nothing here").arg(line.name);
    return tr("%1: last %2, smallest %3, largest %4")
        .arg(line.name, number(static_cast<double>(last)), number(static_cast<double>(low)),
             number(static_cast<double>(high)));
}

class ChartAccessible : public QAccessibleWidget {
public:
    explicit ChartAccessible(ChartView* chart) : QAccessibleWidget(chart, QAccessible::Chart), m_chart(chart) {}

    QString text(QAccessible::Text kind) const override {
        if (kind == QAccessible::Value) return chart_summary(m_chart->data(), m_chart->range());
        return QAccessibleWidget::text(kind);
    }

private:
    ChartView* m_chart;
};

QAccessibleInterface* chart_interface(const QString&, QObject* object) {
    auto* const chart = qobject_cast<ChartView*>(object);
    return chart ? new ChartAccessible(chart) : nullptr;
}

} // namespace

QString chart_summary(const ChartData& data, const ChartRange& range) {
    QStringList parts{axis_words(data.x, range.x, tr("x")), axis_words(data.y, range.y, tr("y"))};
    std::size_t told = 0, untold = 0;
    for (const ChartLine& line : data.lines) {
        if (!line.curve) continue;
        if (told == most_lines) {
            ++untold;
            continue;
        }
        ++told;
        parts << line_words(line, range.x);
    }
    if (untold > 0) parts << tr("and %1 more curves").arg(untold);
    if (!data.points.empty()) {
        const auto inside = std::count_if(data.points.begin(), data.points.end(), [&range](const ChartPoint& point) {
            return range.x.contains(point.x) && range.y.contains(point.y);
        });
        parts << tr("%1 of %2 points").arg(inside).arg(data.points.size());
    }
    if (data.band) parts << tr("band %1").arg(data.band->text());
    if (data.nonfinite() > 0) parts << tr("%1 values are not finite").arg(data.nonfinite());
    if (data.empty() && !data.empty_text.isEmpty()) parts << data.empty_text;
    return parts.join(QStringLiteral("; "));
}

void make_charts_accessible() {
    QAccessible::installFactory(chart_interface);
}

} // namespace isoloss
