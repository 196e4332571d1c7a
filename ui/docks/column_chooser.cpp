#include "ui/docks/column_chooser.h"

#include "ui/figures/value_text.h"
#include "ui/models/run_columns.h"
#include "ui/plural.h"
#include "widgets/popup_place.h"

#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QVBoxLayout>
#include <algorithm>

namespace isoloss {

namespace {

constexpr int mostShown = 400; ///< the search narrows the rest

} // namespace

ColumnChooser::ColumnChooser(std::vector<RunColumnChoice> choices, std::vector<std::string> chosen, QWidget* parent)
    : QFrame(parent, Qt::Popup), choices_(std::move(choices)), columns_(std::move(chosen)),
      search_(new QLineEdit(this)), list_(new QListWidget(this)), hint_(new QLabel(this)) {
    setAttribute(Qt::WA_DeleteOnClose);
    setFrameShape(StyledPanel);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(8, 8, 8, 8);
    for (QWidget* part : std::initializer_list<QWidget*>{search_, list_, hint_})
        layout->addWidget(part);
    search_->setPlaceholderText(tr("Search, or type min(val/loss)"));
    search_->setAccessibleName(tr("Search columns"));
    search_->setClearButtonEnabled(true);
    search_->installEventFilter(this);
    list_->setAccessibleName(tr("Columns"));
    list_->setFrameShape(NoFrame);
    list_->installEventFilter(this);
    hint_->setEnabled(false);
    connect(search_, &QLineEdit::textChanged, this, &ColumnChooser::fill);
    connect(list_, &QListWidget::itemChanged, this, [this](QListWidgetItem* item) {
        setChosen(utf8(item->data(Qt::UserRole).toString()), item->checkState() == Qt::Checked);
    });
    fill();
    resize(340, 400);
    search_->setFocus();
}

void ColumnChooser::showBelow(const QWidget& anchor) {
    place_popup(*this, anchor);
    show();
}

void ColumnChooser::setChosen(const std::string& key, bool chosen) {
    std::erase(columns_, key);
    if (chosen) columns_.push_back(key);
    Q_EMIT this->chosen(columns_);
}

void ColumnChooser::addItem(const std::string& key, const QString& text, const QString& tip) {
    if (list_->count() >= mostShown) return;
    auto* item = new QListWidgetItem(text, list_);
    item->setData(Qt::UserRole, qtext(key));
    item->setToolTip(tip);
    const bool isChosen = std::find(columns_.begin(), columns_.end(), key) != columns_.end();
    item->setCheckState(isChosen ? Qt::Checked : Qt::Unchecked);
}

void ColumnChooser::fill() {
    const QSignalBlocker blocker(list_);
    list_->clear();
    const QString search = search_->text().trimmed();
    const QStringList words = search.split(QLatin1Char(' '), Qt::SkipEmptyParts);
    const auto matches = [&](const std::string& key) {
        return std::all_of(words.begin(), words.end(), [text = qtext(key)](const QString& word) {
            return text.contains(word, Qt::CaseInsensitive);
        });
    };
    const auto add = [&](const RunColumnChoice& choice) {
        if (matches(choice.key))
            addItem(choice.key, QStringLiteral("%1    %2").arg(qtext(choice.key), qtext(choice.group)),
                    plural(static_cast<int>(choice.runs), tr("%1 run has it"), tr("%1 runs have it")));
    };
    const auto choiceOf = [this](const std::string& key) {
        return std::find_if(choices_.begin(), choices_.end(), [&](const auto& choice) { return choice.key == key; });
    };
    // What is chosen comes first, in the order of the columns.
    for (const std::string& key : columns_)
        if (const auto choice = choiceOf(key); choice != choices_.end())
            add(*choice);
        else if (matches(key))
            addItem(key, qtext(key), tr("As typed"));
    for (const RunColumnChoice& choice : choices_)
        if (std::find(columns_.begin(), columns_.end(), choice.key) == columns_.end()) add(choice);
    const auto typed = typedColumnKey(search);
    const bool isNew = typed && choiceOf(*typed) == choices_.end() &&
                       std::find(columns_.begin(), columns_.end(), *typed) == columns_.end();
    // A word alone is a search first; a function is meant as it stands.
    if (isNew && (typed->find('(') != std::string::npos || list_->count() == 0))
        addItem(*typed, tr("%1    as typed").arg(qtext(*typed)), {});
    list_->setCurrentRow(list_->count() > 0 ? 0 : -1);
    hint_->setText(list_->count() > 0 ? tr("Return ticks, Alt+Up and Alt+Down move a column")
                                      : tr("No column is called so; functions are closed by “)”"));
}

void ColumnChooser::toggleCurrent() {
    if (QListWidgetItem* item = list_->currentItem())
        item->setCheckState(item->checkState() == Qt::Checked ? Qt::Unchecked : Qt::Checked);
}

void ColumnChooser::setCurrent(const std::string& key) {
    for (int row = 0; row < list_->count(); ++row)
        if (list_->item(row)->data(Qt::UserRole).toString() == qtext(key)) list_->setCurrentRow(row);
}

void ColumnChooser::moveCurrent(int by) {
    const QListWidgetItem* item = list_->currentItem();
    if (!item) return;
    const std::string key = utf8(item->data(Qt::UserRole).toString());
    const auto place = std::find(columns_.begin(), columns_.end(), key);
    if (place == columns_.end()) return;
    const auto target = place - columns_.begin() + by;
    if (target < 0 || target >= static_cast<std::ptrdiff_t>(columns_.size())) return;
    std::swap(*place, columns_[static_cast<std::size_t>(target)]);
    fill();
    setCurrent(key);
    Q_EMIT chosen(columns_);
}

bool ColumnChooser::eventFilter(QObject* watched, QEvent* event) {
    if (event->type() != QEvent::KeyPress) return QFrame::eventFilter(watched, event);
    const auto* key = static_cast<QKeyEvent*>(event);
    const bool up = key->key() == Qt::Key_Up, down = key->key() == Qt::Key_Down;
    if ((up || down) && key->modifiers() & Qt::AltModifier) {
        moveCurrent(up ? -1 : 1);
        return true;
    }
    if (key->key() == Qt::Key_Return || key->key() == Qt::Key_Enter) {
        toggleCurrent();
        return true;
    }
    if ((up || down) && watched == search_) {
        const int row = list_->currentRow() + (up ? -1 : 1);
        if (row >= 0 && row < list_->count()) list_->setCurrentRow(row);
        return true;
    }
    return QFrame::eventFilter(watched, event);
}

} // namespace isoloss
