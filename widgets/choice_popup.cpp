#include "widgets/choice_popup.h"

#include "widgets/popup_place.h"

#include <QKeyEvent>
#include <QLineEdit>
#include <QListWidget>
#include <QVBoxLayout>
#include <algorithm>

namespace isoloss {

namespace {

constexpr int choice_role = Qt::UserRole + 1;
constexpr int search_from = 8; ///< fewer choices need no search line

bool matches(const ChipChoice& choice, const QStringList& words) {
    return std::all_of(words.begin(), words.end(), [&choice](const QString& word) {
        return choice.text.contains(word, Qt::CaseInsensitive) || choice.detail.contains(word, Qt::CaseInsensitive) ||
               choice.group.contains(word, Qt::CaseInsensitive);
    });
}

} // namespace

ChoicePopup::ChoicePopup(const std::vector<ChipChoice>& choices, const QVariant& current, const Theme& theme,
                         QWidget* parent)
    : QFrame(parent, Qt::Popup), m_choices(choices), m_current(current), m_theme(theme), m_search(new QLineEdit(this)),
      m_list(new QListWidget(this)) {
    setAttribute(Qt::WA_DeleteOnClose);
    setObjectName(QStringLiteral("choice_popup"));
    setStyleSheet(QStringLiteral("#choice_popup { background: %1; border: 1px solid %2; }"
                                 "QListWidget::item { padding: 4px 8px; border-radius: 4px; }"
                                 "QListWidget::item:selected { background: %3; color: %4; }")
                      .arg(theme.surface.name(), theme.border.name(), theme.selection.name(), theme.text.name()));
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(6, 6, 6, 6);
    layout->setSpacing(6);
    layout->addWidget(m_search);
    layout->addWidget(m_list);
    m_search->setPlaceholderText(tr("Search"));
    m_search->setAccessibleName(tr("Search"));
    m_search->setVisible(static_cast<int>(choices.size()) >= search_from);
    m_search->installEventFilter(this);
    m_list->setUniformItemSizes(true);
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_list->setTextElideMode(Qt::ElideMiddle);
    m_list->installEventFilter(this);
    setFocusProxy(m_search->isVisibleTo(this) ? static_cast<QWidget*>(m_search) : m_list);
    connect(m_search, &QLineEdit::textChanged, this, [this](const QString& text) { fill(text); });
    connect(m_list, &QListWidget::itemClicked, this, [this](const QListWidgetItem* item) { accept(item); });
    fill({});
}

void ChoicePopup::fill(const QString& search) {
    const QStringList words = search.split(QLatin1Char(' '), Qt::SkipEmptyParts);
    m_list->clear();
    QString group;
    int current_row = -1, first_row = -1;
    for (std::size_t i = 0; i < m_choices.size(); ++i) {
        const ChipChoice& choice = m_choices[i];
        if (!matches(choice, words)) continue;
        if (choice.group != group) {
            group = choice.group;
            auto* heading = new QListWidgetItem(group, m_list);
            heading->setFlags(Qt::NoItemFlags);
            heading->setFont(m_theme.caption);
            heading->setForeground(m_theme.muted);
        }
        const QString text =
            choice.detail.isEmpty() ? choice.text : choice.text + QStringLiteral("   ") + choice.detail;
        auto* item = new QListWidgetItem(text, m_list);
        item->setData(choice_role, static_cast<int>(i));
        if (first_row < 0) first_row = m_list->row(item);
        if (choice.value == m_current) {
            current_row = m_list->row(item);
            item->setFont(m_theme.strong);
        }
    }
    m_list->setCurrentRow(words.isEmpty() && current_row >= 0 ? current_row : first_row);
}

void ChoicePopup::showBelow(const QWidget& anchor) {
    int widest = 200;
    for (const ChipChoice& choice : m_choices)
        widest =
            std::max(widest, fontMetrics().horizontalAdvance(choice.text + QStringLiteral("   ") + choice.detail) + 64);
    const int rows = std::clamp(m_list->count(), 1, 14);
    const int search_height = m_search->isVisibleTo(this) ? m_search->sizeHint().height() + 6 : 0;
    const int row_height = std::max(Theme::row_height, m_list->sizeHintForRow(0));
    resize(std::min(widest, 460), rows * row_height + search_height + 20);
    place_popup(*this, anchor);
    show();
    focusProxy()->setFocus(Qt::PopupFocusReason);
}

bool ChoicePopup::eventFilter(QObject* watched, QEvent* event) {
    if (event->type() == QEvent::KeyPress) {
        const auto* key = static_cast<QKeyEvent*>(event);
        if (key->key() == Qt::Key_Return || key->key() == Qt::Key_Enter) {
            accept(m_list->currentItem());
            return true;
        }
        if (key->key() == Qt::Key_Escape) {
            close();
            return true;
        }
        const bool step = key->key() == Qt::Key_Down || key->key() == Qt::Key_Up;
        if (watched == m_search && step) {
            // Headings cannot be chosen: step over them.
            const int direction = key->key() == Qt::Key_Down ? 1 : -1;
            for (int row = m_list->currentRow() + direction; row >= 0 && row < m_list->count(); row += direction)
                if (m_list->item(row)->flags() & Qt::ItemIsEnabled) {
                    m_list->setCurrentRow(row);
                    break;
                }
            return true;
        }
    }
    return QFrame::eventFilter(watched, event);
}

void ChoicePopup::accept(const QListWidgetItem* item) {
    if (!item || !item->data(choice_role).isValid()) return;
    const QVariant value = m_choices[static_cast<std::size_t>(item->data(choice_role).toInt())].value;
    Q_EMIT chosen(value);
    close();
}

} // namespace isoloss
