#pragma once

#include "engine/store/records.h"
#include "ui/undo_commands.h"

#include <QObject>
#include <functional>
#include <set>
#include <vector>

class QAction;
class QMenu;

namespace isoloss {

class UiServices;

/// What can be done with runs, as actions for the context menu, the palette and the keyboard. All of it can be undone.
class RunActions : public QObject {
    Q_OBJECT

public:
    using Runs = std::vector<RunRecord>;

    /// `selected` and `listed` answer the runs at the moment an action is triggered.
    RunActions(UiServices& services, std::function<Runs()> selected, std::function<Runs()> listed, QObject* parent);

    const QList<QAction*>& actions() const { return actions_; }

    /// For the Delete key of the table; elsewhere in the window the key must not reach the runs.
    QAction* trashAction() const { return trash_; }

    void fillMenu(QMenu& menu);

    void setVisible(const Runs& runs, bool visible);
    void setPinned(const Runs& runs, bool pinned);
    /// `color` is an index into Theme::series.
    void setColor(const Runs& runs, int color);
    void rename(const RunRecord& run, const QString& name);
    void setArchived(const Runs& runs, bool archived);
    void setTrashed(const Runs& runs, bool trashed);
    using Tags = std::set<std::string>;

    /// Adds and takes away tags; those that a run has besides stay.
    void changeTags(const Runs& runs, const Tags& added, const Tags& removed);
    void setNotes(const RunRecord& run, const QString& notes);
    void setGroup(const Runs& runs, const QString& group);

Q_SIGNALS:
    void renameRequested();      ///< edit the name of the current run in place
    void styleRequested();       ///< choose the colour and dash of the selected runs
    void tagsRequested();        ///< edit the tags in the inspector
    void differencesRequested(); ///< show the config differences in the inspector
    void copyRequested();

private:
    QAction* add(const QString& text, const QString& shortcut, std::function<void()> triggered);
    void push(RunField field, std::vector<RunChange> changes, const QString& text);
    /// The same value for all.
    void push(RunField field, const Runs& runs, const RunFieldValue& after, const QString& text);
    void showOnly(const Runs& shown, const QString& text);

    UiServices& services_;
    std::function<Runs()> selected_, listed_;
    QList<QAction*> actions_;
    QAction* trash_ = nullptr;
};

} // namespace isoloss
