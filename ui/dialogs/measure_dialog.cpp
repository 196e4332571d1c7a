#include "ui/dialogs/measure_dialog.h"

#include "engine/base/file.h"
#include "engine/base/number_text.h"
#include "engine/datasets/dataset.h"
#include "engine/inference/metric_catalogue.h"
#include "ui/file_path.h"
#include "ui/models/jobs_model.h"
#include "ui/plural.h"
#include "ui/ui_services.h"

#include <QComboBox>
#include <QDialogButtonBox>
#include <QFile>
#include <QFileDialog>
#include <QFileInfo>
#include <QGridLayout>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QLocale>
#include <QPushButton>
#include <QTimer>
#include <algorithm>

namespace isoloss {

namespace {

enum DataRole { pathRole = Qt::UserRole, kindRole };

QLabel* heading(const QString& text, QWidget* buddy) {
    auto* label = new QLabel(text);
    label->setBuddy(buddy);
    return label;
}

} // namespace

MeasureDialog::MeasureDialog(UiServices& services, QWidget* parent)
    : QDialog(parent), services_(services), estimate_soon_(new QTimer(this)), metrics_(new QListWidget(this)),
      explanation_(new QLabel(this)), data_(new QListWidget(this)), target_(new QLabel(this)),
      limit_(new QLineEdit(this)), type_(new QComboBox(this)), result_(new QLabel(this)),
      start_(new QPushButton(this)) {
    setWindowTitle(tr("Measure checkpoints"));
    setAttribute(Qt::WA_DeleteOnClose);
    build();
    connect(&services_.theme(), &ThemeController::themeChanged, this, &MeasureDialog::applyTheme);
    connect(&services_.selection(), &Selection::checkpointsChanged, this, &MeasureDialog::takeSelection);
    connect(&services_.selection(), &Selection::highlightedRunsChanged, this, &MeasureDialog::takeSelection);
    connect(&services_.bridge(), &EngineBridge::projectChanged, this, &QDialog::close);
    applyTheme();
    takeSelection();
}

void MeasureDialog::build() {
    constexpr int width = 720, height = 510;
    resize(width, height);
    for (const MetricInfo& metric : metric_catalogue()) {
        auto* item = new QListWidgetItem(qtext(metric.name), metrics_);
        item->setData(Qt::UserRole, qtext(metric.key));
        item->setCheckState(Qt::Unchecked);
        item->setToolTip(
            tr("%1, needs a file of %2").arg(qtext(metric.key), qtext(dataset_kind_words(data_kind_of(metric)))));
    }
    metrics_->setAccessibleName(tr("Metrics"));
    data_->setAccessibleName(tr("Data files"));
    for (QLabel* label : {explanation_, target_, result_}) {
        label->setWordWrap(true);
        label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    }
    explanation_->setAlignment(Qt::AlignTop);
    limit_->setPlaceholderText(tr("all of it"));
    limit_->setAccessibleName(tr("At most so many tokens or items of the data"));
    auto* addFile = new QPushButton(tr("Add files…"), this);
    auto* removeFile = new QPushButton(tr("Remove"), this);
    auto* fileButtons = new QHBoxLayout;
    fileButtons->setSpacing(Theme::unit);
    fileButtons->addWidget(addFile);
    fileButtons->addWidget(removeFile);
    fileButtons->addStretch();
    auto* limitRow = new QHBoxLayout;
    limitRow->setSpacing(Theme::unit);
    limitRow->addWidget(new QLabel(tr("At most (tokens, items)"), this));
    limitRow->addWidget(limit_);
    limitRow->addWidget(new QLabel(tr("numbers"), this));
    limitRow->addWidget(type_);
    for (const char* type : {"float32", "bfloat16", "float16", "tf32"})
        type_->addItem(QString::fromLatin1(type));
    type_->setAccessibleName(tr("Number type"));
    type_->setToolTip(tr("float32 is the reference; with another type the difference to it is stored with the value"));
    constexpr int estimateDelayMs = 150;
    estimate_soon_->setSingleShot(true);
    estimate_soon_->setInterval(estimateDelayMs);
    connect(estimate_soon_, &QTimer::timeout, this, &MeasureDialog::askForEstimate);
    connect(type_, &QComboBox::currentIndexChanged, this, &MeasureDialog::refresh);

    auto* layout = new QGridLayout(this);
    layout->setContentsMargins(16, 16, 16, 16);
    layout->setHorizontalSpacing(16);
    layout->setVerticalSpacing(8);
    layout->addWidget(target_, 0, 0, 1, 2);
    layout->addWidget(heading(tr("Metrics"), metrics_), 1, 0);
    layout->addWidget(heading(tr("Data"), data_), 1, 1);
    layout->addWidget(metrics_, 2, 0, 3, 1);
    layout->addWidget(data_, 2, 1);
    layout->addLayout(fileButtons, 3, 1);
    layout->addLayout(limitRow, 4, 1);
    layout->addWidget(explanation_, 5, 0, 1, 2);
    layout->addWidget(result_, 6, 0, 1, 2);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
    buttons->addButton(start_, QDialogButtonBox::AcceptRole);
    start_->setDefault(true);
    layout->addWidget(buttons, 7, 0, 1, 2);
    layout->setRowStretch(2, 1);
    layout->setColumnStretch(0, 2);
    layout->setColumnStretch(1, 3);
    layout->setRowMinimumHeight(5, 76);

    connect(metrics_, &QListWidget::itemChanged, this, [this](QListWidgetItem* item) {
        metrics_->setCurrentItem(item); // its explanation
        refresh();
    });
    connect(data_, &QListWidget::itemChanged, this, &MeasureDialog::refresh);
    connect(metrics_, &QListWidget::currentItemChanged, this, [this](const QListWidgetItem* item) {
        const MetricInfo* metric = item ? find_metric(utf8(item->data(Qt::UserRole).toString())) : nullptr;
        explanation_->setText(metric ? qtext(metric->explanation) : QString());
    });
    connect(addFile, &QPushButton::clicked, this, [this] {
        addDataFiles(QFileDialog::getOpenFileNames(
            this, tr("Choose data files"), {},
            tr("Data (*.txt *.json *.jsonl *.gz *.npy *.npz *.bin *.csv *.tsv);;All files (*)")));
    });
    connect(removeFile, &QPushButton::clicked, this, [this] {
        qDeleteAll(data_->selectedItems());
        refresh();
    });
    connect(limit_, &QLineEdit::textChanged, this, &MeasureDialog::refresh);
    connect(start_, &QPushButton::clicked, this, &MeasureDialog::queue);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::close);
    metrics_->setCurrentRow(0);
    for (const QString& file : services_.settings().value(QStringLiteral("measure/data")).toStringList())
        if (QFileInfo::exists(file)) describe(file, Qt::Checked);
    services_.bridge().query<std::vector<DatasetRecord>>([](Reader& reader) { return reader.datasets(); }, this,
                                                         [this](const QueryAnswer<std::vector<DatasetRecord>>& answer) {
                                                             if (!answer) return;
                                                             for (const DatasetRecord& dataset : **answer)
                                                                 if (QFileInfo::exists(qtext(dataset.path)))
                                                                     describe(qtext(dataset.path), Qt::Unchecked);
                                                         });
    for (QPushButton* button : findChildren<QPushButton*>())
        button->setAutoDefault(button == start_); // Return measures, whatever has the focus
    refresh();
}

void MeasureDialog::applyTheme() {
    const Theme& theme = services_.theme().theme();
    QPalette colors = explanation_->palette();
    colors.setColor(QPalette::WindowText, theme.muted);
    explanation_->setPalette(colors);
    target_->setFont(theme.strong);
}

void MeasureDialog::takeSelection() {
    const Selection& selection = services_.selection();
    const std::vector<CheckpointId> chosen = selection.checkpoints();
    std::vector<RunId> runs = selection.highlightedRuns();
    source_ = !chosen.empty() ? tr("chosen on the page")
              : !runs.empty() ? tr("of the selected runs")
                              : tr("of all runs shown");
    if (chosen.empty() && runs.empty())
        for (const RunRecord& run : *selection.shownRuns())
            runs.push_back(run.id);
    using Checkpoints = std::vector<CheckpointRecord>;
    services_.bridge().query<Checkpoints>(
        loading_,
        [chosen, runs](Reader& reader) -> Expected<Checkpoints> {
            ISOLOSS_TRY(auto all, reader.checkpoints());
            std::erase_if(all, [&](const CheckpointRecord& checkpoint) {
                return chosen.empty() ? std::find(runs.begin(), runs.end(), checkpoint.run) == runs.end()
                                      : std::find(chosen.begin(), chosen.end(), checkpoint.id) == chosen.end();
            });
            return all;
        },
        this,
        [this](const QueryAnswer<Checkpoints>& answer) {
            if (answer) showCheckpoints(**answer);
        });
}

void MeasureDialog::showCheckpoints(const std::vector<CheckpointRecord>& checkpoints) {
    checkpoints_.clear();
    std::int64_t without = 0;
    for (const CheckpointRecord& checkpoint : checkpoints) {
        checkpoints_.push_back(checkpoint.id);
        if (checkpoint.path.empty()) ++without;
    }
    QString text = plural(static_cast<std::int64_t>(checkpoints_.size()), tr("%1 checkpoint"), tr("%1 checkpoints")) +
                   QLatin1Char(' ') + source_;
    if (without > 0) text += tr("; %1 of them have scores only and no files").arg(count_text(without));
    target_->setText(text);
    refresh();
}

void MeasureDialog::addDataFiles(const QStringList& files) {
    for (const QString& file : files)
        describe(file, Qt::Checked);
    refresh();
}

void MeasureDialog::describe(const QString& file, Qt::CheckState state) {
    for (int row = 0; row < data_->count(); ++row) {
        QListWidgetItem* known = data_->item(row);
        if (QFileInfo(known->data(pathRole).toString()) != QFileInfo(file)) continue;
        if (state == Qt::Checked) known->setCheckState(state);
        return;
    }
    auto* item = new QListWidgetItem(tr("%1 …").arg(QFileInfo(file).fileName()), data_);
    item->setData(pathRole, file);
    item->setCheckState(state);
    item->setToolTip(file);
    services_.bridge().query<DatasetRecord>(
        [path = toPath(file)](Reader& reader) -> Expected<DatasetRecord> {
            ISOLOSS_TRY(const auto known, reader.datasets());
            const auto same = std::ranges::find(known, path_text(path), &DatasetRecord::path);
            return same == known.end() ? describe_dataset(path) : Expected<DatasetRecord>(*same);
        },
        this,
        [this, file](const QueryAnswer<DatasetRecord>& answer) {
            for (QListWidgetItem* shown : data_->findItems(QString(), Qt::MatchContains)) {
                if (shown->data(pathRole).toString() != file) continue;
                const QString name = QFileInfo(file).fileName();
                if (!answer) {
                    shown->setText(tr("%1: %2").arg(name, qtext(answer.error().reason)));
                    shown->setToolTip(qtext(answer.error().text()));
                    continue;
                }
                const DatasetRecord& dataset = **answer;
                shown->setData(kindRole, static_cast<int>(dataset.kind));
                shown->setText(QStringLiteral("%1   %2, %3")
                                   .arg(qtext(dataset.name), qtext(dataset_kind_words(dataset.kind)),
                                        QLocale().formattedDataSize(dataset.bytes, 1)));
            }
            refresh();
        });
}

QStringList MeasureDialog::chosenMetrics() const {
    QStringList keys;
    for (int row = 0; row < metrics_->count(); ++row)
        if (metrics_->item(row)->checkState() == Qt::Checked)
            keys += metrics_->item(row)->data(Qt::UserRole).toString();
    return keys;
}

QStringList MeasureDialog::dataFiles() const {
    QStringList files;
    for (int row = 0; row < data_->count(); ++row)
        if (data_->item(row)->checkState() == Qt::Checked && data_->item(row)->data(kindRole).isValid())
            files += data_->item(row)->data(pathRole).toString();
    return files;
}

void MeasureDialog::refresh() {
    QString missing;
    if (!services_.session().isWritable())
        missing = tr("The project is open for reading only.");
    else if (checkpoints_.empty())
        missing = tr("Choose runs or checkpoints first.");
    else if (chosenMetrics().isEmpty())
        missing = tr("Tick a metric.");
    else if (dataFiles().isEmpty())
        missing =
            tr("Tick or add a data file: text or token ids for losses and curvature, {query, choices, gold} lines or "
               "sentence pairs for accuracies, {text, labels} lines for probes.");
    else if (!limit_->text().isEmpty() && parse_int(utf8(limit_->text())).value_or(0) <= 0)
        missing = tr("The limit is a whole number above 0, or empty.");
    start_->setEnabled(missing.isEmpty() && !busy_);
    start_->setToolTip(missing);
    start_->setText(tr("Measure"));
    if (!missing.isEmpty())
        result_->setText(missing);
    else if (!busy_)
        result_->setText(tr("…"));
    if (missing.isEmpty() && !busy_)
        estimate_soon_->start();
    else
        estimating_.drop();
}

MeasureRequest MeasureDialog::request() const {
    MeasureRequest request;
    request.checkpoints = checkpoints_;
    for (const QString& metric : chosenMetrics())
        request.metrics.push_back(utf8(metric));
    for (const QString& file : dataFiles())
        request.data.push_back(toPath(file));
    if (!limit_->text().isEmpty()) request.parameters.limit = parse_int(utf8(limit_->text()));
    request.parameters.type = utf8(type_->currentText());
    return request;
}

void MeasureDialog::askForEstimate() {
    if (!start_->isEnabled()) return;
    services_.bridge().query<MeasureEstimate>(
        estimating_,
        [project = services_.session().project(), request = request()](Reader&) {
            return estimate_measurements(*project, request);
        },
        this, [this](const QueryAnswer<MeasureEstimate>& answer) { showEstimate(answer); });
}

void MeasureDialog::showEstimate(const Expected<std::shared_ptr<const MeasureEstimate>>& answer) {
    if (!answer) {
        result_->setText(qtext(answer.error().text()));
        return;
    }
    const MeasureEstimate& estimate = **answer;
    const auto count = [](std::size_t number) { return static_cast<std::int64_t>(number); };
    QStringList parts;
    if (!estimate.measured.empty()) parts << tr("%1 known already").arg(count_text(count(estimate.measured.size())));
    if (estimate.waiting > 0) parts << tr("%1 waiting already").arg(count_text(count(estimate.waiting)));
    if (estimate.passes > 0) {
        parts << plural(count(estimate.passes), tr("%1 pass over the data"), tr("%1 passes over the data"));
        parts << plural(count(estimate.checkpoints), tr("%1 checkpoint to load"), tr("%1 checkpoints to load"));
        parts << (estimate.seconds ? tr("about %1").arg(duration(*estimate.seconds))
                                   : tr("time not known: nothing like it was measured before"));
    }
    QStringList lines{plural(count(estimate.wanted), tr("%1 measurement"), tr("%1 measurements")) +
                      (parts.isEmpty() ? QString() : QStringLiteral(": ") + parts.join(tr(" · ")))};
    constexpr std::size_t mostLines = 3;
    for (std::size_t i = 0; i < estimate.measured.size() && i < mostLines; ++i)
        lines << tr("known: %1 of %2 = %3")
                     .arg(qtext(estimate.measured[i].value.quantity_key), qtext(estimate.measured[i].checkpoint_label),
                          number_with_error(estimate.measured[i].value.value,
                                            estimate.measured[i].value.standard_error));
    if (!estimate.refused.empty())
        lines << tr("%1 cannot be measured: %2")
                     .arg(count_text(count(estimate.refused.size())), qtext(estimate.refused.front()));
    result_->setText(lines.join(QLatin1Char('\n')));
}

void MeasureDialog::queue() {
    const MeasureRequest request = this->request();
    services_.settings().setValue(QStringLiteral("measure/data"), dataFiles());
    busy_ = true;
    start_->setEnabled(false);
    services_.bridge().query<MeasureQueued>(
        [project = services_.session().project(), request](Reader&) { return queue_measurements(*project, request); },
        this,
        [this](const QueryAnswer<MeasureQueued>& answer) {
            busy_ = false;
            refresh();
            estimate_soon_->stop(); // what was done is said until something changes
            showResult(answer);
        });
}

void MeasureDialog::showResult(const Expected<std::shared_ptr<const MeasureQueued>>& result) {
    if (!result) {
        result_->setText(qtext(result.error().text()));
        return;
    }
    const MeasureQueued& queuedJobs = **result;
    constexpr std::size_t mostLines = 4;
    QStringList lines{
        plural(static_cast<std::int64_t>(queuedJobs.jobs.size()), tr("%1 job queued"), tr("%1 jobs queued"))};
    if (!queuedJobs.measured.empty()) lines.back() += tr(", %1 measured already").arg(queuedJobs.measured.size());
    for (std::size_t i = 0; i < queuedJobs.refused.size() && i < mostLines; ++i)
        lines += qtext(queuedJobs.refused[i]);
    if (queuedJobs.refused.size() > mostLines)
        lines += tr("and %1 more refused").arg(queuedJobs.refused.size() - mostLines);
    result_->setText(lines.join(QLatin1Char('\n')));
    if (queuedJobs.jobs.empty()) return;
    services_.session().wakeEngine();
    Q_EMIT queued();
}

} // namespace isoloss
