#include "ui/docks/column_chooser.h"

#include "ui/plural.h"

#include <QGuiApplication>
#include <QLineEdit>
#include <QListWidget>
#include <QScreen>
#include <QVBoxLayout>
#include <algorithm>

namespace isoloss {

namespace {

constexpr int mostShown = 400; ///< the search narrows the rest

} // namespace

ColumnChooser::ColumnChooser(std::vector<RunColumnChoice> choices, std::vector<std::string> chosen, QWidget* parent)
    : QWidget(parent, Qt::Popup), choices_(std::move(choices)), columns_(std::move(chosen)),
      search_(new QLineEdit(this)), list_(new QListWidget(this)) {
    setAttribute(Qt::WA_DeleteOnClose);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(8, 8, 8, 8);
    layout->addWidget(search_);
    layout->addWidget(list_);
    search_->setPlaceholderText(tr("Search columns"));
    search_->setAccessibleName(tr("Search columns"));
    search_->setClearButtonEnabled(true);
    list_->setAccessibleName(tr("Columns"));
    connect(search_, &QLineEdit::textChanged, this, &ColumnChooser::fill);
    connect(list_, &QListWidget::itemChanged, this, [this](QListWidgetItem* item) {
        const std::string key = utf8(item->data(Qt::UserRole).toString());
        std::erase(columns_, key);
        if (item->checkState() == Qt::Checked) columns_.push_back(key);
        Q_EMIT this->chosen(columns_);
    });
    fill({});
    resize(320, 380);
    search_->setFocus();
}

void ColumnChooser::popup(const QPoint& position) {
    const QScreen* screen = QGuiApplication::screenAt(position);
    QPoint corner = position;
    if (screen) {
        const QRect free = screen->availableGeometry();
        corner.setX(std::clamp(corner.x(), free.left(), std::max(free.left(), free.right() - width())));
        corner.setY(std::clamp(corner.y(), free.top(), std::max(free.top(), free.bottom() - height())));
    }
    move(corner);
    show();
}

void ColumnChooser::fill(const QString& search) {
    const QSignalBlocker blocker(list_);
    list_->clear();
    const auto isChosen = [this](const std::string& key) {
        return std::find(columns_.begin(), columns_.end(), key) != columns_.end();
    };
    const auto add = [&](const RunColumnChoice& choice) {
        if (list_->count() >= mostShown || !qtext(choice.key).contains(search, Qt::CaseInsensitive)) return;
        auto* item = new QListWidgetItem(QStringLiteral("%1    %2").arg(qtext(choice.key), qtext(choice.group)), list_);
        item->setData(Qt::UserRole, qtext(choice.key));
        item->setToolTip(plural(static_cast<int>(choice.runs), tr("%1 run has it"), tr("%1 runs have it")));
        item->setCheckState(isChosen(choice.key) ? Qt::Checked : Qt::Unchecked);
    };
    for (const auto& choice : choices_)
        if (isChosen(choice.key)) add(choice);
    for (const auto& choice : choices_)
        if (!isChosen(choice.key)) add(choice);
}

} // namespace isoloss
