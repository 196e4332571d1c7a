#pragma once

#include "widgets/theme.h"

#include <QStringList>
#include <QWidget>

class QCompleter;
class QLabel;
class QLineEdit;
class QStringListModel;
class QTimer;

namespace isoloss {

class ErrorUnderline;

/// A monospace line for the filter language: completes the word under the cursor, underlines an error at its place and
/// says it below.
class FilterLineEdit : public QWidget {
    Q_OBJECT

public:
    explicit FilterLineEdit(QWidget* parent = nullptr);
    ~FilterLineEdit() override;

    void setTheme(const Theme& theme);

    QString text() const;
    void setText(const QString& text);
    void setPlaceholderText(const QString& text);
    /// Words offered while typing (fields, quantities, functions).
    void setCompletions(const QStringList& words);

    /// Marks the characters from `column` (0-based, in characters of the text; `length` ≥ 1) and shows the message.
    void setError(int column, int length, const QString& message);
    void clearError();
    bool hasError() const;

    QLineEdit* lineEdit() const { return m_edit; }

Q_SIGNALS:
    /// 150 ms after the last key, or at once with Return.
    void filterChanged(const QString& text);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void complete();
    void insertCompletion(const QString& word);

    Theme m_theme = Theme::light();
    QLineEdit* m_edit;
    QLabel* m_message;
    QCompleter* m_completer;
    QStringListModel* m_words;
    QTimer* m_timer;
    ErrorUnderline* m_underline;
    int m_error_column = -1;
    int m_error_length = 0;
};

} // namespace isoloss
