#pragma once

#include "widgets/theme.h"

#include <QStringList>
#include <QWidget>
#include <functional>

class QAction;
class QCompleter;
class QLabel;
class QLineEdit;
class QStringListModel;
class QTimer;

namespace isoloss {

class ErrorUnderline;

/// What a FilterLineEdit may offer at the cursor.
struct FilterCompletions {
    int begin = 0; ///< of the word that is being written, which a choice takes the place of
    QStringList words;
    bool eager = false; ///< offered before the first letter
};

/// A monospace line for the filter language: completes what is written at the cursor, marks an error or a doubt at its
/// place and says it below, and explains the language by its “?” or F1.
class FilterLineEdit : public QWidget {
    Q_OBJECT

public:
    explicit FilterLineEdit(QWidget* parent = nullptr);
    ~FilterLineEdit() override;

    void setTheme(const Theme& theme);

    QString text() const;
    void setText(const QString& text);
    void setPlaceholderText(const QString& text);
    /// Asked with the text before the cursor whenever something is typed, and by Ctrl+Space.
    void setCompletionSource(std::function<FilterCompletions(const QString& before)> source);
    /// The source may answer more than when it was asked last.
    void refreshCompletions();
    /// The explanation of the language, rich text.
    void setHelp(const QString& html);
    void showHelp();

    enum class Tone { error, doubt };

    /// Marks the characters from `column` (0-based, in characters of the text; `length` ≥ 1) and shows the message.
    void setError(int column, int length, const QString& message, Tone tone = Tone::error);
    void clearError();
    bool hasError() const;

    QLineEdit* lineEdit() const { return m_edit; }

Q_SIGNALS:
    /// 150 ms after the last key, or at once with Return.
    void filterChanged(const QString& text);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    enum class Asked { by_typing, by_key };

    void complete(Asked asked);
    void insertCompletion(const QString& word);

    Theme m_theme = Theme::light();
    QLineEdit* m_edit;
    QLabel* m_message;
    QCompleter* m_completer;
    QStringListModel* m_words;
    QTimer* m_timer;
    ErrorUnderline* m_underline;
    QAction* m_help;
    QString m_help_text;
    std::function<FilterCompletions(const QString&)> m_source;
    int m_word_begin = 0; ///< of the word that is completed
    int m_error_column = -1;
    int m_error_length = 0;
    Tone m_tone = Tone::error;
};

} // namespace isoloss
