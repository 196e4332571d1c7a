#include "ui/pages/metric_sections.h"

#include "ui/figures/value_text.h"

#include <QCollator>
#include <QCoreApplication>
#include <QStringList>
#include <algorithm>
#include <map>

namespace isoloss {

std::vector<MetricSection> metric_sections(const std::vector<std::string>& metrics, const QString& search) {
    QCollator collator{QLocale(QLocale::English)}; // the C locale knows no numeric order
    collator.setNumericMode(true);
    collator.setCaseSensitivity(Qt::CaseInsensitive);
    const auto less = [&](const QString& a, const QString& b) {
        const int order = collator.compare(a, b);
        return order == 0 ? a < b : order < 0;
    };
    const QStringList words = search.split(u' ', Qt::SkipEmptyParts);
    std::map<QString, std::vector<QString>, decltype(less)> groups(less);
    for (const std::string& metric : metrics) {
        const QString name = qtext(metric);
        const bool found = std::all_of(words.begin(), words.end(),
                                       [&](const QString& word) { return name.contains(word, Qt::CaseInsensitive); });
        const qsizetype slash = name.indexOf(u'/');
        if (found) groups[slash > 0 ? name.left(slash) : QString()].push_back(name);
    }
    std::vector<MetricSection> sections;
    for (auto& [prefix, names] : groups) {
        std::sort(names.begin(), names.end(), less);
        MetricSection section;
        section.title = prefix.isEmpty() ? QCoreApplication::translate("MetricSections", "Metrics") : prefix;
        for (const QString& name : names)
            section.metrics.push_back(utf8(name));
        sections.push_back(std::move(section));
    }
    return sections;
}

} // namespace isoloss
