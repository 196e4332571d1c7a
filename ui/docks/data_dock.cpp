#include "ui/docks/data_dock.h"

#include "engine/store/project.h"
#include "ui/docks/dataset_preview.h"
#include "ui/docks/dock_title.h"
#include "ui/figures/value_text.h"
#include "ui/file_path.h"
#include "ui/ui_services.h"
#include "ui/undo_commands.h"
#include "widgets/delegates.h"
#include "widgets/empty_state.h"

#include <QAction>
#include <QDropEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QHeaderView>
#include <QMimeData>
#include <QShortcut>
#include <QSplitter>
#include <QStackedWidget>
#include <QToolButton>
#include <QTreeView>
#include <array>

namespace isoloss {

namespace {

QStringList localFiles(const QMimeData& data) {
    QStringList files;
    for (const QUrl& url : data.urls())
        if (url.isLocalFile()) files += url.toLocalFile();
    return files;
}

} // namespace

DataDock::DataDock(UiServices& services, QWidget* parent)
    : QDockWidget(tr("Data"), parent), services_(services), model_(new DatasetsModel(this)),
      title_(new DockTitle(this)), view_(new QTreeView(this)), preview_(new DatasetPreview(services, this)),
      stack_(new QStackedWidget(this)), empty_(new EmptyState(this)), delegate_(new CellDelegate(this)) {
    setObjectName(QStringLiteral("data"));
    setAcceptDrops(true);
    buildActions();
    build();
    connect(&services_.bridge(), &EngineBridge::projectChanged, this, [this] {
        model_->setDatasets(std::make_shared<const std::vector<ListedDataset>>());
        reload();
    });
    connect(&services_.bridge(), &EngineBridge::changed, this, [this](const ChangeSet& changes) {
        if (changes.datasets || changes.everything) reload();
    });
    connect(model_, &DatasetsModel::renameWanted, this, &DataDock::rename);
    connect(model_, &QAbstractItemModel::modelReset, this, &DataDock::showState);
    connect(model_, &QAbstractItemModel::dataChanged, this, &DataDock::showState);
    connect(&services_.theme(), &ThemeController::themeChanged, this, &DataDock::applyTheme);
    applyTheme();
    reload();
    showState();
}

void DataDock::buildActions() {
    const auto add = [this](const QString& text, auto triggered) {
        auto* action = new QAction(text, this);
        connect(action, &QAction::triggered, this, triggered);
        commands_ += action;
        return action;
    };
    addFiles_ = add(tr("Add data files…"), [this] { chooseFiles(); });
    addFolder_ = add(tr("Add a folder of pictures…"), [this] { chooseFolder(); });
    measure_ = add(tr("Measure on this data…"), [this] {
        if (const ListedDataset* dataset = current()) Q_EMIT measureWanted(qtext(dataset->record.path));
    });
    rename_ = add(tr("Rename the data set"), [this] { view_->edit(view_->currentIndex().siblingAtColumn(0)); });
    takeAgain_ = add(tr("Take the files as they are now"), [this] { takeAgain(); });
    remove_ = add(tr("Remove the data set"), [this] { remove(); });
}

void DataDock::build() {
    setTitleBarWidget(title_);
    auto* button = new QToolButton(this);
    button->setDefaultAction(addFiles_);
    button->setText(tr("Add…"));
    title_->addTool(button);

    view_->setModel(model_);
    view_->setItemDelegate(delegate_);
    view_->setAccessibleName(tr("Data sets"));
    view_->setRootIsDecorated(false);
    view_->setUniformRowHeights(true);
    view_->setFrameShape(QFrame::NoFrame);
    view_->setEditTriggers(QAbstractItemView::DoubleClicked | QAbstractItemView::SelectedClicked);
    view_->setContextMenuPolicy(Qt::ActionsContextMenu);
    view_->addActions({measure_, rename_, takeAgain_, remove_});
    QHeaderView* header = view_->header();
    header->setStretchLastSection(false);
    constexpr std::array<std::pair<int, int>, 5> widths{{{DatasetsModel::nameColumn, 170},
                                                         {DatasetsModel::kindColumn, 120},
                                                         {DatasetsModel::sizeColumn, 80},
                                                         {DatasetsModel::hashColumn, 80},
                                                         {DatasetsModel::stateColumn, 70}}};
    for (const auto& [column, width] : widths)
        header->resizeSection(column, width);
    header->setSectionResizeMode(DatasetsModel::holdsColumn, QHeaderView::Stretch);
    connect(view_->selectionModel(), &QItemSelectionModel::currentRowChanged, this, &DataDock::showState);
    auto* removing = new QShortcut(QKeySequence::Delete, view_, nullptr, nullptr, Qt::WidgetShortcut);
    connect(removing, &QShortcut::activated, remove_, &QAction::trigger);

    auto* splitter = new QSplitter(Qt::Horizontal, this);
    splitter->addWidget(view_);
    splitter->addWidget(preview_);
    splitter->setStretchFactor(0, 3);
    splitter->setStretchFactor(1, 2);
    empty_->setTitle(tr("No data yet"));
    empty_->setText(tr("Drop files here: text, JSON lines, token ids (.npy, .bin), tasks, sentence pairs, tables, IDX "
                       "files. What they hold is recognised by content."));
    empty_->addButton(addFiles_);
    stack_->addWidget(splitter);
    stack_->addWidget(empty_);
    setWidget(stack_);
}

void DataDock::applyTheme() {
    const Theme& theme = services_.theme().theme();
    title_->setTheme(theme);
    empty_->setTheme(theme);
    delegate_->setTheme(theme);
    view_->viewport()->update();
}

const ListedDataset* DataDock::current() const {
    return model_->dataset(view_->currentIndex().row());
}

void DataDock::reload() {
    using Listed = std::vector<ListedDataset>;
    services_.bridge().query<Listed>(
        loading_,
        [](Reader& reader) -> Expected<Listed> {
            ISOLOSS_TRY(auto records, reader.datasets());
            Listed all;
            for (DatasetRecord& record : records) {
                ListedDataset& one = all.emplace_back();
                one.record = std::move(record);
                if (auto details = DatasetDetails::parse(one.record.details)) one.details = std::move(*details);
                one.state = dataset_state(one.record).value_or(DatasetState::missing);
            }
            return all;
        },
        this,
        [this](const QueryAnswer<Listed>& answer) {
            if (!answer) {
                services_.showError(answer.error());
                return;
            }
            const ListedDataset* before = current();
            const DatasetId chosen = before ? before->record.id : DatasetId();
            model_->setWritable(services_.session().isWritable());
            model_->setDatasets(*answer);
            const int row = std::max(0, model_->rowOf(chosen));
            if (!view_->currentIndex().isValid() && model_->rowCount() > 0)
                view_->setCurrentIndex(model_->index(row, 0));
            showState();
        });
}

void DataDock::showState() {
    const int count = model_->rowCount();
    QStringList parts{tr("Data")};
    if (count > 0) parts += count_text(count);
    if (adding_ > 0) parts += tr("reading %1 …").arg(adding_);
    title_->setText(parts.join(QStringLiteral(" · ")));
    stack_->setCurrentIndex(count > 0 ? 0 : 1);
    const ListedDataset* dataset = current();
    const bool writable = services_.session().isWritable();
    for (QAction* action : {addFiles_, addFolder_})
        action->setEnabled(writable);
    measure_->setEnabled(writable && dataset && dataset->state != DatasetState::missing);
    rename_->setEnabled(writable && dataset);
    remove_->setEnabled(writable && dataset);
    takeAgain_->setEnabled(writable && dataset && dataset->state == DatasetState::changed);
    const bool isThere = dataset && dataset->state != DatasetState::missing;
    preview_->setDataset(isThere ? std::optional(dataset->record) : std::nullopt);
}

void DataDock::chooseFiles() {
    addFiles(QFileDialog::getOpenFileNames(this, tr("Choose data files")));
}

void DataDock::chooseFolder() {
    const QString folder = QFileDialog::getExistingDirectory(this, tr("Choose a folder with a folder for each class"));
    if (!folder.isEmpty()) addFiles({folder});
}

void DataDock::addFiles(const QStringList& files) {
    for (const QString& file : files) {
        ++adding_;
        services_.bridge().query<DatasetRecord>([path = toPath(file)](Reader&) { return describe_dataset(path); }, this,
                                                [this](const QueryAnswer<DatasetRecord>& answer) {
                                                    --adding_;
                                                    showState();
                                                    if (!answer) {
                                                        services_.showError(answer.error());
                                                        return;
                                                    }
                                                    services_.bridge().write(
                                                        [record = **answer](WriteSession& session) -> Expected<void> {
                                                            ISOLOSS_TRY_VOID(session.ensure_dataset(record));
                                                            return {};
                                                        });
                                                });
    }
    showState();
}

void DataDock::takeAgain() {
    const ListedDataset* dataset = current();
    if (!dataset) return;
    services_.bridge().query<DatasetRecord>(
        [known = *dataset](Reader&) -> Expected<DatasetRecord> {
            ISOLOSS_TRY(DatasetRecord now, describe_dataset(known.record.path, known.details.said));
            now.name = known.record.name;
            return now;
        },
        this,
        [this, old = dataset->record.id](const QueryAnswer<DatasetRecord>& answer) {
            if (!answer) {
                services_.showError(answer.error());
                return;
            }
            services_.bridge().write([record = **answer, old](WriteSession& session) -> Expected<void> {
                ISOLOSS_TRY(const DatasetId id, session.ensure_dataset(record));
                return id == old ? Expected<void>() : session.set_dataset_removed(old, true);
            });
        });
}

void DataDock::rename(int row, const QString& name) {
    const ListedDataset* dataset = model_->dataset(row);
    if (!dataset) return;
    const auto write = [this, id = dataset->record.id](const QString& to, std::function<void()> done) {
        services_.bridge().write([id, to = utf8(to)](WriteSession& session) { return session.rename_dataset(id, to); },
                                 this,
                                 [this, done](const Expected<void>& result) {
                                     if (!result)
                                         services_.showError(result.error());
                                     else if (done)
                                         done();
                                 });
    };
    const QString before = qtext(dataset->record.name);
    write(name, [this, write, before, name] {
        services_.undo().push(new ViewCommand([write, before] { write(before, {}); },
                                              [write, name] { write(name, {}); },
                                              tr("Rename %1 to %2").arg(before, name)));
    });
}

void DataDock::remove() {
    const ListedDataset* dataset = current();
    if (!dataset) return;
    const auto set = [this, id = dataset->record.id](bool removed) {
        services_.bridge().write(
            [id, removed](WriteSession& session) { return session.set_dataset_removed(id, removed); });
    };
    const QString name = qtext(dataset->record.name);
    set(true);
    services_.undo().push(
        new ViewCommand([set] { set(false); }, [set] { set(true); }, tr("Remove the data set %1").arg(name)));
    services_.showMessage(tr("%1 is off the list; values that were measured on it stay").arg(name));
}

void DataDock::dragEnterEvent(QDragEnterEvent* event) {
    if (services_.session().isWritable() && !localFiles(*event->mimeData()).isEmpty()) event->acceptProposedAction();
}

void DataDock::dropEvent(QDropEvent* event) {
    const QStringList files = localFiles(*event->mimeData());
    if (files.isEmpty()) return;
    event->acceptProposedAction();
    addFiles(files);
}

} // namespace isoloss
