#pragma once

#include "engine/base/error.h"
#include "engine/jobs/token_losses.h"
#include "ui/engine_bridge.h"

#include <QDockWidget>
#include <memory>
#include <string>
#include <vector>

class QAction;
class QLabel;
class QPlainTextEdit;
class QStackedWidget;

namespace isoloss {

class DockTitle;
class EmptyState;
class TokenText;
class UiServices;
struct CheckpointRecord;
struct TextReading;

/// The bottom dock where a text is read with the chosen checkpoint, or with two: every token on the tint of its loss,
/// or of the difference. The engine reads it between two batches of what it measures. Window thread.
class TextDock : public QDockWidget {
    Q_OBJECT

public:
    explicit TextDock(UiServices& services, QWidget* parent = nullptr);

    void setText(const QString& text);

private:
    void build();
    void applyTheme();
    void followSelection();
    void read();
    void take(std::size_t number, Expected<TokenLosses> losses);
    void showReading();
    void showState();
    void clear();

    UiServices& services_;
    QueryChannel naming_;
    std::vector<CheckpointRecord> chosen_; ///< one or two that have files
    std::shared_ptr<TextReading> reading_; ///< complete
    std::shared_ptr<TextReading> coming_;  ///< answers that are still to come are missing
    int asked_ = 0;                        ///< numbers the readings: answers to former ones are dropped
    DockTitle* title_;
    QPlainTextEdit* input_;
    QStackedWidget* stack_;
    TokenText* tokens_;
    EmptyState* empty_;
    QLabel* summary_;
    QAction* read_;
    QAction* difference_;
};

} // namespace isoloss
