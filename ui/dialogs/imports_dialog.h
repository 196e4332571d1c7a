#pragma once

#include "engine/store/import_undo.h"
#include "engine/store/records.h"
#include "ui/engine_bridge.h"

#include <QDialog>
#include <QStringList>
#include <memory>
#include <vector>

class QLabel;
class QPushButton;
class QTreeWidget;

namespace isoloss {

class UiServices;

/// The imports of the project, newest first: what each brought and what it holds now. Any can be undone as a whole and
/// imported again. What would be lost is said in place, and asked for once more. Not modal. Window thread.
class ImportsDialog : public QDialog {
    Q_OBJECT

public:
    explicit ImportsDialog(UiServices& services, QWidget* parent = nullptr);

    /// Chooses an import and undoes it, unless something would be lost: then it asks.
    void undo(ImportId import);

Q_SIGNALS:
    void importAgainWanted(const QStringList& paths);

private:
    /// What undoing an import would do, with what its files could not bring back.
    struct Look {
        ImportId import;
        ImportUndoPlan plan;
        QString objection; ///< empty: nothing would be lost
    };

    void build();
    void applyTheme();
    void load();
    void list(const std::vector<ImportRecord>& imports);
    void refresh();
    void lookAt(ImportId import);
    void takeBack(ImportId import, UndoRule rule);
    const ImportRecord* current() const;

    UiServices& services_;
    QueryChannel loading_, looking_;
    std::vector<ImportRecord> imports_; ///< newest first
    std::unique_ptr<Look> asked_;       ///< waits for the person's word
    bool busy_ = false;
    QTreeWidget* list_;
    QLabel* message_;
    QPushButton* undo_ = nullptr;
    QPushButton* again_ = nullptr;
};

} // namespace isoloss
