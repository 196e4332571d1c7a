#include "ui/dialogs/imports_dialog.h"

#include "engine/store/source_check.h"
#include "ui/import_report.h"
#include "ui/plural.h"
#include "ui/ui_services.h"

#include <QDateTime>
#include <QDialogButtonBox>
#include <QFileInfo>
#include <QHeaderView>
#include <QLabel>
#include <QLocale>
#include <QPushButton>
#include <QTreeWidget>
#include <QVBoxLayout>
#include <algorithm>

namespace isoloss {

namespace {

constexpr std::size_t mostNamedFiles = 3;

enum ListColumn { whenColumn, fromColumn, holdsColumn, listColumns };

QString pathsText(const ImportRecord& import) {
    QStringList names;
    for (const std::string& path : import.paths)
        names += qtext(path);
    return names.join(QStringLiteral(", "));
}

QString stateText(const ImportRecord& import) {
    if (import.undone_at) return ImportsDialog::tr("undone");
    const QString holds = content_text(import.holds);
    return holds.isEmpty() ? ImportsDialog::tr("nothing new") : holds;
}

Expected<QString> objectionTo(Reader& reader, const ImportUndoPlan& plan) {
    QStringList lines;
    if (const std::string reason = undo_objection(plan); !reason.empty()) lines += qtext(reason);
    std::vector<LostSource> lost;
    for (const ImportId import : plan.imports) {
        ISOLOSS_TRY(const auto sources, reader.sources_of(import));
        const auto more = find_lost_sources(sources);
        lost.insert(lost.end(), more.begin(), more.end());
    }
    QStringList names;
    for (std::size_t i = 0; i < std::min(lost.size(), mostNamedFiles); ++i)
        names += QStringLiteral("%1 %2").arg(qtext(lost[i].path), qtext(lost[i].reason));
    if (lost.size() > mostNamedFiles)
        names +=
            ImportsDialog::tr("and %1 more").arg(count_text(static_cast<std::int64_t>(lost.size() - mostNamedFiles)));
    if (!names.isEmpty())
        lines += ImportsDialog::tr("Importing again would not bring it back: %1").arg(names.join(QStringLiteral(", ")));
    return lines.join(QLatin1Char('\n'));
}

} // namespace

ImportsDialog::ImportsDialog(UiServices& services, QWidget* parent)
    : QDialog(parent), services_(services), list_(new QTreeWidget(this)), message_(new QLabel(this)) {
    setWindowTitle(tr("Imports"));
    setAttribute(Qt::WA_DeleteOnClose);
    build();
    connect(&services_.theme(), &ThemeController::themeChanged, this, &ImportsDialog::applyTheme);
    connect(&services_.bridge(), &EngineBridge::projectChanged, this, &QDialog::close);
    connect(&services_.bridge(), &EngineBridge::changed, this, &ImportsDialog::load);
    applyTheme();
    refresh();
    load();
}

void ImportsDialog::build() {
    constexpr int width = 760, height = 420;
    resize(width, height);
    list_->setAccessibleName(tr("Imports, newest first"));
    list_->setRootIsDecorated(false);
    list_->setUniformRowHeights(true);
    list_->setColumnCount(listColumns);
    list_->setHeaderLabels({tr("When"), tr("From"), tr("Brought")});
    list_->header()->setStretchLastSection(false);
    list_->header()->setSectionResizeMode(whenColumn, QHeaderView::ResizeToContents);
    list_->header()->setSectionResizeMode(fromColumn, QHeaderView::Stretch);
    list_->header()->setSectionResizeMode(holdsColumn, QHeaderView::ResizeToContents);
    message_->setWordWrap(true);
    message_->setTextInteractionFlags(Qt::TextSelectableByMouse);

    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
    undo_ = buttons->addButton(tr("Undo import"), QDialogButtonBox::ActionRole);
    undo_->setObjectName(QStringLiteral("undo"));
    again_ = buttons->addButton(tr("Import again…"), QDialogButtonBox::ActionRole);
    again_->setObjectName(QStringLiteral("again"));
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(2 * Theme::unit, 2 * Theme::unit, 2 * Theme::unit, 2 * Theme::unit);
    layout->setSpacing(Theme::unit);
    layout->addWidget(list_, 1);
    layout->addWidget(message_);
    layout->addWidget(buttons);

    connect(list_, &QTreeWidget::currentItemChanged, this, [this] {
        asked_.reset();
        message_->clear();
        refresh();
    });
    connect(undo_, &QPushButton::clicked, this, [this] {
        const ImportRecord* import = current();
        if (asked_)
            takeBack(asked_->import, UndoRule::with_what_builds_on_it);
        else if (import)
            lookAt(import->id);
    });
    connect(again_, &QPushButton::clicked, this, [this] {
        const ImportRecord* import = current();
        if (!import) return;
        QStringList paths;
        for (const std::string& path : import->paths)
            paths += qtext(path);
        Q_EMIT importAgainWanted(paths);
    });
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
}

void ImportsDialog::applyTheme() {
    list_->setFont(services_.theme().theme().font);
}

void ImportsDialog::load() {
    using Imports = std::vector<ImportRecord>;
    services_.bridge().query<Imports>(
        loading_, [](Reader& reader) { return reader.imports(); }, this,
        [this](const QueryAnswer<Imports>& answer) {
            if (answer)
                list(**answer);
            else
                message_->setText(qtext(answer.error().text()));
        });
}

void ImportsDialog::list(const std::vector<ImportRecord>& imports) {
    const ImportRecord* before = current();
    const ImportId chosen = before ? before->id : ImportId(); // 0 is none
    imports_.assign(imports.rbegin(), imports.rend());
    const QSignalBlocker quiet(list_);
    list_->clear();
    for (const ImportRecord& import : imports_) {
        const auto when = QDateTime::fromMSecsSinceEpoch(static_cast<qint64>(import.started_at * 1e3));
        auto* item = new QTreeWidgetItem(
            list_, {QLocale().toString(when, QLocale::ShortFormat), pathsText(import), stateText(import)});
        item->setToolTip(fromColumn, pathsText(import));
        item->setDisabled(import.undone_at.has_value() && import.paths.empty());
        if (chosen == import.id) list_->setCurrentItem(item);
    }
    if (!list_->currentItem()) list_->setCurrentItem(list_->topLevelItem(0));
    if (imports_.empty()) message_->setText(tr("Nothing was imported into this project yet."));
    refresh();
}

const ImportRecord* ImportsDialog::current() const {
    const int row = list_->indexOfTopLevelItem(list_->currentItem());
    return row < 0 || row >= static_cast<int>(imports_.size()) ? nullptr : &imports_[static_cast<std::size_t>(row)];
}

void ImportsDialog::refresh() {
    const ImportRecord* import = current();
    const bool canWrite = services_.session().isWritable() && !busy_;
    undo_->setEnabled(canWrite && import && !import->undone_at && import->undoable && import->finished_at);
    undo_->setText(asked_ ? tr("Undo all the same") : tr("Undo import"));
    undo_->setToolTip(import && !import->undoable ? tr("It was made by a version that kept no record of it")
                                                  : QString());
    again_->setEnabled(canWrite && import);
}

void ImportsDialog::undo(ImportId import) {
    lookAt(import);
}

void ImportsDialog::lookAt(ImportId import) {
    busy_ = true;
    refresh();
    services_.bridge().query<Look>(
        looking_,
        [import](Reader& reader) -> Expected<Look> {
            Look look;
            look.import = import;
            ISOLOSS_TRY(look.plan, reader.plan_undo(import));
            ISOLOSS_TRY(look.objection, objectionTo(reader, look.plan));
            return look;
        },
        this,
        [this](const QueryAnswer<Look>& answer) {
            busy_ = false;
            if (!answer) {
                message_->setText(qtext(answer.error().text()));
            } else if ((*answer)->objection.isEmpty()) {
                takeBack((*answer)->import, UndoRule::only_what_files_hold);
            } else {
                asked_ = std::make_unique<Look>(**answer);
                message_->setText(asked_->objection);
            }
            refresh();
        });
}

void ImportsDialog::takeBack(ImportId import, UndoRule rule) {
    asked_.reset();
    busy_ = true;
    refresh();
    const auto undone = std::make_shared<ImportUndone>();
    services_.bridge().write(
        [import, rule, undone](WriteSession& store) -> Expected<void> {
            ISOLOSS_TRY(*undone, store.undo_import(import, rule));
            return {};
        },
        this,
        [this, undone](const Expected<void>& result) {
            busy_ = false;
            if (result) {
                const QString removed = content_text(undone->removed);
                message_->setText(removed.isEmpty()
                                      ? tr("The import is undone; nothing of it was left.")
                                      : tr("Undone: %1 were taken back. The files are untouched.").arg(removed));
            } else {
                message_->setText(qtext(result.error().text()));
            }
            load();
        });
}

} // namespace isoloss
