#pragma once

#include "widgets/theme.h"

#include <QList>
#include <QString>
#include <QWidget>
#include <optional>

class QAction;
class QLineEdit;
class QListWidget;

namespace isoloss {

/// How well the letters of `pattern` occur in `text` in this order: higher is better, none when they do not. Letters at
/// word beginnings and in a row count more. Case does not matter.
std::optional<int> fuzzyScore(const QString& pattern, const QString& text);

/// A list of commands to search and run, opened over the window with Ctrl+K.
class CommandPalette : public QWidget {
    Q_OBJECT

public:
    explicit CommandPalette(QWidget* window);

    void setTheme(const Theme& theme);
    /// Opens with these actions; disabled ones are left out.
    void open(const QList<QAction*>& actions);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void fill(const QString& pattern);
    void runCurrent();

    QList<QAction*> actions_;
    QLineEdit* search_;
    QListWidget* list_;
};

} // namespace isoloss
