#include "ui/import_report.h"

#include "ui/plural.h"

#include <QCoreApplication>

namespace isoloss {

namespace {

struct Words {
    Q_DECLARE_TR_FUNCTIONS(ImportReport)
};

constexpr std::size_t mostLines = 5;

} // namespace

ImportSummary summarize(const ImportTask& task) {
    ImportSummary summary;
    if (task.error) {
        summary.headline = Words::tr("The import failed");
        summary.details = qtext(task.error->text());
        summary.troubled = true;
        return summary;
    }
    if (!task.report) return summary;
    const ImportReport& report = *task.report;
    QStringList brought;
    const auto add = [&](std::int64_t count, const QString& one, const QString& many) {
        if (count > 0) brought += plural(count, one, many);
    };
    add(report.runs, Words::tr("%1 new run"), Words::tr("%1 new runs"));
    add(report.series, Words::tr("%1 series"), Words::tr("%1 series"));
    add(report.points, Words::tr("%1 point"), Words::tr("%1 points"));
    add(report.checkpoints, Words::tr("%1 checkpoint"), Words::tr("%1 checkpoints"));
    add(report.values, Words::tr("%1 score"), Words::tr("%1 scores"));
    add(report.items, Words::tr("%1 item outcome"), Words::tr("%1 item outcomes"));
    const QString files = plural(report.files, Words::tr("%1 file"), Words::tr("%1 files"));
    summary.headline = brought.isEmpty() ? Words::tr("Nothing new in %1").arg(files)
                                         : Words::tr("Imported %1").arg(brought.join(QStringLiteral(", ")));
    if (task.state == ImportTask::State::cancelled) summary.headline += Words::tr(", then cancelled");
    QStringList lines;
    for (std::size_t i = 0; i < report.skipped.size() && i < mostLines; ++i) {
        const SkippedSource& skipped = report.skipped[i];
        QString where = qtext(skipped.path);
        if (!skipped.place.empty()) where += QStringLiteral(" (%1)").arg(qtext(skipped.place));
        lines += Words::tr("Skipped %1: %2").arg(where, qtext(skipped.reason));
    }
    if (report.skipped.size() > mostLines)
        lines += Words::tr("and %1 more skipped; the log names them").arg(report.skipped.size() - mostLines);
    for (std::size_t i = 0; i < report.notes.size() && i < mostLines; ++i)
        lines += qtext(report.notes[i]);
    summary.details = lines.join(QLatin1Char('\n'));
    summary.troubled = !report.skipped.empty();
    return summary;
}

} // namespace isoloss
