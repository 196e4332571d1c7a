// What the runs dock says: its title, wrong filters, empty lists.
#include "ui/docks/dock_title.h"
#include "ui/docks/filter_assistant.h"
#include "ui/docks/runs_dock.h"
#include "ui/docks/runs_view.h"
#include "ui/figures/value_text.h"
#include "ui/models/runs_model.h"
#include "ui/plural.h"
#include "widgets/empty_state.h"
#include "widgets/filter_line_edit.h"

#include <QStackedWidget>
#include <algorithm>

namespace isoloss {

namespace {

/// The code point that an error's "column N" names, as an index into the text.
int errorColumn(const Error& error, const QString& text) {
    const QString place = qtext(error.place);
    const int column = place.mid(place.lastIndexOf(QLatin1Char(' ')) + 1).toInt();
    const auto before = text.toUcs4().first(std::clamp<qsizetype>(column - 1, 0, text.toUcs4().size()));
    return static_cast<int>(
        QString::fromUcs4(reinterpret_cast<const char32_t*>(before.constData()), before.size()).size());
}

} // namespace

void RunsDock::showFilterError() {
    const auto& error = model_->runs().filterError;
    if (!error) {
        filter_->clearError();
        assistant_->doubtNames();
        return;
    }
    QString message = qtext(error->reason);
    if (!error->remedy.empty()) message += QStringLiteral(". ") + qtext(error->remedy);
    filter_->setError(errorColumn(*error, filter_->text()), 1, message);
}

void RunsDock::showTitle() {
    const RunTable& table = model_->runs().table;
    const auto shown = static_cast<std::int64_t>(table.runs.size());
    const auto total = static_cast<std::int64_t>(table.total);
    const QString what = arrangement_.trash ? tr("Trash") : tr("Runs");
    const QString counts = total == 0       ? QString()
                           : shown == total ? QStringLiteral(" · ") + count_text(total)
                                            : tr(" · %1 of %2").arg(count_text(shown), count_text(total));
    title_->setText(what + counts);
}

void RunsDock::showEmptyState() {
    const ArrangedRuns& runs = model_->runs();
    if (!runs.table.runs.empty()) {
        stack_->setCurrentWidget(view_);
        return;
    }
    if (runs.table.total == 0 && runs.archivedHidden == 0 && !arrangement_.trash) {
        stack_->setCurrentWidget(nothingHere_);
        return;
    }
    const auto hidden = static_cast<std::int64_t>(runs.table.total);
    if (arrangement_.trash) {
        nothingFound_->setTitle(tr("The trash is empty"));
        nothingFound_->setText({});
    } else if (!arrangement_.filter.empty()) {
        nothingFound_->setTitle(tr("No run passes the filter"));
        nothingFound_->setText(
            plural(hidden, tr("“%2” hides %1 run."), tr("“%2” hides all %1 runs.")).arg(qtext(arrangement_.filter)));
    } else {
        nothingFound_->setTitle(tr("All runs are archived"));
        nothingFound_->setText(tr("Show archived runs with the Group button's menu."));
    }
    stack_->setCurrentWidget(nothingFound_);
}

} // namespace isoloss
