#include "ui/pages/correlation_rows.h"

#include "ui/figures/value_text.h"
#include "ui/plural.h"

#include <QCoreApplication>
#include <algorithm>
#include <cmath>

namespace isoloss {
namespace {

constexpr double significance = 0.05;
constexpr double least_p_shown = 0.001;

QString tr(const char* text) {
    return QCoreApplication::translate("EqualLossPanel", text);
}

QString p_text(double p) {
    return p < least_p_shown ? QStringLiteral("<.001") : correlation_text(p, 3);
}

QString spoken_p(double p) {
    return p < least_p_shown ? QStringLiteral("p <.001") : QStringLiteral("p ") + correlation_text(p, 3);
}

NumberRow over_runs(const EqualLossCorrelation& of) {
    NumberRow row{tr("r at equal loss"), QString(QChar(0x2013))};
    QStringList details;
    if (of.interval_low && of.interval_high)
        details
            << QStringLiteral("[%1, %2]").arg(correlation_text(*of.interval_low), correlation_text(*of.interval_high));
    details << plural(of.runs, tr("%1 run"), tr("%1 runs"));
    if (of.correlation) row.number = correlation_text(*of.correlation);
    row.detail = details.join(QStringLiteral(" · "));
    row.tooltip =
        tr("Correlation over runs of the quantity and the score, both interpolated where each run last crosses "
           "the loss.");
    if (of.interval_low)
        row.tooltip += u'\n' + (of.interval_wide ? tr("95 % interval by exact permutation: few runs, so it is wide.")
                                                 : tr("95 % interval of the bootstrap over runs."));
    return row;
}

NumberRow no_partial(const EqualLossReport& report) {
    NumberRow row{tr("partial r"), QString(QChar(0x2013))};
    if (report.band_reliability && *report.band_reliability < least_reliability) {
        row.detail = tr("losses in band too alike");
        row.tooltip = tr("Undefined: the losses inside the band differ by hardly more than their standard errors, so "
                         "nothing can be taken out with them. Widen the band, or measure the loss on more text.");
    } else {
        row.detail = tr("too few in band");
        row.tooltip = tr("Undefined: it needs four checkpoints inside the band whose losses and values differ.");
    }
    return row;
}

NumberRow pairs(const EqualLossCorrelation& of) {
    const int all = of.pairs_same + of.pairs_opposite;
    // What the correlation says, else what most pairs say.
    const bool same = of.correlation ? *of.correlation >= 0 : of.pairs_same >= of.pairs_opposite;
    NumberRow row{tr("matched pairs"), QString::number(same ? of.pairs_same : of.pairs_opposite)};
    row.detail = tr("of %1 agree").arg(all);
    if (of.pairs_p) row.detail += QStringLiteral(" · ") + spoken_p(*of.pairs_p);
    row.tooltip =
        same ? tr("Of pairs of checkpoints of different runs whose losses differ by no more than the band's half "
                  "width: those where the higher value goes with the higher score.")
             : tr("Of pairs of checkpoints of different runs whose losses differ by no more than the band's half "
                  "width: those where the higher value goes with the lower score.");
    if (of.pairs_p) row.tooltip += u'\n' + tr("p of the sign test over runs.");
    return row;
}

} // namespace

QString correlation_text(double value, int decimals) {
    QString text = QString::number(std::abs(value), 'f', decimals);
    if (text.startsWith(QLatin1String("0."))) text.remove(0, 1);
    const bool negative = value < 0 && text.toDouble() > 0;
    return negative ? QChar(0x2212) + text : text;
}

std::vector<NumberRow> correlation_rows(const EqualLossCorrelation& of, const EqualLossReport& report) {
    std::vector<NumberRow> rows{over_runs(of)};
    if (of.rank_correlation)
        rows.push_back(
            {tr("rank"), correlation_text(*of.rank_correlation), {}, tr("Spearman's correlation over the same runs.")});
    if (of.permutation_p) {
        NumberRow row{tr("permutation p"), p_text(*of.permutation_p)};
        if (of.holm_p && report.quantities_tried > 1)
            row.detail = tr("Holm %1, %2 tried").arg(p_text(*of.holm_p)).arg(report.quantities_tried);
        row.tooltip =
            tr("Two-sided, over orders of the runs; Holm's correction is for all quantities that were tried.");
        rows.push_back(std::move(row));
    }
    if (of.across_runs_p)
        rows.push_back({tr("p across runs"), p_text(*of.across_runs_p), tr("one checkpoint each"),
                        tr("Permutation over runs of what loss leaves of both, behind the partial correlation.")});
    if (of.partial)
        rows.push_back(
            {tr("partial r"), correlation_text(*of.partial),
             (report.one_checkpoint_per_run ? tr("descriptive, %1 checkpoints") : tr("descriptive, %1 in band"))
                 .arg(of.checkpoints),
             tr("Partial correlation given loss, over checkpoints. Those of one run are not independent of each "
                "other: it describes and tests nothing.")});
    else if (of.checkpoints > 0)
        rows.push_back(no_partial(report));
    if (of.delta_r2)
        rows.push_back(
            {tr("gain in R²"), correlation_text(*of.delta_r2), tr("over loss alone"),
             tr("How much more of the score's variance over the same checkpoints is explained when the quantity "
                "joins the loss.")});
    if (of.pairs_same + of.pairs_opposite > 0) rows.push_back(pairs(of));
    return rows;
}

QString correlation_caution(const EqualLossCorrelation& of) {
    if (of.correlation) return {};
    QString text = qtext(of.reading);
    if (!text.isEmpty()) text.replace(0, 1, text.front().toUpper());
    return text;
}

QString correlation_verdict(const EqualLossCorrelation& of) {
    const std::optional<double>& p = of.holm_p ? of.holm_p : of.permutation_p;
    return p && *p >= significance ? tr("no clear relation") : QString();
}

} // namespace isoloss
