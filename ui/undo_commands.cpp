#include "ui/undo_commands.h"

#include "ui/engine_bridge.h"

namespace isoloss {

namespace {

Expected<void> apply(WriteSession& session, RunField field, RunId run, const RunFieldValue& value) {
    switch (field) {
    case RunField::name:
        return session.rename_run(run, std::get<std::string>(value));
    case RunField::group:
        return session.set_run_group(run, std::get<std::string>(value));
    case RunField::notes:
        return session.set_run_notes(run, std::get<std::string>(value));
    case RunField::tags:
        return session.set_run_tags(run, std::get<std::vector<std::string>>(value));
    case RunField::visible:
        return session.set_run_visible(run, std::get<bool>(value));
    case RunField::pinned:
        return session.set_run_pinned(run, std::get<bool>(value));
    case RunField::color:
        return session.set_run_color(run, std::get<int>(value));
    case RunField::archived:
        return session.set_run_archived(run, std::get<bool>(value));
    case RunField::trashed:
        return session.set_run_trashed(run, std::get<bool>(value));
    }
    return fail(ErrorKind::internal, "unknown field of a run");
}

} // namespace

RunsCommand::RunsCommand(EngineBridge& bridge, RunField field, std::vector<RunChange> changes, const QString& text)
    : QUndoCommand(text), bridge_(bridge), field_(field), changes_(std::move(changes)) {}

void RunsCommand::undo() {
    write(false);
}

void RunsCommand::redo() {
    write(true);
}

void RunsCommand::write(bool forward) const {
    bridge_.write([field = field_, changes = changes_, forward](WriteSession& session) -> Expected<void> {
        for (const RunChange& change : changes)
            ISOLOSS_TRY_VOID(apply(session, field, change.run, forward ? change.after : change.before));
        return {};
    });
}

ViewCommand::ViewCommand(std::function<void()> undo, std::function<void()> redo, const QString& text, int merge)
    : QUndoCommand(text), undo_(std::move(undo)), redo_(std::move(redo)), merge_(merge) {}

void ViewCommand::undo() {
    done_ = false;
    undo_();
}

void ViewCommand::redo() {
    if (!done_) redo_();
    done_ = true;
}

int ViewCommand::id() const {
    return merge_ == 0 ? -1 : merge_;
}

bool ViewCommand::mergeWith(const QUndoCommand* later) {
    const auto* other = dynamic_cast<const ViewCommand*>(later);
    if (!other || other->merge_ != merge_) return false;
    redo_ = other->redo_;
    return true;
}

} // namespace isoloss
