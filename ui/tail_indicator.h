#pragma once

#include <QTimer>
#include <QToolButton>

namespace isoloss {

class TailController;
class UiServices;

/// Says in the status line what is watched and when something new came of it; opens the list of watched folders. Hidden
/// while nothing is watched.
class TailIndicator : public QToolButton {
    Q_OBJECT

public:
    TailIndicator(UiServices& services, TailController& tail, QWidget* parent = nullptr);

    /// Opens the list above the status line, or in the middle of the window while nothing is watched. `watchFolder`:
    /// adds one.
    void openList();

    void setWatchAction(QAction* watchFolder) { watchFolder_ = watchFolder; }

private:
    void applyTheme();
    void showStatus();

    UiServices& services_;
    TailController& tail_;
    QAction* watchFolder_ = nullptr;
    QTimer clock_; ///< for "3 s ago"
};

/// "3 s", "12 min", "5 h", "2 days".
QString ageText(double seconds);

} // namespace isoloss
