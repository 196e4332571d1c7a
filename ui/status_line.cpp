#include "ui/status_line.h"

#include "ui/plural.h"
#include "ui/tail_indicator.h"
#include "ui/ui_services.h"

#include <QLabel>
#include <initializer_list>

namespace isoloss {

namespace {

constexpr int messageMs = 8000;

} // namespace

StatusLine::StatusLine(UiServices& services, TailController& tail, QWidget* parent)
    : QStatusBar(parent), services_(services), runs_(new QLabel(this)), checkpoints_(new QLabel(this)),
      engine_(new QLabel(this)), tail_(new TailIndicator(services, tail, this)), page_(new QLabel(this)),
      message_(new QLabel(this)), saved_(new QLabel(this)) {
    setSizeGripEnabled(false);
    for (QWidget* part : std::initializer_list<QWidget*>{runs_, checkpoints_, engine_, tail_, page_})
        addWidget(part);
    addWidget(message_, 1); // beside the others: what is shown over them is not to be read while they change
    addPermanentWidget(saved_);
    message_->setAccessibleName(tr("Latest message"));
    message_->setMinimumWidth(1);
    messageTime_.setSingleShot(true);
    connect(&messageTime_, &QTimer::timeout, message_, &QLabel::clear);
    saved_->setAccessibleName(tr("State of the project file"));
    connect(&services_, &UiServices::messageShown, this, [this](const QString& text) {
        message_->setText(text);
        message_->setToolTip(text);
        messageTime_.start(messageMs);
    });
    connect(&services_.theme(), &ThemeController::themeChanged, this, &StatusLine::applyTheme);
    EngineBridge& bridge = services_.bridge();
    connect(&bridge, &EngineBridge::engineStatusChanged, this, &StatusLine::showEngine);
    connect(&bridge, &EngineBridge::pendingWritesChanged, this, &StatusLine::showSaved);
    connect(&services_.session(), &ProjectSession::projectChanged, this, [this] {
        setCounts(0, 0);
        setPageText({});
        showEngine();
        showSaved();
    });
    applyTheme();
    setCounts(0, 0);
    showEngine();
    showSaved();
}

void StatusLine::applyTheme() {
    const Theme& theme = services_.theme().theme();
    for (QLabel* label : {runs_, checkpoints_, engine_, page_, message_, saved_}) {
        label->setFont(theme.small);
        label->setContentsMargins(6, 0, 10, 0);
        QPalette colors = label->palette();
        colors.setColor(QPalette::WindowText, theme.muted);
        label->setPalette(colors);
    }
    setFont(theme.small);
}

void StatusLine::setCounts(std::int64_t runs, std::int64_t checkpoints) {
    const bool isOpen = services_.session().isOpen();
    runs_->setText(isOpen ? plural(runs, tr("%1 run"), tr("%1 runs")) : tr("no project"));
    checkpoints_->setText(isOpen ? plural(checkpoints, tr("%1 checkpoint"), tr("%1 checkpoints")) : QString());
}

void StatusLine::setPageText(const QString& text) {
    page_->setText(text);
}

void StatusLine::showEngine() {
    if (!services_.session().isOpen()) {
        engine_->clear();
        return;
    }
    switch (services_.bridge().engineStatus().state) {
    case EngineStatus::State::idle:
        engine_->setText(tr("engine: idle"));
        break;
    case EngineStatus::State::loading_module:
        engine_->setText(tr("engine: loading LibTorch"));
        break;
    case EngineStatus::State::running:
        engine_->setText(tr("engine: running"));
        break;
    case EngineStatus::State::stopped:
        engine_->setText(tr("engine: stopped"));
        break;
    }
}

void StatusLine::showSaved() {
    if (!services_.session().isOpen())
        saved_->clear();
    else if (!services_.session().isWritable())
        saved_->setText(tr("read-only"));
    else
        saved_->setText(services_.bridge().pendingWrites() > 0 ? tr("saving…") : tr("saved"));
}

QString StatusLine::savedText() const {
    return saved_->text();
}

} // namespace isoloss
