#include "ui/dialogs/import_dialog.h"

#include "ui/dialogs/table_mapping_panel.h"
#include "ui/plural.h"
#include "ui/ui_services.h"
#include "widgets/delegates.h"

#include <QCheckBox>
#include <QDialogButtonBox>
#include <QFileInfo>
#include <QHeaderView>
#include <QLabel>
#include <QProgressBar>
#include <QPushButton>
#include <QSplitter>
#include <QStyledItemDelegate>
#include <QTabWidget>
#include <QTextBrowser>
#include <QTreeView>
#include <QVBoxLayout>
#include <algorithm>
#include <map>
#include <set>

namespace isoloss {

namespace {

constexpr std::size_t mostNames = 40; ///< of series or quantities in the details
constexpr std::size_t mostRemarks = 200;
constexpr std::size_t mostFiles = 5;
constexpr int mostExpandedRows = 60;

QString pathsText(const QStringList& paths) {
    const QString first = QFileInfo(paths.front()).absoluteFilePath();
    return paths.size() == 1 ? first : ImportDialog::tr("%1 and %2 more").arg(first).arg(paths.size() - 1);
}

QString heading(const QString& text) {
    return QStringLiteral("<p style='margin:8px 0 2px 0'><b>%1</b></p>").arg(text.toHtmlEscaped());
}

QString line(const QString& text) {
    return QStringLiteral("<p style='margin:0 0 2px 0'>%1</p>").arg(text.toHtmlEscaped());
}

QString names(const std::vector<std::string>& all) {
    QStringList texts;
    for (const std::string& name : all) {
        if (texts.size() == static_cast<qsizetype>(mostNames)) break;
        texts += qtext(name);
    }
    QString text = texts.join(QStringLiteral(", "));
    if (all.size() > mostNames)
        text += ImportDialog::tr(" and %1 more").arg(count_text(static_cast<std::int64_t>(all.size() - mostNames)));
    return text;
}

QString skippedLines(const std::vector<SkippedSource>& skipped) {
    QString text;
    for (std::size_t i = 0; i < std::min(skipped.size(), mostRemarks); ++i) {
        const SkippedSource& source = skipped[i];
        text += line(QStringLiteral("%1%2: %3")
                         .arg(qtext(source.path),
                              source.place.empty() ? QString() : QStringLiteral(" (%1)").arg(qtext(source.place)),
                              qtext(source.reason)));
    }
    if (skipped.size() > mostRemarks)
        text += line(
            ImportDialog::tr("and %1 more").arg(count_text(static_cast<std::int64_t>(skipped.size() - mostRemarks))));
    return text;
}

} // namespace

ImportDialog::ImportDialog(UiServices& services, QStringList paths, QWidget* parent)
    : QDialog(parent), services_(services), paths_(std::move(paths)), model_(new ImportPreviewModel(this)),
      from_(new QLabel(this)), summary_(new QLabel(this)), progress_(new QProgressBar(this)),
      tree_(new QTreeView(this)), cells_(new CellDelegate(this)), details_(new QTextBrowser(this)),
      below_(new QTabWidget(this)), columns_(new TableMappingPanel(this)), join_(new QCheckBox(this)) {
    setWindowTitle(tr("Import"));
    setAttribute(Qt::WA_DeleteOnClose);
    build();
    connect(&services_.theme(), &ThemeController::themeChanged, this, &ImportDialog::applyTheme);
    connect(&services_.session(), &ProjectSession::aboutToClose, this, &QDialog::reject);
    connect(&previewer_, &ImportPreviewer::found, this, &ImportDialog::showPreview);
    connect(&previewer_, &ImportPreviewer::failed, this, &ImportDialog::showFailure);
    connect(&previewer_, &ImportPreviewer::sketched, columns_, &TableMappingPanel::setSketch);
    connect(&previewer_, &ImportPreviewer::sketchFailed, columns_,
            [this](const Error& error) { columns_->setFailure(qtext(error.text())); });
    connect(columns_, &TableMappingPanel::edited, this, &ImportDialog::takeMapping);
    connect(&previewer_, &ImportPreviewer::progressed, this, [this](const Progress& progress) {
        progress_->setMaximum(static_cast<int>(progress.total));
        progress_->setValue(static_cast<int>(progress.done));
    });
    applyTheme();
    look();
}

void ImportDialog::build() {
    constexpr int width = 880, height = 620, treeHeight = 300, detailsHeight = 240;
    resize(width, height);
    from_->setText(pathsText(paths_));
    from_->setTextInteractionFlags(Qt::TextSelectableByMouse);
    from_->setWordWrap(true);
    summary_->setWordWrap(true);
    summary_->setAccessibleName(tr("What would be imported"));
    progress_->setTextVisible(false);
    progress_->setFixedHeight(Theme::unit / 2);
    progress_->setAccessibleName(tr("Looking at the files"));

    tree_->setModel(model_);
    tree_->setAccessibleName(tr("Runs that would be imported"));
    tree_->setUniformRowHeights(true);
    tree_->setItemDelegate(cells_);
    // The names have boxes to tick and can be edited.
    tree_->setItemDelegateForColumn(ImportPreviewModel::NameColumn, new QStyledItemDelegate(this));
    tree_->setEditTriggers(QAbstractItemView::EditKeyPressed | QAbstractItemView::SelectedClicked);
    tree_->header()->setStretchLastSection(false);
    tree_->header()->setSectionsMovable(false);
    for (int column = 0; column < ImportPreviewModel::ColumnCount; ++column)
        tree_->header()->setSectionResizeMode(column, QHeaderView::ResizeToContents);
    tree_->header()->setSectionResizeMode(ImportPreviewModel::NameColumn, QHeaderView::Stretch);

    details_->setOpenLinks(false);
    details_->setAccessibleName(tr("Details of the chosen row"));
    auto* splitter = new QSplitter(Qt::Vertical, this);
    splitter->addWidget(tree_);
    below_->addTab(details_, tr("Details"));
    below_->addTab(columns_, tr("Columns"));
    below_->setTabVisible(below_->indexOf(columns_), false);
    below_->setDocumentMode(true);
    splitter->addWidget(below_);
    splitter->setSizes({treeHeight, detailsHeight});
    splitter->setChildrenCollapsible(false);

    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Cancel, this);
    import_ = buttons->addButton(tr("Import"), QDialogButtonBox::AcceptRole);
    import_->setObjectName(QStringLiteral("import"));
    import_->setDefault(true);

    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(2 * Theme::unit, 2 * Theme::unit, 2 * Theme::unit, 2 * Theme::unit);
    layout->setSpacing(Theme::unit);
    layout->addWidget(from_);
    layout->addWidget(summary_);
    layout->addWidget(progress_);
    layout->addWidget(splitter, 1);
    layout->addWidget(join_);
    layout->addWidget(buttons);

    connect(buttons, &QDialogButtonBox::accepted, this, &ImportDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    connect(join_, &QCheckBox::toggled, model_, &ImportPreviewModel::setJoinNames);
    connect(model_, &ImportPreviewModel::correctionsChanged, this, &ImportDialog::refresh);
    connect(tree_->selectionModel(), &QItemSelectionModel::currentChanged, this, &ImportDialog::showDetails);
}

void ImportDialog::applyTheme() {
    const Theme& theme = services_.theme().theme();
    QPalette muted = from_->palette();
    muted.setColor(QPalette::WindowText, theme.muted);
    from_->setPalette(muted);
    summary_->setFont(theme.strong);
    cells_->setTheme(theme);
}

void ImportDialog::look() {
    progress_->setMaximum(0);
    progress_->setVisible(true);
    summary_->setText(tr("Looking at what is there…"));
    import_->setEnabled(false);
    join_->hide();
    ImportOptions options = corrections();
    options.excluded.clear(); // what is unticked stays in the list
    previewer_.start(services_.session().project(), paths_, std::move(options));
}

void ImportDialog::showFailure(const Error& error) {
    progress_->setVisible(false);
    summary_->setText(qtext(error.text()));
}

void ImportDialog::showPreview(const std::shared_ptr<const ImportPreview>& preview) {
    progress_->setVisible(false);
    preview_ = preview;
    const auto chosen = sketched_;
    model_->setPreview(preview_);
    int rows = 0;
    for (int row = 0; row < model_->rowCount(); ++row)
        rows += model_->rowCount(model_->index(row, 0));
    if (rows <= mostExpandedRows || !chosen.empty()) tree_->expandToDepth(0);
    if (const QModelIndex before = model_->indexOf(chosen); before.isValid()) tree_->setCurrentIndex(before);
    refresh();
    showDetails();
}

void ImportDialog::refresh() {
    if (!preview_) return;
    const ImportPreviewModel::Totals totals = model_->totals();
    QStringList parts;
    const auto add = [&](std::int64_t count, const QString& one, const QString& many) {
        if (count > 0) parts += plural(count, one, many);
    };
    add(totals.runs, tr("%1 new run"), tr("%1 new runs"));
    add(totals.points, tr("%1 point"), tr("%1 points"));
    add(totals.checkpoints, tr("%1 checkpoint"), tr("%1 checkpoints"));
    add(totals.scores, tr("%1 score"), tr("%1 scores"));
    QString text;
    if (preview_->sources.empty())
        text = tr("Nothing that can be imported was recognised");
    else if (totals.sources == 0)
        text = tr("Everything is unticked");
    else if (parts.isEmpty())
        text = tr("Nothing new");
    else
        text =
            totals.partly ? tr("At least %1").arg(parts.join(QStringLiteral(", "))) : parts.join(QStringLiteral(", "));
    summary_->setText(text);
    import_->setEnabled(totals.sources > 0);
    join_->setVisible(totals.names_in_use > 0);
    join_->setText(plural(totals.names_in_use, tr("Join %1 new run to the run that has its name"),
                          tr("Join %1 new runs to the runs that have their names")));
}

void ImportDialog::showDetails() {
    if (!preview_) return;
    const QModelIndex current = tree_->currentIndex();
    details_->setHtml(model_->sources(current).empty() ? overview() : details(current));
    const auto table = currentTable();
    below_->setTabVisible(below_->indexOf(columns_), table.has_value());
    if (!table || *table == sketched_) return;
    sketched_ = *table;
    previewer_.sketch(services_.session().project(), sketched_, corrections());
    below_->setCurrentWidget(columns_);
}

std::optional<std::filesystem::path> ImportDialog::currentTable() const {
    const auto sources = model_->sources(tree_->currentIndex());
    if (sources.empty() || sources.front()->format != "table") return std::nullopt;
    return sources.front()->files.front();
}

void ImportDialog::takeMapping() {
    TableMapping mapping = columns_->mapping();
    std::erase_if(mappings_, [&](const TableMapping& known) { return known.name == mapping.name; });
    mappings_.insert(mappings_.begin(), std::move(mapping));
    look();
}

ImportOptions ImportDialog::corrections() const {
    ImportOptions options = model_->importOptions();
    options.mapping.tables = mappings_;
    return options;
}

QString ImportDialog::overview() const {
    QString text;
    std::vector<SkippedSource> skipped = preview_->skipped;
    std::map<std::string, int> notes;
    for (const SourcePreview& source : preview_->sources) {
        skipped.insert(skipped.end(), source.skipped.begin(), source.skipped.end());
        for (const std::string& note : source.notes)
            ++notes[note];
    }
    if (!skipped.empty()) text += heading(tr("Not taken")) + skippedLines(skipped);
    if (!notes.empty()) text += heading(tr("Guessed, worth a look"));
    std::size_t shown = 0;
    for (const auto& [note, sources] : notes) {
        if (++shown > mostRemarks) break;
        text += line(sources == 1 ? qtext(note) : tr("%1 (%2 files)").arg(qtext(note)).arg(sources));
    }
    if (preview_->not_looked_at > 0)
        text += line(tr("%1 more sources will be imported that are not listed here")
                         .arg(count_text(static_cast<std::int64_t>(preview_->not_looked_at))));
    if (text.isEmpty()) text = line(tr("Choose a row for its files, names and guesses. F2 renames a new run."));
    return text;
}

QString ImportDialog::details(const QModelIndex& index) const {
    const auto sources = model_->sources(index);
    QString text;
    for (std::size_t i = 0; i < std::min(sources.size(), mostFiles); ++i)
        text +=
            line(QStringLiteral("%1 · %2").arg(qtext(sources[i]->title), qtext(sources[i]->files.front().string())));
    if (sources.size() > mostFiles)
        text += line(tr("and %1 more").arg(count_text(static_cast<std::int64_t>(sources.size() - mostFiles))));
    if (std::any_of(sources.begin(), sources.end(), [](const SourcePreview* source) { return !source->whole; }))
        text += line(tr("Only the beginning was looked at; the numbers are at least these."));
    const auto runs = model_->runs(index);
    const auto list = [&](const QString& title, std::vector<std::string> RunPreview::*member) {
        std::set<std::string> all;
        for (const RunPreview* run : runs)
            all.insert((run->*member).begin(), (run->*member).end());
        if (!all.empty()) text += heading(title) + line(names({all.begin(), all.end()}));
    };
    list(tr("Series"), &RunPreview::series);
    list(tr("Scores"), &RunPreview::quantities);
    if (!runs.empty() && runs.front()->attempts > 1)
        text += line(tr("Restarted: %1 attempts").arg(runs.front()->attempts));
    std::set<std::string> notes;
    QString skipped;
    for (const SourcePreview* source : sources) {
        notes.insert(source->notes.begin(), source->notes.end());
        skipped += skippedLines(source->skipped);
    }
    if (!notes.empty()) text += heading(tr("Guessed, worth a look"));
    for (const std::string& note : notes)
        text += line(qtext(note));
    if (!skipped.isEmpty()) text += heading(tr("Not taken")) + skipped;
    return text;
}

void ImportDialog::accept() {
    if (!import_->isEnabled()) return;
    Q_EMIT importWanted(paths_, corrections());
    QDialog::accept();
}

} // namespace isoloss
