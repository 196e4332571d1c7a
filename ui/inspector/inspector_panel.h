#pragma once

#include "ui/engine_bridge.h"
#include "ui/inspector/details.h"

#include <QWidget>
#include <functional>
#include <memory>

class QLabel;
class QLineEdit;
class QPlainTextEdit;
class QPushButton;
class QStackedWidget;
class QTreeWidget;
class QTreeWidgetItem;

namespace isoloss {

class EmptyState;
class RunActions;
class UiServices;

/// Details of what is selected: a run (tags and notes can be edited), the differences of several (and their tags), a
/// checkpoint, or a value with its provenance. Every line can be copied. Window thread.
class InspectorPanel : public QWidget {
    Q_OBJECT

public:
    explicit InspectorPanel(UiServices& services, QWidget* parent = nullptr);

    /// The Runs dock's actions, through which edits go; set once.
    void setRunActions(RunActions* actions) { runActions_ = actions; }

    void editTags();

Q_SIGNALS:
    /// The user asked to see where a value comes from.
    void attentionWanted();
    /// The user wants to see the items of the value that is shown.
    void itemsRequested();

private:
    using Loader = std::function<Expected<Details>(Reader&)>;

    void build();
    void applyTheme();
    void follow();
    void load(Loader loader);
    void reload();
    void showNothing();
    void showDetails(const Details& details);
    void showEditors(const Details& details);
    void storeTags();
    void storeNotes();
    void copySelected() const;

    UiServices& services_;
    RunActions* runActions_ = nullptr;
    Loader loader_;
    QueryChannel loading_;
    std::shared_ptr<const Details> details_;
    QStackedWidget* stack_;
    EmptyState* empty_;
    QLabel* title_;
    QLabel* subtitle_;
    QWidget* editors_;
    QLineEdit* tags_;
    QLabel* otherTags_; ///< that only some of several runs have
    QPlainTextEdit* notes_;
    QPushButton* items_;
    QTreeWidget* tree_;
};

} // namespace isoloss
