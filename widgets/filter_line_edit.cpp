#include "widgets/filter_line_edit.h"

#include <QCompleter>
#include <QLabel>
#include <QLineEdit>
#include <QStringListModel>
#include <QTimer>
#include <QVBoxLayout>

namespace isoloss {

FilterLineEdit::FilterLineEdit(QWidget* parent)
    : QWidget(parent), m_edit(new QLineEdit(this)), m_message(new QLabel(this)), m_completer(new QCompleter(this)),
      m_words(new QStringListModel(this)), m_timer(new QTimer(this)) {
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(2);
    layout->addWidget(m_edit);
    layout->addWidget(m_message);
    m_message->hide();
    m_message->setWordWrap(true);
    setFocusProxy(m_edit);
    m_timer->setSingleShot(true);
    m_timer->setInterval(150);
    connect(m_edit, &QLineEdit::textEdited, this, [this] { m_timer->start(); });
    connect(m_timer, &QTimer::timeout, this, [this] { Q_EMIT filterChanged(text()); });
    setTheme(m_theme);
}

FilterLineEdit::~FilterLineEdit() = default;

void FilterLineEdit::setTheme(const Theme& theme) {
    m_theme = theme;
    m_edit->setFont(theme.monospace);
}

QString FilterLineEdit::text() const {
    return m_edit->text();
}

void FilterLineEdit::setText(const QString& text) {
    m_edit->setText(text);
}

void FilterLineEdit::setPlaceholderText(const QString& text) {
    m_edit->setPlaceholderText(text);
}

void FilterLineEdit::setCompletions(const QStringList& words) {
    m_words->setStringList(words);
}

void FilterLineEdit::setError(int column, int length, const QString& message) {
    m_error_column = column;
    m_error_length = length;
    m_message->setText(message);
    m_message->show();
}

void FilterLineEdit::clearError() {
    m_error_column = -1;
    m_message->hide();
}

bool FilterLineEdit::hasError() const {
    return m_error_column >= 0;
}

bool FilterLineEdit::eventFilter(QObject* watched, QEvent* event) {
    return QWidget::eventFilter(watched, event);
}

void FilterLineEdit::complete() {}

void FilterLineEdit::insertCompletion(const QString&) {}

} // namespace isoloss
