#pragma once

#include "engine/base/ids.h"

#include <QUndoCommand>
#include <functional>
#include <string>
#include <variant>
#include <vector>

namespace isoloss {

class EngineBridge;

/// What a person may change about a run.
enum class RunField { name, group, notes, tags, visible, pinned, color, archived, trashed };

using RunFieldValue = std::variant<bool, int, std::string, std::vector<std::string>>;

/// One field of one run before and after.
struct RunChange {
    RunId run;
    RunFieldValue before, after;
};

/// Changes one field of some runs in one transaction, and back. The bridge outlives the undo stack's commands.
class RunsCommand : public QUndoCommand {
public:
    RunsCommand(EngineBridge& bridge, RunField field, std::vector<RunChange> changes, const QString& text);

    void undo() override;
    void redo() override;

private:
    void write(bool forward) const;

    EngineBridge& bridge_;
    RunField field_;
    std::vector<RunChange> changes_;
};

/// A change of what the window shows (zoom, layout) that was already made when the command is pushed. Commands of the
/// same `merge` key that follow each other become one; 0 never merges.
class ViewCommand : public QUndoCommand {
public:
    ViewCommand(std::function<void()> undo, std::function<void()> redo, const QString& text, int merge = 0);

    void undo() override;
    void redo() override;
    int id() const override;
    bool mergeWith(const QUndoCommand* later) override;

private:
    std::function<void()> undo_, redo_;
    int merge_ = 0;
    bool done_ = true; ///< the change was made before the push
};

} // namespace isoloss
