#include "ui/import_report.h"

#include "ui/plural.h"

#include <QCoreApplication>
#include <QRegularExpression>
#include <algorithm>
#include <vector>

namespace isoloss {

namespace {

struct Words {
    Q_DECLARE_TR_FUNCTIONS(ImportReport)
};

constexpr std::size_t mostLines = 5;
constexpr std::size_t mostNames = 3;
constexpr qsizetype mostNameLength = 64;

/// Files about which the same is to be said.
struct Remark {
    QString text;
    std::vector<QString> files;
};

/// A path below what was imported, without what all paths begin with; long ones lose their middle.
QString shortName(const QString& path, const QStringList& roots) {
    QString name = path;
    for (const QString& root : roots)
        if (path.startsWith(root + QLatin1Char('/'))) name = path.mid(root.size() + 1);
    if (name.size() <= mostNameLength) return name;
    const qsizetype half = mostNameLength / 2;
    return name.left(half) + QStringLiteral("…") + name.right(half - 1);
}

void addRemark(std::vector<Remark>& remarks, const QString& text, const QString& file) {
    const auto same = std::find_if(remarks.begin(), remarks.end(), [&](const Remark& r) { return r.text == text; });
    Remark& remark = same == remarks.end() ? remarks.emplace_back(Remark{text, {}}) : *same;
    if (!file.isEmpty()) remark.files.push_back(file);
}

QString fileNames(const Remark& remark) {
    QStringList names;
    for (std::size_t i = 0; i < remark.files.size() && i < mostNames; ++i)
        names += remark.files[i];
    QString text = names.join(QStringLiteral(", "));
    if (remark.files.size() > mostNames) text += Words::tr(" and %1 more").arg(remark.files.size() - mostNames);
    return text;
}

QStringList skippedLines(const ImportTask& task) {
    std::vector<Remark> remarks;
    for (const SkippedSource& skipped : task.report->skipped) {
        QString file = shortName(qtext(skipped.path), task.paths);
        if (!skipped.place.empty()) file += QStringLiteral(" (%1)").arg(qtext(skipped.place));
        addRemark(remarks, qtext(skipped.reason), file);
    }
    QStringList lines;
    for (const Remark& remark : remarks)
        lines += remark.files.size() == 1
                     ? Words::tr("Skipped %1: %2").arg(remark.files.front(), remark.text)
                     : Words::tr("Skipped %1 files: %2 — %3")
                           .arg(QString::number(remark.files.size()), remark.text, fileNames(remark));
    return lines;
}

QStringList noteLines(const ImportTask& task) {
    std::vector<Remark> remarks;
    for (const std::string& note : task.report->notes) {
        // Most notes begin with the file or the run that they are about.
        static const QRegularExpression count(QStringLiteral(" \\(\\d+ files\\)$"));
        const QString text = qtext(note).remove(count);
        const qsizetype colon = text.indexOf(QStringLiteral(": "));
        const bool named =
            colon > 0 && (text.startsWith(QLatin1Char('/')) || !text.left(colon).contains(QLatin1Char(' ')));
        if (named)
            addRemark(remarks, text.mid(colon + 2), shortName(text.left(colon), task.paths));
        else
            addRemark(remarks, text, {});
    }
    QStringList lines;
    for (const Remark& remark : remarks)
        lines += remark.files.empty()       ? remark.text
                 : remark.files.size() == 1 ? QStringLiteral("%1: %2").arg(remark.files.front(), remark.text)
                                            : QStringLiteral("%1 — %2").arg(remark.text, fileNames(remark));
    return lines;
}

/// The first lines, and how many there are more.
QStringList firstLines(QStringList lines) {
    const qsizetype more = lines.size() - static_cast<qsizetype>(mostLines);
    if (more <= 0) return lines;
    lines = lines.first(static_cast<qsizetype>(mostLines));
    lines += Words::tr("and %1 more; the log has all").arg(more);
    return lines;
}

} // namespace

QString content_text(const ImportContent& content) {
    QStringList parts;
    const auto add = [&](std::int64_t count, const QString& one, const QString& many) {
        if (count > 0) parts += plural(count, one, many);
    };
    add(content.runs, Words::tr("%1 new run"), Words::tr("%1 new runs"));
    add(content.series, Words::tr("%1 series"), Words::tr("%1 series"));
    add(content.points, Words::tr("%1 point"), Words::tr("%1 points"));
    add(content.checkpoints, Words::tr("%1 checkpoint"), Words::tr("%1 checkpoints"));
    add(content.values, Words::tr("%1 score"), Words::tr("%1 scores"));
    add(content.items, Words::tr("%1 item outcome"), Words::tr("%1 item outcomes"));
    return parts.join(QStringLiteral(", "));
}

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
    const QString brought = content_text(report);
    const QString files = plural(report.files, Words::tr("%1 file"), Words::tr("%1 files"));
    summary.headline =
        brought.isEmpty() ? Words::tr("Nothing new in %1").arg(files) : Words::tr("Imported %1").arg(brought);
    if (task.state == ImportTask::State::cancelled) summary.headline += Words::tr(", then cancelled");
    const QStringList lines = firstLines(skippedLines(task)) + firstLines(noteLines(task));
    summary.details = lines.join(QLatin1Char('\n'));
    summary.troubled = !report.skipped.empty();
    return summary;
}

} // namespace isoloss
