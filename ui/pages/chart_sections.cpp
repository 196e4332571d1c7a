#include "ui/pages/chart_sections.h"

#include "ui/figures/value_text.h"

#include <QCollator>
#include <QCoreApplication>
#include <QStringList>
#include <algorithm>
#include <map>
#include <set>

namespace isoloss {
namespace {

QString tr(const char* text) {
    return QCoreApplication::translate("ChartSections", text);
}

} // namespace

std::vector<ChartSection> chart_sections(const std::vector<std::string>& metrics, const ChartCollection& collection,
                                         const QString& search) {
    QCollator collator{QLocale(QLocale::English)}; // the C locale knows no numeric order
    collator.setNumericMode(true);
    collator.setCaseSensitivity(Qt::CaseInsensitive);
    const auto less = [&](const QString& a, const QString& b) {
        const int order = collator.compare(a, b);
        return order == 0 ? a < b : order < 0;
    };
    const QStringList words = search.split(u' ', Qt::SkipEmptyParts);
    const auto found = [&](const QString& text) {
        return std::ranges::all_of(words,
                                   [&](const QString& word) { return text.contains(word, Qt::CaseInsensitive); });
    };

    std::vector<ChartSection> sections;
    const std::set<std::string_view> known(metrics.begin(), metrics.end());
    ChartSection top{tr("On top"), {}};
    for (const CurveChart& chart : collection.top()) {
        QString text = qtext(chart.figure.title);
        bool exists = false;
        for (const FigureMetric& metric : chart.figure.metrics) {
            text += u' ' + qtext(metric.name);
            exists |= known.contains(metric.name);
        }
        if (exists && found(text)) top.charts.push_back(chart);
    }
    if (!top.charts.empty()) sections.push_back(std::move(top));

    std::map<QString, std::vector<QString>, decltype(less)> groups(less);
    for (const std::string& metric : metrics) {
        const QString name = qtext(metric);
        const qsizetype slash = name.indexOf(u'/');
        if (!collection.is_on_top(metric) && found(name))
            groups[slash > 0 ? name.left(slash) : QString()].push_back(name);
    }
    for (auto& [prefix, names] : groups) {
        std::ranges::sort(names, less);
        ChartSection section{prefix.isEmpty() ? tr("Metrics") : prefix, {}};
        for (const QString& name : names)
            section.charts.push_back({utf8(name), FigureChart::of(utf8(name))});
        sections.push_back(std::move(section));
    }
    return sections;
}

} // namespace isoloss
