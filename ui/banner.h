#pragma once

#include "engine/base/error.h"
#include "widgets/theme.h"

#include <QFrame>
#include <QString>

class QAction;
class QHBoxLayout;
class QLabel;

namespace isoloss {

/// A line above the pages that says what is the matter and what to do; never a modal dialog.
class Banner : public QFrame {
    Q_OBJECT

public:
    enum class Tone { note, warning, error };

    /// A permanent banner cannot be closed by the user.
    enum class Life { closable, permanent };

    Banner(Tone tone, Life life, QWidget* parent = nullptr);

    void setTheme(const Theme& theme);
    void setText(const QString& headline, const QString& details = {});
    void setError(const Error& error);
    /// A button at the right; the action stays the caller's.
    void addAction(QAction* action);

    QString text() const;

Q_SIGNALS:
    void closed();

private:
    Tone tone_;
    QLabel* text_;
    QString headline_;
    QHBoxLayout* buttons_;
};

} // namespace isoloss
