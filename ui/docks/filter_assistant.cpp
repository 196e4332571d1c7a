#include "ui/docks/filter_assistant.h"

#include "ui/figures/value_text.h"
#include "ui/ui_services.h"
#include "widgets/filter_line_edit.h"

namespace isoloss {

namespace {

constexpr std::size_t mostTexts = 500; ///< of one field; typing narrows them

std::string keyOf(const Filter::Name& name) {
    return name.function.empty() ? name.name : name.function + "(" + name.name + ")";
}

QString helpText() {
    const std::vector<std::pair<QString, QString>> lines{
        {QStringLiteral("lr &lt; 3e-4"), FilterAssistant::tr("a config field; also <tt>config.optimizer.lr</tt>")},
        {QStringLiteral("group = \"ablation*\""),
         FilterAssistant::tr("a text; * stands for anything, != for another one")},
        {QStringLiteral("notes ~ \"spike\""), FilterAssistant::tr("contains, in capitals or not")},
        {QStringLiteral("min(val/loss) &lt; 2.9"), FilterAssistant::tr("of a series: min, max, first, last")},
        {QStringLiteral("at(train/loss, 1000) &lt; 3"), FilterAssistant::tr("its value at a step")},
        {QStringLiteral("mean(*/acc) &gt; 0.5"), FilterAssistant::tr("the mean over quantities")},
        {QStringLiteral("has(fisher_trace)"), FilterAssistant::tr("there is one")},
        {QStringLiteral("alpha"), FilterAssistant::tr("the name of the run contains it")},
        {QStringLiteral("a and not (b or c)"), FilterAssistant::tr("together")},
        {QStringLiteral("`my field` = 1"), FilterAssistant::tr("a name with unusual letters")}};
    QString rows;
    for (const auto& [example, meaning] : lines)
        rows += QStringLiteral("<tr><td style='padding-right: 16px'><tt>%1</tt></td><td>%2</td></tr>")
                    .arg(example, meaning);
    return QStringLiteral("<table>%1</table><p>%2</p>")
        .arg(rows, FilterAssistant::tr("What a run does not have compares with nothing: it is hidden.<br>"
                                       "Ctrl+Space offers what fits at the cursor."));
}

} // namespace

FilterAssistant::FilterAssistant(UiServices& services, FilterLineEdit& line, QObject* parent)
    : QObject(parent), services_(services), line_(line), words_(std::make_shared<const FilterWords>()) {
    line_.setHelp(helpText());
    line_.setCompletionSource([this](const QString& before) {
        const std::string text = utf8(before);
        const FilterPlace place = filter_place(text);
        FilterCompletions completions;
        completions.begin = static_cast<int>(qtext(std::string_view(text).substr(0, place.begin)).size());
        if (place.wanted == FilterPlace::Wanted::value) {
            const auto known = texts_.find(keyOf(place.compared));
            if (known == texts_.end())
                loadTexts(place.compared);
            else
                completions.words = known->second;
        } else {
            completions.words = words_->offers(place);
        }
        completions.eager =
            place.wanted == FilterPlace::Wanted::value || place.wanted == FilterPlace::Wanted::comparison;
        return completions;
    });
}

void FilterAssistant::setFields(std::shared_ptr<const RunFields> fields) {
    fields_ = std::move(fields);
    texts_.clear();
    textsChannel_.drop();
    if (fields_) return;
    wordsChannel_.drop();
    words_ = std::make_shared<const FilterWords>();
}

void FilterAssistant::setChoices(std::shared_ptr<const std::vector<RunColumnChoice>> choices) {
    services_.bridge().query<FilterWords>(
        wordsChannel_,
        [choices = std::move(choices)](Reader&) -> Expected<FilterWords> { return FilterWords(*choices); }, this,
        [this](const QueryAnswer<FilterWords>& answer) {
            if (!answer) return;
            words_ = *answer;
            if (!line_.hasError()) doubtNames();
        });
}

void FilterAssistant::loadTexts(const Filter::Name& field) {
    if (!fields_) return;
    services_.bridge().query<QStringList>(
        textsChannel_,
        [fields = fields_, field](Reader& reader) -> Expected<QStringList> {
            ISOLOSS_TRY(const FilterColumn cells, fields->cells(reader, field));
            return quotedTexts(*cells, mostTexts);
        },
        this,
        [this, key = keyOf(field)](const QueryAnswer<QStringList>& answer) {
            if (!answer) return;
            texts_[key] = **answer;
            line_.refreshCompletions();
        });
}

void FilterAssistant::doubtNames() {
    const QString text = line_.text();
    if (!fields_ || fields_->runs().empty()) return;
    const auto doubt = words_->doubt(utf8(text));
    if (!doubt) return;
    const auto points = text.toUcs4();
    const auto utf16 = [&](std::size_t from, std::size_t count) {
        const auto part = points.mid(static_cast<qsizetype>(from), static_cast<qsizetype>(count));
        return static_cast<int>(
            QString::fromUcs4(reinterpret_cast<const char32_t*>(part.constData()), part.size()).size());
    };
    line_.setError(utf16(0, doubt->use.column - 1), utf16(doubt->use.column - 1, doubt->use.length), doubt->message,
                   FilterLineEdit::Tone::doubt);
}

} // namespace isoloss
