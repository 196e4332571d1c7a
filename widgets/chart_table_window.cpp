#include "widgets/chart_table_window.h"

#include "widgets/chart_table_model.h"

#include <QAction>
#include <QClipboard>
#include <QFileDialog>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLocale>
#include <QPushButton>
#include <QSaveFile>
#include <QTableView>
#include <QVBoxLayout>
#include <numeric>

namespace isoloss {

namespace {

QString save_csv(const ChartTable& table, const QString& path) {
    QSaveFile file(path);
    if (file.open(QIODevice::WriteOnly) && table.write_csv(file) && file.commit()) return {};
    return file.errorString();
}

} // namespace

ChartTableWindow::ChartTableWindow(ChartTable table, const QString& title, QWidget* parent)
    : QWidget(parent, Qt::Window), m_model(new ChartTableModel(std::move(table), this)), m_view(new QTableView(this)),
      m_state(new QLabel(this)), m_title(title) {
    setAttribute(Qt::WA_DeleteOnClose);
    setWindowTitle(tr("%1 as a table").arg(title));
    m_threads.setMaxThreadCount(1);
    m_view->setModel(m_model);
    m_view->setAccessibleName(windowTitle());
    m_view->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_view->setTabKeyNavigation(false);
    m_view->setSortingEnabled(false); // it would sort at once; the chart's order comes first
    m_view->setWordWrap(false);
    m_view->horizontalHeader()->setSectionsClickable(true);
    m_view->horizontalHeader()->setSortIndicatorShown(true);
    m_view->horizontalHeader()->setSortIndicator(-1, Qt::AscendingOrder);
    m_view->horizontalHeader()->setSortIndicatorClearable(true);
    m_view->horizontalHeader()->setDefaultSectionSize(120);
    m_view->horizontalHeader()->resizeSection(0, 200);
    m_view->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    connect(m_view->horizontalHeader(), &QHeaderView::sortIndicatorChanged, m_model, &ChartTableModel::sort);

    m_state->setText(tr("%1 rows").arg(QLocale().toString(m_model->table().rows())));
    auto* copy_button = new QPushButton(tr("Copy"), this);
    copy_button->setToolTip(tr("Copy the chosen rows, or all of them, as tab-separated text (Ctrl+C)"));
    auto* save_button = new QPushButton(tr("Save as CSV…"), this);
    const auto add_key = [this](QKeySequence key, auto slot) {
        auto* action = new QAction(this);
        action->setShortcut(key);
        action->setShortcutContext(Qt::WidgetWithChildrenShortcut);
        connect(action, &QAction::triggered, this, slot);
        addAction(action);
    };
    add_key(QKeySequence::Copy, &ChartTableWindow::copy);
    add_key(QKeySequence::Save, &ChartTableWindow::choose_file);
    add_key(Qt::Key_Escape, &QWidget::close);
    connect(copy_button, &QPushButton::clicked, this, &ChartTableWindow::copy);
    connect(save_button, &QPushButton::clicked, this, &ChartTableWindow::choose_file);

    auto* foot = new QHBoxLayout;
    foot->addWidget(m_state, 1);
    foot->addWidget(copy_button);
    foot->addWidget(save_button);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(8, 8, 8, 8);
    layout->addWidget(m_view, 1);
    layout->addLayout(foot);
    resize(840, 480);
}

ChartTableWindow::~ChartTableWindow() {
    m_threads.waitForDone();
}

void ChartTableWindow::copy() {
    std::vector<qsizetype> rows;
    for (const QItemSelectionRange& range : m_view->selectionModel()->selection())
        for (int row = range.top(); row <= range.bottom(); ++row)
            rows.push_back(row);
    if (rows.empty()) {
        rows.resize(static_cast<std::size_t>(m_model->rowCount()));
        std::iota(rows.begin(), rows.end(), 0);
    }
    std::sort(rows.begin(), rows.end());
    for (qsizetype& row : rows)
        row = m_model->source_row(static_cast<int>(row));
    m_threads.start([this, table = m_model->table(), rows = std::move(rows)] {
        QMetaObject::invokeMethod(
            this,
            [this, text = table.tabbed(rows), count = rows.size()] {
                QGuiApplication::clipboard()->setText(text);
                m_state->setText(tr("Copied %1 rows").arg(QLocale().toString(static_cast<qulonglong>(count))));
                Q_EMIT copied();
            },
            Qt::QueuedConnection);
    });
}

void ChartTableWindow::choose_file() {
    auto* dialog = new QFileDialog(this, tr("Save the table"), m_title + QStringLiteral(".csv"), tr("CSV (*.csv)"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setDefaultSuffix(QStringLiteral("csv"));
    connect(dialog, &QFileDialog::fileSelected, this, &ChartTableWindow::save);
    dialog->open();
}

void ChartTableWindow::save(const QString& path) {
    m_state->setText(tr("Saving…"));
    m_threads.start([this, table = m_model->table(), path] {
        QMetaObject::invokeMethod(
            this,
            [this, path, error = save_csv(table, path)] {
                m_state->setText(error.isEmpty() ? tr("Saved %1").arg(path)
                                                 : tr("%1 was not saved: %2").arg(path, error));
                Q_EMIT saved(error);
            },
            Qt::QueuedConnection);
    });
}

} // namespace isoloss
