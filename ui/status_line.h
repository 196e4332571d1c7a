#pragma once

#include "widgets/theme.h"

#include <QStatusBar>
#include <QTimer>

class QLabel;

namespace isoloss {

class TailController;
class TailIndicator;
class UiServices;

/// Counts and the engine's state at the left, then the latest message for some seconds, whether everything is saved at
/// the right.
class StatusLine : public QStatusBar {
    Q_OBJECT

public:
    StatusLine(UiServices& services, TailController& tail, QWidget* parent = nullptr);

    TailIndicator& tailIndicator() { return *tail_; }

    void setCounts(std::int64_t runs, std::int64_t checkpoints);
    void setPageText(const QString& text);

    QString savedText() const;

private:
    void applyTheme();
    void showEngine();
    void showSaved();

    UiServices& services_;
    QLabel* runs_;
    QLabel* checkpoints_;
    QLabel* engine_;
    TailIndicator* tail_;
    QLabel* page_;
    QLabel* message_;
    QLabel* saved_;
    QTimer messageTime_; ///< how long a message stays
};

} // namespace isoloss
