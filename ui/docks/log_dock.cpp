#include "ui/docks/log_dock.h"

#include "engine/base/log.h"
#include "ui/docks/dock_title.h"
#include "ui/log_sink.h"
#include "ui/models/log_model.h"
#include "ui/ui_services.h"
#include "widgets/delegates.h"

#include <QAction>
#include <QClipboard>
#include <QComboBox>
#include <QGuiApplication>
#include <QHeaderView>
#include <QLineEdit>
#include <QScrollBar>
#include <QSortFilterProxyModel>
#include <QTreeView>
#include <algorithm>

namespace isoloss {

/// Lines at or above a level whose text contains something.
class LogFilter : public QSortFilterProxyModel {
public:
    using QSortFilterProxyModel::QSortFilterProxyModel;

    void setLevel(int level) {
        level_ = level;
        invalidateFilter();
    }

    void setText(const QString& text) {
        text_ = text;
        invalidateFilter();
    }

protected:
    bool filterAcceptsRow(int row, const QModelIndex& parent) const override {
        const QModelIndex line = sourceModel()->index(row, LogModel::textColumn, parent);
        return line.data(LogModel::levelRole).toInt() >= level_ &&
               line.data().toString().contains(text_, Qt::CaseInsensitive);
    }

private:
    int level_ = 0;
    QString text_;
};

LogDock::LogDock(UiServices& services, QWidget* parent)
    : QDockWidget(tr("Log"), parent), services_(services), title_(new DockTitle(this)), model_(new LogModel(this)),
      filter_(new LogFilter(this)), view_(new QTreeView(this)), level_(new QComboBox(this)),
      search_(new QLineEdit(this)), delegate_(new CellDelegate(this)) {
    setObjectName(QStringLiteral("log"));
    setTitleBarWidget(title_);
    for (const auto level : {spdlog::level::debug, spdlog::level::info, spdlog::level::warn, spdlog::level::err}) {
        const auto name = spdlog::level::to_string_view(level);
        level_->addItem(QString::fromUtf8(name.data(), static_cast<qsizetype>(name.size())), static_cast<int>(level));
    }
    level_->setCurrentIndex(1);
    level_->setAccessibleName(tr("Least level"));
    search_->setPlaceholderText(tr("Contains"));
    search_->setAccessibleName(tr("Text that the lines contain"));
    constexpr int searchWidth = 160;
    search_->setMaximumWidth(searchWidth);
    title_->addTool(level_);
    title_->addTool(search_);

    filter_->setSourceModel(model_);
    filter_->setLevel(spdlog::level::info);
    view_->setModel(filter_);
    view_->setItemDelegate(delegate_);
    view_->setAccessibleName(tr("Log"));
    view_->setRootIsDecorated(false);
    view_->setUniformRowHeights(true);
    view_->setHeaderHidden(true);
    view_->setSelectionMode(QAbstractItemView::ExtendedSelection);
    view_->setFrameShape(QFrame::NoFrame);
    constexpr int timeWidth = 104, levelWidth = 70;
    view_->header()->resizeSection(LogModel::timeColumn, timeWidth);
    view_->header()->resizeSection(LogModel::levelColumn, levelWidth);
    setWidget(view_);

    auto* copy = new QAction(tr("Copy lines"), view_);
    copy->setShortcut(QKeySequence::Copy);
    copy->setShortcutContext(Qt::WidgetShortcut);
    auto* clear = new QAction(tr("Clear the log"), view_);
    connect(copy, &QAction::triggered, this, &LogDock::copySelected);
    connect(clear, &QAction::triggered, model_, &LogModel::clear);
    view_->addActions({copy, clear});
    view_->setContextMenuPolicy(Qt::ActionsContextMenu);

    connect(level_, &QComboBox::currentIndexChanged, this,
            [this] { filter_->setLevel(level_->currentData().toInt()); });
    connect(search_, &QLineEdit::textChanged, this, [this](const QString& text) { filter_->setText(text); });
    connect(&services_.theme(), &ThemeController::themeChanged, this, &LogDock::applyTheme);
    sink_ = std::make_shared<LogSink>(
        [this] { QMetaObject::invokeMethod(this, &LogDock::takeLines, Qt::QueuedConnection); });
    spdlog::default_logger()->sinks().push_back(sink_);
    applyTheme();
}

LogDock::~LogDock() {
    sink_->detach();
}

void LogDock::takeLines() {
    const QScrollBar* bar = view_->verticalScrollBar();
    const bool atEnd = bar->value() == bar->maximum();
    model_->append(sink_->take());
    if (atEnd) view_->scrollToBottom();
}

void LogDock::applyTheme() {
    const Theme& theme = services_.theme().theme();
    title_->setTheme(theme);
    model_->setTheme(theme);
    delegate_->setTheme(theme);
    view_->setFont(theme.monospace);
}

void LogDock::copySelected() const {
    auto rows = view_->selectionModel()->selectedRows();
    std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.row() < b.row(); });
    QStringList lines;
    for (const QModelIndex& row : rows) {
        QStringList cells;
        for (int column = 0; column < LogModel::columns; ++column)
            cells += row.siblingAtColumn(column).data().toString();
        lines += cells.join(QLatin1Char('\t'));
    }
    QGuiApplication::clipboard()->setText(lines.join(QLatin1Char('\n')));
}

} // namespace isoloss
