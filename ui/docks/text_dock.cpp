#include "ui/docks/text_dock.h"

#include "engine/store/reader.h"
#include "ui/docks/dock_title.h"
#include "ui/figures/value_text.h"
#include "ui/models/text_reading.h"
#include "ui/ui_services.h"
#include "widgets/empty_state.h"
#include "widgets/token_text.h"

#include <QAction>
#include <QLabel>
#include <QPlainTextEdit>
#include <QSplitter>
#include <QStackedWidget>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>

namespace isoloss {

namespace {

constexpr std::size_t most_checkpoints = 2;

} // namespace

TextDock::TextDock(UiServices& services, QWidget* parent)
    : QDockWidget(tr("Text"), parent), services_(services), title_(new DockTitle(this)),
      input_(new QPlainTextEdit(this)), stack_(new QStackedWidget(this)), tokens_(new TokenText(this)),
      empty_(new EmptyState(this)), summary_(new QLabel(this)), read_(new QAction(tr("Read"), this)),
      difference_(new QAction(tr("Difference"), this)) {
    setObjectName(QStringLiteral("text"));
    build();
    connect(read_, &QAction::triggered, this, &TextDock::read);
    connect(difference_, &QAction::toggled, this, &TextDock::showReading);
    connect(input_, &QPlainTextEdit::textChanged, this, &TextDock::showState);
    connect(&services_.theme(), &ThemeController::themeChanged, this, &TextDock::applyTheme);
    connect(&services_.selection(), &Selection::checkpointsChanged, this, &TextDock::followSelection);
    connect(&services_.bridge(), &EngineBridge::projectChanged, this, &TextDock::clear);
    applyTheme();
    clear();
}

void TextDock::build() {
    setTitleBarWidget(title_);
    difference_->setCheckable(true);
    difference_->setToolTip(tr("Tint every token by how much harder the first checkpoint finds it than the second"));
    read_->setShortcut(QKeySequence(Qt::CTRL | Qt::Key_Return));
    read_->setShortcutContext(Qt::WidgetWithChildrenShortcut);
    addAction(read_);
    for (QAction* action : {difference_, read_}) {
        auto* button = new QToolButton(title_);
        button->setDefaultAction(action);
        button->setAutoRaise(true);
        title_->addTool(button);
    }
    input_->setPlaceholderText(tr("Type or paste a text, choose one or two checkpoints, and press Ctrl+Return"));
    input_->setAccessibleName(tr("Text to read"));
    tokens_->setAccessibleName(tr("The text by tokens"));
    summary_->setWordWrap(true);
    summary_->setTextInteractionFlags(Qt::TextSelectableByMouse);

    auto* result = new QWidget(this);
    auto* column = new QVBoxLayout(result);
    column->setContentsMargins(8, 0, 8, 8);
    column->setSpacing(4);
    column->addWidget(summary_);
    column->addWidget(tokens_, 1);
    stack_->addWidget(result);
    stack_->addWidget(empty_);
    auto* left = new QWidget(this);
    auto* leftColumn = new QVBoxLayout(left);
    leftColumn->setContentsMargins(8, 0, 0, 8);
    leftColumn->addWidget(input_);
    auto* splitter = new QSplitter(Qt::Horizontal, this);
    splitter->setChildrenCollapsible(false);
    splitter->addWidget(left);
    splitter->addWidget(stack_);
    splitter->setStretchFactor(0, 2);
    splitter->setStretchFactor(1, 3);
    setWidget(splitter);
}

void TextDock::applyTheme() {
    const Theme& theme = services_.theme().theme();
    title_->setTheme(theme);
    empty_->setTheme(theme);
    tokens_->setTheme(theme);
    summary_->setFont(theme.small);
    QPalette colors = summary_->palette();
    colors.setColor(QPalette::WindowText, theme.muted);
    summary_->setPalette(colors);
}

void TextDock::setText(const QString& text) {
    input_->setPlainText(text);
    input_->setFocus();
}

void TextDock::followSelection() {
    using Checkpoints = std::vector<CheckpointRecord>;
    services_.bridge().query<Checkpoints>(
        naming_,
        [wanted = services_.selection().checkpoints()](Reader& reader) -> Expected<Checkpoints> {
            Checkpoints found;
            for (const CheckpointId id : wanted) {
                ISOLOSS_TRY(auto checkpoint, reader.checkpoint(id));
                if (checkpoint && !checkpoint->path.empty()) found.push_back(std::move(*checkpoint));
            }
            if (found.size() > most_checkpoints) found.erase(found.begin(), found.end() - most_checkpoints);
            return found;
        },
        this,
        [this](const QueryAnswer<Checkpoints>& answer) {
            chosen_ = answer ? **answer : Checkpoints();
            showState();
        });
}

void TextDock::read() {
    if (!read_->isEnabled()) return;
    coming_ = std::make_shared<TextReading>();
    coming_->text = utf8(input_->toPlainText());
    const int number = ++asked_;
    for (std::size_t i = 0; i < chosen_.size(); ++i) {
        coming_->names.push_back(utf8(checkpoint_label(chosen_[i])));
        services_.session().readText(chosen_[i].id, coming_->text, this,
                                     [this, number, i](Expected<TokenLosses> losses) {
                                         if (number == asked_) take(i, std::move(losses));
                                     });
    }
    coming_->losses.resize(chosen_.size());
    showState();
}

void TextDock::take(std::size_t number, Expected<TokenLosses> losses) {
    if (!losses) {
        coming_.reset();
        ++asked_;
        reading_.reset();
        showReading();
        empty_->setText(qtext(losses.error().text()));
        return;
    }
    coming_->losses[number] = std::move(*losses);
    if (!std::ranges::all_of(coming_->losses, [](const TokenLosses& of) { return of.checkpoint.value != 0; })) return;
    reading_ = std::exchange(coming_, nullptr);
    showReading();
}

void TextDock::showReading() {
    tokens_->setTokens(reading_ ? reading_tokens(*reading_, difference_->isChecked()) : std::vector<TextToken>());
    summary_->setText(reading_ ? reading_summary(*reading_) : QString());
    stack_->setCurrentIndex(reading_ ? 0 : 1);
    showState();
}

void TextDock::showState() {
    QString missing;
    if (!services_.session().isWritable())
        missing = tr("The project is open for reading only.");
    else if (chosen_.empty())
        missing = tr("Choose one or two checkpoints with files, on the Checkpoints page or in the plane.");
    else if (input_->document()->isEmpty())
        missing = tr("Type or paste a text.");
    read_->setEnabled(missing.isEmpty() && !coming_);
    read_->setToolTip(missing.isEmpty() ? tr("Read the text (Ctrl+Return)") : missing);
    difference_->setEnabled(reading_ && reading_->comparable());
    QStringList names;
    for (const CheckpointRecord& checkpoint : chosen_)
        names << checkpoint_label(checkpoint);
    QString title = names.isEmpty() ? tr("Text") : tr("Text · %1").arg(names.join(tr(" and ")));
    if (coming_) title += tr(" · reading…");
    title_->setText(title);
    if (!reading_ && (!missing.isEmpty() || !coming_))
        empty_->setText(missing.isEmpty() ? tr("Press Ctrl+Return to see how hard every token is.") : missing);
}

void TextDock::clear() {
    naming_.drop();
    ++asked_;
    chosen_.clear();
    coming_.reset();
    reading_.reset();
    showReading();
}

} // namespace isoloss
