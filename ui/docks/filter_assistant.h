#pragma once

#include "ui/engine_bridge.h"
#include "ui/models/filter_words.h"

#include <QObject>
#include <map>
#include <memory>

namespace isoloss {

class FilterLineEdit;
class UiServices;

/// Helps to write a filter of the runs: completes names, operators and the texts of a field, explains the language and
/// doubts names that no run has. Window thread; what takes time is asked of query threads.
class FilterAssistant : public QObject {
    Q_OBJECT

public:
    FilterAssistant(UiServices& services, FilterLineEdit& line, QObject* parent);

    /// The fields whose texts are offered from now on; nullptr for none.
    void setFields(std::shared_ptr<const RunFields> fields);
    /// The names that are offered from now on.
    void setChoices(std::shared_ptr<const std::vector<RunColumnChoice>> choices);
    /// Marks the first name of the line that no run has. For a line without errors.
    void doubtNames();

private:
    void loadTexts(const Filter::Name& field);

    UiServices& services_;
    FilterLineEdit& line_;
    std::shared_ptr<const RunFields> fields_;
    std::shared_ptr<const FilterWords> words_;
    std::map<std::string, QStringList> texts_; ///< of fields that were compared, by spelling
    QueryChannel wordsChannel_, textsChannel_;
};

} // namespace isoloss
