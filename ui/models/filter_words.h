#pragma once

#include "engine/analysis/filter_editing.h"
#include "engine/analysis/run_table.h"

#include <QString>
#include <QStringList>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace isoloss {

/// The names that a filter of the runs may use: offered while one is written, and asked for what a wrong one could have
/// meant. Immutable once made, any thread.
class FilterWords {
public:
    FilterWords() = default;
    explicit FilterWords(const std::vector<RunColumnChoice>& choices);

    bool isKnown(const Filter::Name& name) const;

    /// What may stand at a place: names, functions and operators as a filter spells them. Values of a field are not
    /// among them, see quotedTexts.
    QStringList offers(const FilterPlace& place) const;

    struct Doubt {
        FilterNameUse use;
        QString message;
    };

    /// The first name that no run has anything under, in words, with the nearest names there are.
    std::optional<Doubt> doubt(std::string_view filter) const;

private:
    std::set<std::string, std::less<>> names_;   ///< everything that a name may be
    std::set<std::string, std::less<>> numbers_; ///< of series and quantities: what functions take
    std::vector<std::string> numberNames_, allNames_;
};

/// The texts in a column, each once, as a filter quotes them; at most `most`.
QStringList quotedTexts(const std::vector<FilterValue>& column, std::size_t most);

} // namespace isoloss
