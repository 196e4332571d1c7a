// Shows every widget of the room. `gallery [--dark] [--save FOLDER]`: with --save, pictures of both themes are written
// (works without a display: QT_QPA_PLATFORM=offscreen).
#include "widgets/bar_rows.h"
#include "widgets/chart_figure.h"
#include "widgets/chart_legend.h"
#include "widgets/chart_menu.h"
#include "widgets/chart_table_window.h"
#include "widgets/chart_view.h"
#include "widgets/chip_button.h"
#include "widgets/choice_popup.h"
#include "widgets/collapsible_section.h"
#include "widgets/delegates.h"
#include "widgets/elided_label.h"
#include "widgets/empty_state.h"
#include "widgets/filter_line_edit.h"
#include "widgets/item_roles.h"

#include <QAction>
#include <QApplication>
#include <QCommandLineParser>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QMenu>
#include <QMouseEvent>
#include <QPainter>
#include <QPixmap>
#include <QPushButton>
#include <QStandardItemModel>
#include <QTableView>
#include <cmath>
#include <random>

using namespace isoloss;

namespace {

ChartData ladder(const Theme& theme) {
    ChartData data;
    data.x = {QStringLiteral("loss [C4 validation] (nats/token, better to the right)")};
    data.x.reversed = true;
    data.y = {QStringLiteral("mean accuracy, 8 tasks")};
    std::mt19937 random(7);
    std::normal_distribution<double> noise(0, 0.006);
    const QStringList sizes = {QStringLiteral("190M"), QStringLiteral("370M"), QStringLiteral("760M"),
                               QStringLiteral("1B")};
    constexpr int colors[] = {0, 2, 3, 1};
    qint64 id = 0;
    for (int run = 0; run < 19; ++run) {
        const SeriesStyle style = theme.series(colors[run % 4]);
        ChartPolyline line;
        line.id = 1000 + run;
        line.color = style.color;
        line.arrow = run == 0;
        const double end = 3.5 - 0.15 * (run % 4) - 0.02 * run;
        for (int k = 0; k < 20; ++k) {
            const double loss = 3.7 - (3.7 - end) * (1 - std::exp(-k / 7.0)) + noise(random);
            const double score = 0.37 + 0.16 * std::pow(3.7 - loss, 1.3) + noise(random);
            line.points.emplace_back(loss, score);
            ChartPoint point;
            point.id = id++;
            point.x = loss;
            point.y = score;
            point.color = style.color;
            point.line = line.id;
            point.label = QStringLiteral("%1 @%2k").arg(sizes[run % 4]).arg(k);
            if (run == 18) point.y_error = 0.008;
            data.points.push_back(point);
        }
        data.polylines.push_back(line);
    }
    for (int i = 0; i < 4; ++i)
        data.legend.push_back({sizes[i], theme.series(colors[i]).color, {}, {}});
    data.note = QStringLiteral("chance .31 · 380 checkpoints");
    data.band = ChartBand{3.14, 0.02};
    data.marks.push_back({Qt::Horizontal, 0.38, QStringLiteral("chance"), {}});
    return data;
}

ChartData curves(const Theme& theme, int lines, int points) {
    ChartData data;
    data.title = QStringLiteral("train/loss");
    data.x = {QStringLiteral("step")};
    data.x.numbers = AxisNumbers::integer;
    data.y = {QStringLiteral("loss (nats/token)")};
    std::mt19937 random(3);
    std::normal_distribution<double> noise(0, 1);
    for (int n = 0; n < lines; ++n) {
        auto raw = std::make_shared<std::vector<LineStretch>>(1);
        auto smooth = std::make_shared<std::vector<LineStretch>>(1);
        double mean = 0;
        for (int i = 0; i < points; ++i) {
            const double x = 100000.0 * i / points;
            const double y = 2.6 + 0.12 * n + 6.0 / std::pow(1 + x / 400, 0.5) + 0.12 * noise(random);
            mean = i == 0 ? y : 0.97 * mean + 0.03 * y;
            const auto add = [x](LineStretch& stretch, double value) {
                const auto v = static_cast<float>(value);
                stretch.x_first.push_back(x);
                stretch.x_last.push_back(x);
                for (auto* column : {&stretch.min, &stretch.max, &stretch.first, &stretch.last})
                    column->push_back(v);
            };
            add(raw->front(), y);
            add(smooth->front(), mean);
        }
        ChartLine line;
        line.id = n;
        line.name = QStringLiteral("run %1").arg(n + 1);
        line.color = theme.series(n).color;
        line.dash = n == 3 ? QList<qreal>{5, 3} : QList<qreal>{};
        line.raw = raw;
        line.curve = smooth;
        line.nonfinite = n == 0 ? 3 : 0;
        data.lines.push_back(line);
        data.legend.push_back({line.name, line.color, line.dash, {}});
    }
    data.marks.push_back({Qt::Vertical, 42000, QStringLiteral("restart"), {}});
    return data;
}

QStandardItemModel* table_model(const Theme& theme, QObject* parent) {
    auto* model = new QStandardItemModel(19, 6, parent);
    model->setHorizontalHeaderLabels(
        {{}, QStringLiteral("run"), QStringLiteral("ckpts"), QStringLiteral("loss"), QStringLiteral("acc"), {}});
    for (int row = 0; row < 19; ++row) {
        const auto set = [&](int column, const QVariant& value, int role) {
            model->setData(model->index(row, column), value, role);
        };
        set(0, row % 5 == 4 ? Qt::Unchecked : Qt::Checked, Qt::CheckStateRole);
        set(1, QStringLiteral("%1M-%2xC").arg(190 * (1 + row / 5)).arg(1 + row % 5), Qt::DisplayRole);
        set(1, theme.series(row / 5).color, SwatchRole);
        if (row > 12) set(1, row % marker_count, MarkerRole);
        set(2, 15 + row, Qt::DisplayRole);
        set(3, QString::number(3.711 - 0.031 * row, 'f', 3), Qt::DisplayRole);
        set(4, QString::number(0.371 + 0.011 * row, 'f', 3), Qt::DisplayRole);
        set(4, row > 8 ? (row - 13.5) / 5 : std::nan(""), HeatRole);
        for (int column : {2, 3, 4})
            set(column, int(Qt::AlignRight | Qt::AlignVCenter), Qt::TextAlignmentRole);
        set(5, row < 12 ? QVariant(row / 11.0) : QVariant(), ProgressRole);
    }
    return model;
}

template <class T>
T* themed(T* widget, const Theme& theme) {
    widget->setTheme(theme);
    return widget;
}

QWidget* small_widgets(const Theme& theme) {
    auto* panel = new QWidget;
    panel->setFixedWidth(320);
    panel->setAutoFillBackground(true);
    auto* column = new QVBoxLayout(panel);
    column->setSpacing(Theme::unit);
    auto* filter = themed(new FilterLineEdit, theme);
    filter->setText(QStringLiteral("params < 2e9 and has(mean_acc)"));
    column->addWidget(filter);
    auto* wrong = themed(new FilterLineEdit, theme);
    wrong->setText(QStringLiteral("lr < 3e-4 nad group = 1"));
    wrong->setError(10, 3, QStringLiteral("\"nad\" is no operator here; did you mean \"and\"?"));
    column->addWidget(wrong);

    auto* table = new QTableView;
    table->setModel(table_model(theme, table));
    table->verticalHeader()->hide();
    table->verticalHeader()->setDefaultSectionSize(Theme::row_height);
    table->setShowGrid(false);
    table->setSelectionBehavior(QAbstractItemView::SelectRows);
    table->setItemDelegate(themed(new CellDelegate(table), theme));
    table->setItemDelegateForColumn(0, themed(new ToggleDelegate(ToggleDelegate::Icon::eye, table), theme));
    table->setItemDelegateForColumn(1, themed(new SwatchDelegate(table), theme));
    table->setItemDelegateForColumn(5, themed(new ProgressDelegate(table), theme));
    table->horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    table->horizontalHeader()->setMinimumSectionSize(20);
    table->horizontalHeader()->setHighlightSections(false);
    table->resizeColumnsToContents();
    table->setColumnWidth(0, 26);
    table->setColumnWidth(1, 100);
    table->setColumnWidth(5, 70);
    table->selectRow(3);
    column->addWidget(table, 1);

    auto* bars = themed(new BarRows, theme);
    bars->setRows({{QStringLiteral("tokens per parameter"), -0.81},
                   {QStringLiteral("fisher_trace (no embeddings)"), -0.64},
                   {QStringLiteral("learning rate at step"), 0.47},
                   {QStringLiteral("mir[code, text]"), std::nullopt}});
    auto* section =
        themed(new CollapsibleSection(QStringLiteral("At equal loss · 3.14 ± .02 nats · 16 checkpoints")), theme);
    section->setContent(bars);
    column->addWidget(section);
    column->addWidget(new ElidedLabel(QStringLiteral("/a/very/long/path/to/some/checkpoint/folder/step-120000/model")));
    return panel;
}

QWidget* gallery(const Theme& theme) {
    auto* window = new QWidget;
    window->setWindowTitle(QStringLiteral("Widgets"));
    QPalette palette = window->palette();
    palette.setColor(QPalette::Window, theme.window);
    window->setPalette(palette);
    auto* columns = new QHBoxLayout(window);
    columns->setContentsMargins(0, 0, 0, 0);
    columns->setSpacing(0);
    columns->addWidget(small_widgets(theme));
    auto* middle = new QVBoxLayout;
    middle->setContentsMargins(14, 12, 14, 12);
    auto* chips = new QHBoxLayout;
    chips->setSpacing(Theme::unit);
    middle->setSpacing(Theme::unit);
    const auto chip = [&](const char* label, const char* value) {
        auto* button = themed(new ChipButton(QString::fromUtf8(label)), theme);
        button->setValueText(QString::fromUtf8(value));
        chips->addWidget(button);
    };
    chip("x", "loss [C4]");
    chip("y", "mean accuracy · 8 tasks");
    chip("colour", "parameters");
    chip("lines", "run");
    chip("score", "hard");
    chips->addStretch();
    chip("", "Export…");
    middle->addLayout(chips);
    const auto chart = [&](const ChartData& data, QBoxLayout* layout) {
        auto* view = themed(new ChartView, theme);
        view->setObjectName(data.title);
        view->setData(data, ChartView::RangePolicy::fit);
        auto* legend = themed(new ChartLegend, theme);
        legend->setEntries(data.legend, data.note);
        auto* cell = new QVBoxLayout;
        cell->setSpacing(Theme::unit);
        cell->addWidget(view, 1);
        cell->addWidget(legend);
        layout->addLayout(cell, 1);
        return view;
    };
    chart(ladder(theme), middle);
    auto* row = new QHBoxLayout;
    row->setSpacing(Theme::unit);
    ChartData log = curves(theme, 3, 4000);
    log.x.scale = AxisScale::log;
    log.y.scale = AxisScale::log;
    ChartData sparse = curves(theme, 4, 60);
    for (ChartLine& line : sparse.lines)
        line.raw = nullptr;
    ChartData none;
    none.x.title = QStringLiteral("step");
    none.empty_text = QStringLiteral("No run has this metric.");
    chart(curves(theme, 6, 20000), row);
    chart(log, row);
    chart(sparse, row);
    chart(none, row);
    middle->addLayout(row, 1);
    auto* empty = themed(new EmptyState, theme);
    empty->setTitle(QStringLiteral("Nothing here yet"));
    empty->setText(QStringLiteral("Import a folder with event files, results or checkpoints, or open a project."));
    empty->addButton(new QAction(QStringLiteral("Import folder…"), empty));
    empty->addButton(new QAction(QStringLiteral("Open project…"), empty));
    empty->setMaximumHeight(160);
    middle->addWidget(empty);
    columns->addLayout(middle, 1);
    window->resize(1440, 900);
    return window;
}

void save(const QString& folder) {
    for (const Theme& theme : {Theme::light(), Theme::dark()}) {
        apply_theme(*qApp, theme);
        const QString name = theme.is_dark() ? QStringLiteral("dark") : QStringLiteral("light");
        std::unique_ptr<QWidget> window(gallery(theme));
        window->show();
        QCoreApplication::processEvents();
        auto* view = window->findChild<ChartView*>(QStringLiteral("train/loss"));
        const QPointF at = view->plotRect().center();
        QMouseEvent move(QEvent::MouseMove, at, view->mapToGlobal(at), Qt::NoButton, Qt::NoButton, Qt::NoModifier);
        QCoreApplication::sendEvent(view->viewport(), &move);
        view->setFocus(Qt::TabFocusReason);
        QCoreApplication::processEvents();
        window->grab().save(folder + QStringLiteral("/gallery-%1.png").arg(name));
        ChoicePopup popup({{QStringLiteral("Losses"), QStringLiteral("loss [C4]"), QStringLiteral("nats/token"), 1},
                           {QStringLiteral("Losses"), QStringLiteral("loss [Pile]"), QStringLiteral("nats/token"), 2},
                           {QStringLiteral("Scores"), QStringLiteral("lambada_openai/acc"), {}, 3},
                           {QStringLiteral("Scores"), QStringLiteral("piqa/acc_norm"), {}, 4},
                           {QStringLiteral("Scores"), QStringLiteral("arc_easy/acc"), {}, 5},
                           {QStringLiteral("Config"), QStringLiteral("parameters"), {}, 6},
                           {QStringLiteral("Config"), QStringLiteral("learning_rate"), {}, 7},
                           {QStringLiteral("Config"), QStringLiteral("batch_size"), {}, 8}},
                          3, theme, nullptr);
        popup.setAttribute(Qt::WA_DeleteOnClose, false);
        popup.showBelow(*window);
        QCoreApplication::processEvents();
        popup.grab().save(folder + QStringLiteral("/popup-%1.png").arg(name));
        QMenu menu;
        add_chart_actions(menu, *view);
        menu.ensurePolished();
        menu.adjustSize();
        menu.grab().save(folder + QStringLiteral("/menu-%1.png").arg(name));
        ChartTableWindow table(view->chartTable(), view->accessibleName(), nullptr);
        table.setAttribute(Qt::WA_DeleteOnClose, false);
        table.show();
        QCoreApplication::processEvents();
        table.grab().save(folder + QStringLiteral("/table-%1.png").arg(name));
    }
    const ChartData data = ladder(Theme::light());
    const QSizeF size = figure_points({178, 100});
    constexpr double scale = 300.0 / 72;
    QImage figure((size * scale).toSize(), QImage::Format_RGB32);
    QPainter painter(&figure);
    painter.scale(scale, scale);
    paint_figure(painter, size, data, data_range(data), {});
    painter.end();
    figure.save(folder + QStringLiteral("/figure.png"));
    const ChartData dense = curves(Theme::light(), 4, 20000);
    QImage second((figure_points({84, 60}) * scale).toSize(), QImage::Format_RGB32);
    QPainter again(&second);
    again.scale(scale, scale);
    paint_figure(again, figure_points({84, 60}), dense, data_range(dense), {});
    again.end();
    second.save(folder + QStringLiteral("/figure-curves.png"));
}

} // namespace

int main(int argc, char** argv) {
    QApplication application(argc, argv);
    QCommandLineParser parser;
    parser.addOption({QStringLiteral("dark"), QStringLiteral("Dark theme.")});
    parser.addOption({QStringLiteral("save"), QStringLiteral("Write pictures and quit."), QStringLiteral("folder")});
    parser.process(application);
    if (parser.isSet(QStringLiteral("save"))) {
        save(parser.value(QStringLiteral("save")));
        return 0;
    }
    const Theme theme = parser.isSet(QStringLiteral("dark")) ? Theme::dark() : Theme::light();
    apply_theme(application, theme);
    const std::unique_ptr<QWidget> window(gallery(theme));
    window->show();
    return QApplication::exec();
}
