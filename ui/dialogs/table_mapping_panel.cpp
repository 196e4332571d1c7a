#include "ui/dialogs/table_mapping_panel.h"

#include "engine/base/hash.h"
#include "ui/figures/value_text.h"
#include "widgets/theme.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QTableWidget>
#include <QVBoxLayout>
#include <algorithm>
#include <array>

namespace isoloss {

namespace {

enum Column { nameColumn, valuesColumn, roleColumn, reasonColumn, columnCount };

constexpr std::size_t mostValues = 3;
constexpr std::size_t mostNamedColumns = 3;

constexpr std::array roles{
    ColumnRole::ignored,      ColumnRole::step,         ColumnRole::metric,  ColumnRole::series,
    ColumnRole::run,          ColumnRole::config,       ColumnRole::group,   ColumnRole::tag,
    ColumnRole::wall_time,    ColumnRole::epoch,        ColumnRole::tokens,  ColumnRole::flops,
    ColumnRole::batch_tokens, ColumnRole::parameters,   ColumnRole::task,    ColumnRole::shots,
    ColumnRole::metric_name,  ColumnRole::metric_value, ColumnRole::metrics, ColumnRole::standard_error};

QString roleText(ColumnRole role) {
    switch (role) {
    case ColumnRole::ignored:
        return TableMappingPanel::tr("left out");
    case ColumnRole::step:
        return TableMappingPanel::tr("step");
    case ColumnRole::wall_time:
        return TableMappingPanel::tr("wall time");
    case ColumnRole::epoch:
        return TableMappingPanel::tr("epoch");
    case ColumnRole::tokens:
        return TableMappingPanel::tr("tokens");
    case ColumnRole::flops:
        return TableMappingPanel::tr("FLOPs");
    case ColumnRole::batch_tokens:
        return TableMappingPanel::tr("tokens per step");
    case ColumnRole::parameters:
        return TableMappingPanel::tr("parameters");
    case ColumnRole::run:
        return TableMappingPanel::tr("name of the run");
    case ColumnRole::group:
        return TableMappingPanel::tr("group");
    case ColumnRole::task:
        return TableMappingPanel::tr("task");
    case ColumnRole::shots:
        return TableMappingPanel::tr("shots");
    case ColumnRole::metric:
        return TableMappingPanel::tr("metric");
    case ColumnRole::series:
        return TableMappingPanel::tr("series, no score");
    case ColumnRole::standard_error:
        return TableMappingPanel::tr("standard error");
    case ColumnRole::metric_name:
        return TableMappingPanel::tr("name of the metric");
    case ColumnRole::metric_value:
        return TableMappingPanel::tr("value of the metric");
    case ColumnRole::metrics:
        return TableMappingPanel::tr("many metrics (a dict)");
    case ColumnRole::config:
        return TableMappingPanel::tr("config");
    case ColumnRole::tag:
        return TableMappingPanel::tr("tag");
    }
    return {};
}

// One mapping for each set of columns: a later correction replaces the one before.
std::string nameOf(const std::vector<std::string>& columns) {
    std::string name, all;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        if (i < mostNamedColumns) name += (i == 0 ? "" : ", ") + columns[i];
        all += columns[i] + '\n';
    }
    if (columns.size() > mostNamedColumns) name += ", …";
    return name + " #" + content_hash(all).substr(0, 8);
}

} // namespace

TableMappingPanel::TableMappingPanel(QWidget* parent)
    : QWidget(parent), rows_(new QComboBox(this)), naming_(new QComboBox(this)), remark_(new QLabel(this)),
      columns_(new QTableWidget(this)) {
    build();
}

void TableMappingPanel::build() {
    rows_->addItem(tr("a step of a run"), static_cast<int>(RowKind::points));
    rows_->addItem(tr("an evaluation at a step"), static_cast<int>(RowKind::checkpoints));
    rows_->addItem(tr("a trained model"), static_cast<int>(RowKind::models));
    rows_->setAccessibleName(tr("What a row is"));
    naming_->addItem(tr("the file"), static_cast<int>(RunNaming::From::file));
    naming_->addItem(tr("the folder"), static_cast<int>(RunNaming::From::folder));
    naming_->addItem(tr("the whole path"), static_cast<int>(RunNaming::From::path));
    naming_->addItem(tr("a column"), static_cast<int>(RunNaming::From::column));
    naming_->setAccessibleName(tr("What the run is called after"));
    remark_->setWordWrap(true);
    columns_->setAccessibleName(tr("Columns of the table"));
    columns_->setColumnCount(columnCount);
    columns_->setHorizontalHeaderLabels({tr("Column"), tr("First values"), tr("Is"), tr("Why")});
    columns_->verticalHeader()->hide();
    columns_->verticalHeader()->setDefaultSectionSize(Theme::row_height + Theme::unit);
    columns_->horizontalHeader()->setStretchLastSection(true);
    columns_->horizontalHeader()->setHighlightSections(false);
    columns_->horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    columns_->setEditTriggers(QAbstractItemView::NoEditTriggers);
    columns_->setSelectionMode(QAbstractItemView::SingleSelection);
    columns_->setSelectionBehavior(QAbstractItemView::SelectRows);
    columns_->setShowGrid(false);

    auto* top = new QHBoxLayout;
    top->setSpacing(Theme::unit);
    top->addWidget(new QLabel(tr("A row is"), this));
    top->addWidget(rows_);
    top->addSpacing(Theme::unit);
    top->addWidget(new QLabel(tr("The run is called after"), this));
    top->addWidget(naming_);
    top->addStretch();
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(Theme::unit);
    layout->addLayout(top);
    layout->addWidget(remark_);
    layout->addWidget(columns_, 1);
    for (QComboBox* choice : {rows_, naming_})
        connect(choice, &QComboBox::activated, this, &TableMappingPanel::edited);
}

void TableMappingPanel::setFailure(const QString& reason) {
    sketch_.reset();
    columns_->setRowCount(0);
    remark_->setText(reason);
    remark_->show();
}

void TableMappingPanel::setSketch(std::shared_ptr<const TableSketch> sketch) {
    sketch_ = std::move(sketch);
    fill();
}

QString TableMappingPanel::valuesOf(std::size_t column) const {
    QStringList values;
    for (const auto& row : sketch_->rows) {
        if (row[column].empty()) continue;
        values += qtext(row[column]);
        if (values.size() == static_cast<qsizetype>(mostValues)) break;
    }
    return values.join(QStringLiteral(" · "));
}

void TableMappingPanel::fill() {
    const TableMapping mapping = sketch_->mapping.value_or(TableMapping());
    rows_->setCurrentIndex(rows_->findData(static_cast<int>(mapping.rows)));
    naming_->setCurrentIndex(naming_->findData(static_cast<int>(mapping.run.from)));
    remark_->setVisible(!sketch_->mapping);
    if (!sketch_->mapping)
        remark_->setText(tr("Not read yet: %1. Say what the columns are.").arg(qtext(sketch_->guess.refusal)));
    columns_->setRowCount(static_cast<int>(sketch_->columns.size()));
    for (std::size_t i = 0; i < sketch_->columns.size(); ++i) {
        const int row = static_cast<int>(i);
        const ColumnMapping* column = mapping.of(sketch_->columns[i]);
        const ColumnRole role = column ? column->role : ColumnRole::ignored;
        columns_->setItem(row, nameColumn, new QTableWidgetItem(qtext(sketch_->columns[i])));
        columns_->setItem(row, valuesColumn, new QTableWidgetItem(valuesOf(i)));
        const bool isGuessed = i < sketch_->guess.columns.size() && sketch_->guess.columns[i].role == role;
        const QString reason = isGuessed ? qtext(sketch_->guess.columns[i].reason) : tr("as you said");
        columns_->setItem(row, reasonColumn, new QTableWidgetItem(sketch_->mapping ? reason : QString()));
        auto* choice = new QComboBox(columns_);
        for (const ColumnRole known : roles)
            choice->addItem(roleText(known), static_cast<int>(known));
        choice->setCurrentIndex(choice->findData(static_cast<int>(role)));
        choice->setAccessibleName(tr("What %1 is").arg(qtext(sketch_->columns[i])));
        choice->setFocusPolicy(Qt::StrongFocus);
        columns_->setCellWidget(row, roleColumn, choice);
        connect(choice, &QComboBox::activated, this, [this, row] {
            columns_->item(row, reasonColumn)->setText(tr("as you said"));
            remark_->hide();
            Q_EMIT edited();
        });
    }
    columns_->resizeColumnToContents(nameColumn);
    columns_->resizeColumnToContents(roleColumn);
    constexpr int widestName = 260, valuesWidth = 220, roleWidth = 170;
    columns_->setColumnWidth(nameColumn, std::min(columns_->columnWidth(nameColumn), widestName));
    columns_->setColumnWidth(valuesColumn, valuesWidth);
    columns_->setColumnWidth(roleColumn, std::max(columns_->columnWidth(roleColumn), roleWidth));
}

ColumnRole TableMappingPanel::roleOf(int row) const {
    const auto* choice = qobject_cast<const QComboBox*>(columns_->cellWidget(row, roleColumn));
    return choice ? static_cast<ColumnRole>(choice->currentData().toInt()) : ColumnRole::ignored;
}

TableMapping TableMappingPanel::mapping() const {
    TableMapping mapping;
    if (!sketch_) return mapping;
    const TableMapping before = sketch_->mapping.value_or(TableMapping());
    mapping = before;
    mapping.name = nameOf(sketch_->columns);
    mapping.files.clear();
    mapping.header = sketch_->columns;
    mapping.columns.clear();
    bool hasStep = false, hasTokens = false, hasRun = false;
    for (std::size_t i = 0; i < sketch_->columns.size(); ++i) {
        const ColumnRole role = roleOf(static_cast<int>(i));
        const ColumnMapping* known = before.of(sketch_->columns[i]);
        ColumnMapping column = known && known->role == role ? *known : ColumnMapping();
        column.column = sketch_->columns[i];
        column.role = role;
        hasStep = hasStep || role == ColumnRole::step;
        hasTokens = hasTokens || role == ColumnRole::tokens;
        hasRun = hasRun || role == ColumnRole::run;
        if (role != ColumnRole::ignored) mapping.columns.push_back(std::move(column));
    }
    mapping.rows = static_cast<RowKind>(rows_->currentData().toInt());
    const auto from = static_cast<RunNaming::From>(naming_->currentData().toInt());
    if (from != before.run.from) mapping.run = {};
    mapping.run.from = hasRun ? RunNaming::From::column : from;
    if (mapping.run.from == RunNaming::From::column && !hasRun) mapping.run.from = RunNaming::From::file;
    if (hasStep)
        mapping.step_from = StepFrom::column;
    else if (mapping.rows == RowKind::models)
        mapping.step_from = StepFrom::none;
    else if (before.step_from == StepFrom::column || before.step_from == StepFrom::none)
        mapping.step_from = hasTokens ? StepFrom::tokens : StepFrom::row;
    return mapping;
}

} // namespace isoloss
