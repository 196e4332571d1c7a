#include "ui/models/filter_words.h"

#include "engine/analysis/near_names.h"
#include "ui/figures/value_text.h"

#include <QCoreApplication>

namespace isoloss {

namespace {

struct Text {
    Q_DECLARE_TR_FUNCTIONS(FilterWords)
};

QStringList spelled(const std::vector<std::string>& names) {
    QStringList words;
    for (const std::string& name : names)
        words += qtext(filter_spelling(name));
    return words;
}

} // namespace

FilterWords::FilterWords(const std::vector<RunColumnChoice>& choices) {
    for (const char* name :
         {"name", "run", "group", "tag", "tags", "notes", "attempt", "archived", "pinned", "visible"})
        names_.insert(name);
    for (const RunColumnChoice& choice : choices) {
        std::string name = run_column_name(choice.key).name;
        if (choice.group == "Series" || choice.group == "Quantities") numbers_.insert(name);
        if (choice.group == "Quantities") {
            // A quantity goes by its metric where no other has it; where others have, that is said elsewhere.
            const std::string_view key = name;
            const std::string metric(key.ends_with(']') ? key.substr(0, key.find('['))
                                                        : key.substr(key.find_last_of('/') + 1));
            numbers_.insert(metric);
            names_.insert(metric);
        }
        if (choice.group == "Config") {
            // A config field goes by its last parts too.
            std::string_view rest = name;
            for (auto dot = rest.find('.'); dot != rest.npos; dot = rest.find('.')) {
                rest.remove_prefix(dot + 1);
                names_.emplace(rest);
            }
        }
        names_.insert(std::move(name));
    }
    numberNames_.assign(numbers_.begin(), numbers_.end());
    allNames_.assign(names_.begin(), names_.end());
}

bool FilterWords::isKnown(const Filter::Name& name) const {
    if (name.function.empty()) return names_.contains(name.name);
    if (name.function != "has") return numbers_.contains(name.name);
    const Filter::Name inner = run_column_name(name.name);
    return inner.function.empty() ? names_.contains(inner.name) : isKnown(inner);
}

QStringList FilterWords::offers(const FilterPlace& place) const {
    using Wanted = FilterPlace::Wanted;
    switch (place.wanted) {
    case Wanted::operand:
        return spelled(allNames_) + QStringList{QStringLiteral("at("),  QStringLiteral("first("),
                                                QStringLiteral("has("), QStringLiteral("last("),
                                                QStringLiteral("max("), QStringLiteral("mean("),
                                                QStringLiteral("min("), QStringLiteral("not")};
    case Wanted::argument:
        return spelled(place.function == "has" ? allNames_ : numberNames_);
    case Wanted::comparison:
        if (!isKnown(place.compared) && place.compared.function.empty()) return {};
        return {QStringLiteral("="), QStringLiteral("!="), QStringLiteral("<"), QStringLiteral("<="),
                QStringLiteral(">"), QStringLiteral(">="), QStringLiteral("~")};
    case Wanted::joint:
        return {QStringLiteral("and"), QStringLiteral("or")};
    case Wanted::nothing:
    case Wanted::value:
        return {};
    }
    return {};
}

std::optional<FilterWords::Doubt> FilterWords::doubt(std::string_view filter) const {
    for (FilterNameUse& use : filter_name_uses(filter)) {
        if (isKnown(use.name)) continue;
        const bool ofNumbers = !use.name.function.empty() && use.name.function != "has";
        const std::string advice = near_names_advice(use.name.name, ofNumbers ? numberNames_ : allNames_, {});
        QString message = ofNumbers ? Text::tr("No run has a series or quantity “%1”").arg(qtext(use.name.name))
                                    : Text::tr("No run has “%1”").arg(qtext(use.name.name));
        if (!advice.empty()) message += QStringLiteral(". ") + qtext(advice);
        return Doubt{std::move(use), std::move(message)};
    }
    return std::nullopt;
}

QStringList quotedTexts(const std::vector<FilterValue>& column, std::size_t most) {
    std::set<std::string> texts;
    for (const FilterValue& value : column) {
        if (texts.size() >= most) break;
        if (const auto* text = std::get_if<std::string>(&value)) texts.insert(*text);
        if (const auto* several = std::get_if<std::vector<std::string>>(&value))
            texts.insert(several->begin(), several->end());
    }
    QStringList words;
    for (const std::string& text : texts)
        words += qtext(filter_quoted(text));
    return words;
}

} // namespace isoloss
