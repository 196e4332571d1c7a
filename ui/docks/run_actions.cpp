#include "ui/docks/run_actions.h"

#include "ui/plural.h"
#include "ui/ui_services.h"

#include <QAction>
#include <QMenu>
#include <unordered_set>

namespace isoloss {

namespace {

RunFieldValue fieldOf(const RunRecord& run, RunField field) {
    switch (field) {
    case RunField::name:
        return run.name;
    case RunField::group:
        return run.group;
    case RunField::notes:
        return run.notes;
    case RunField::tags:
        return run.tags;
    case RunField::visible:
        return run.visible;
    case RunField::pinned:
        return run.pinned;
    case RunField::color:
        return run.color;
    case RunField::archived:
        return run.archived;
    case RunField::trashed:
        return run.trashed;
    }
    return false;
}

} // namespace

RunActions::RunActions(UiServices& services, std::function<Runs()> selected, std::function<Runs()> listed,
                       QObject* parent)
    : QObject(parent), services_(services), selected_(std::move(selected)), listed_(std::move(listed)) {
    add(tr("Show only the selected runs"), QStringLiteral("Alt+O"),
        [this] { showOnly(selected_(), tr("Show only some runs")); });
    add(tr("Hide the selected runs"), QStringLiteral("H"), [this] { setVisible(selected_(), false); });
    add(tr("Show the selected runs"), {}, [this] { setVisible(selected_(), true); });
    add(tr("Show all listed runs"), QStringLiteral("Shift+H"),
        [this] { showOnly(listed_(), tr("Show all listed runs")); });
    add(tr("Pin or release the selected runs"), QStringLiteral("P"), [this] {
        const Runs runs = selected_();
        if (!runs.empty()) setPinned(runs, !runs.front().pinned);
    });
    add(tr("Rename run"), QStringLiteral("F2"), [this] { Q_EMIT renameRequested(); });
    add(tr("Colour and dash of the selected runs…"), QStringLiteral("C"), [this] { Q_EMIT styleRequested(); });
    add(tr("Edit tags and notes"), QStringLiteral("T"), [this] { Q_EMIT tagsRequested(); });
    add(tr("Config differences of the selected runs"), QStringLiteral("D"), [this] { Q_EMIT differencesRequested(); });
    add(tr("Measure checkpoints of the selected runs…"), {}, [this] { services_.showMeasure(); });
    add(tr("Copy the selected runs as a table"), {}, [this] { Q_EMIT copyRequested(); });
    add(tr("Archive, or take from the archive"), QStringLiteral("A"), [this] {
        const Runs runs = selected_();
        if (!runs.empty()) setArchived(runs, !runs.front().archived);
    });
    trash_ = add(tr("Put in the trash, or take out again"), {}, [this] {
        const Runs runs = selected_();
        if (!runs.empty()) setTrashed(runs, !runs.front().trashed);
    });
}

QAction* RunActions::add(const QString& text, const QString& shortcut, std::function<void()> triggered) {
    auto* action = new QAction(text, this);
    if (!shortcut.isEmpty()) action->setShortcut(QKeySequence(shortcut));
    connect(action, &QAction::triggered, this, std::move(triggered));
    actions_ += action;
    return action;
}

void RunActions::fillMenu(QMenu& menu) {
    constexpr int afterVisibility = 5, afterEdit = 11;
    for (int i = 0; i < actions_.size(); ++i) {
        if (i == afterVisibility || i == afterEdit) menu.addSeparator();
        menu.addAction(actions_[i]);
    }
    const bool writable = services_.session().isWritable();
    const Runs runs = selected_();
    for (QAction* action : menu.actions())
        action->setEnabled(!runs.empty() && writable);
}

void RunActions::push(RunField field, std::vector<RunChange> changes, const QString& text) {
    if (changes.empty()) return;
    if (!services_.session().isWritable()) {
        services_.showMessage(tr("The project is open for reading only; nothing was changed"));
        return;
    }
    services_.undo().push(new RunsCommand(services_.bridge(), field, std::move(changes), text));
}

void RunActions::push(RunField field, const Runs& runs, const RunFieldValue& after, const QString& text) {
    std::vector<RunChange> changes;
    for (const RunRecord& run : runs)
        if (fieldOf(run, field) != after) changes.push_back({run.id, fieldOf(run, field), after});
    push(field, std::move(changes), text);
}

void RunActions::showOnly(const Runs& shown, const QString& text) {
    if (shown.empty()) return;
    std::unordered_set<RunId> ids;
    for (const RunRecord& run : shown)
        ids.insert(run.id);
    std::vector<RunChange> changes;
    for (const RunRecord& run : listed_())
        if (const bool visible = ids.contains(run.id); run.visible != visible)
            changes.push_back({run.id, run.visible, visible});
    push(RunField::visible, std::move(changes), text);
}

void RunActions::setVisible(const Runs& runs, bool visible) {
    push(RunField::visible, runs, visible,
         visible ? plural(static_cast<std::int64_t>(runs.size()), tr("Show %1 run"), tr("Show %1 runs"))
                 : plural(static_cast<std::int64_t>(runs.size()), tr("Hide %1 run"), tr("Hide %1 runs")));
}

void RunActions::setPinned(const Runs& runs, bool pinned) {
    push(RunField::pinned, runs, pinned, pinned ? tr("Pin") : tr("Release"));
}

void RunActions::setColor(const Runs& runs, int color) {
    push(RunField::color, runs, color,
         plural(static_cast<std::int64_t>(runs.size()), tr("Colour of %1 run"), tr("Colour of %1 runs")));
}

void RunActions::rename(const RunRecord& run, const QString& name) {
    push(RunField::name, {run}, utf8(name), tr("Rename %1").arg(qtext(run.name)));
}

void RunActions::setArchived(const Runs& runs, bool archived) {
    const auto count = static_cast<std::int64_t>(runs.size());
    push(RunField::archived, runs, archived,
         archived ? plural(count, tr("Archive %1 run"), tr("Archive %1 runs"))
                  : plural(count, tr("Take %1 run from the archive"), tr("Take %1 runs from the archive")));
}

void RunActions::setTrashed(const Runs& runs, bool trashed) {
    const auto count = static_cast<std::int64_t>(runs.size());
    push(RunField::trashed, runs, trashed,
         trashed ? plural(count, tr("Put %1 run in the trash"), tr("Put %1 runs in the trash"))
                 : plural(count, tr("Take %1 run from the trash"), tr("Take %1 runs from the trash")));
    if (trashed && services_.session().isWritable())
        services_.showMessage(plural(count,
                                     tr("%1 run put in the trash. Ctrl+Z takes them out; the files are untouched"),
                                     tr("%1 runs put in the trash. Ctrl+Z takes them out; the files are untouched")));
}

void RunActions::changeTags(const Runs& runs, const Tags& added, const Tags& removed) {
    std::vector<RunChange> changes;
    for (const RunRecord& run : runs) {
        Tags tags(run.tags.begin(), run.tags.end());
        for (const std::string& tag : removed)
            tags.erase(tag);
        tags.insert(added.begin(), added.end());
        std::vector<std::string> after(tags.begin(), tags.end());
        if (after != run.tags) changes.push_back({run.id, run.tags, std::move(after)});
    }
    const auto count = static_cast<std::int64_t>(changes.size());
    push(RunField::tags, std::move(changes), plural(count, tr("Tags of %1 run"), tr("Tags of %1 runs")));
}

void RunActions::setNotes(const RunRecord& run, const QString& notes) {
    push(RunField::notes, {run}, utf8(notes), tr("Notes of %1").arg(qtext(run.name)));
}

void RunActions::setGroup(const Runs& runs, const QString& group) {
    push(RunField::group, runs, utf8(group),
         plural(static_cast<std::int64_t>(runs.size()), tr("Group of %1 run"), tr("Group of %1 runs")));
}

} // namespace isoloss
