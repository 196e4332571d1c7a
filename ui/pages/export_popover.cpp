#include "ui/pages/export_popover.h"

#include "engine/store/project.h"
#include "ui/figure_export.h"
#include "ui/figures/figure_painting.h"
#include "ui/figures/value_text.h"
#include "ui/ui_services.h"
#include "widgets/popup_place.h"

#include <QButtonGroup>
#include <QClipboard>
#include <QComboBox>
#include <QDir>
#include <QFileDialog>
#include <QFormLayout>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QLabel>
#include <QMimeData>
#include <QPushButton>
#include <QSettings>
#include <QSpinBox>
#include <QToolButton>
#include <array>

namespace isoloss {
namespace {

struct Preset {
    const char* name;
    FigureSize size;
};

constexpr std::array<Preset, 3> presets{{{QT_TRANSLATE_NOOP("ExportPopover", "One column, 84 mm"), {84, 62, 300}},
                                         {QT_TRANSLATE_NOOP("ExportPopover", "Two columns, 178 mm"), {178, 100, 300}},
                                         {QT_TRANSLATE_NOOP("ExportPopover", "Slide, 254 mm"), {254, 143, 150}}}};

const QString folder_setting = QStringLiteral("export/folder");
const QString format_setting = QStringLiteral("export/format");

QSpinBox* millimetre_box(const QString& name, QWidget* parent) {
    auto* box = new QSpinBox(parent);
    box->setRange(20, 1000);
    box->setSuffix(QStringLiteral(" mm"));
    box->setAccessibleName(name);
    return box;
}

} // namespace

ExportPopover::ExportPopover(UiServices& services, QWidget* parent)
    : QFrame(parent, Qt::Popup), services_(services), formats_(new QButtonGroup(this)), sizes_(new QComboBox(this)),
      width_(millimetre_box(tr("Width"), this)), height_(millimetre_box(tr("Height"), this)), dpi_(new QSpinBox(this)),
      dpi_label_(new QLabel(tr("Resolution"), this)), hint_(new QLabel(this)),
      save_(new QPushButton(tr("Save…"), this)), copy_(new QPushButton(tr("Copy"), this)) {
    setFrameShape(QFrame::StyledPanel);
    setAccessibleName(tr("Export the figure"));
    auto* format_row = new QHBoxLayout;
    format_row->setSpacing(4);
    int id = 0;
    for (const std::string& format : figure_formats()) {
        auto* button = new QToolButton(this);
        button->setText(qtext(format).toUpper());
        button->setCheckable(true);
        button->setAccessibleName(tr("Format %1").arg(button->text()));
        formats_->addButton(button, id++);
        format_row->addWidget(button);
    }
    format_row->addStretch();
    const int last_format = services_.settings().value(format_setting, 2).toInt();
    if (QAbstractButton* button = formats_->button(last_format)) button->setChecked(true);

    for (const Preset& preset : presets)
        sizes_->addItem(tr(preset.name));
    sizes_->addItem(tr("Own size"));
    sizes_->setAccessibleName(tr("Size"));
    dpi_->setRange(72, 1200);
    dpi_->setSuffix(tr(" dpi"));
    dpi_->setAccessibleName(tr("Resolution"));
    auto* size_row = new QHBoxLayout;
    size_row->setSpacing(Theme::unit);
    size_row->addWidget(width_);
    size_row->addWidget(new QLabel(QStringLiteral("×"), this));
    size_row->addWidget(height_);
    size_row->addStretch();

    hint_->setWordWrap(true);
    hint_->setMaximumWidth(300);
    auto* buttons = new QHBoxLayout;
    buttons->setSpacing(Theme::unit);
    buttons->addStretch();
    buttons->addWidget(copy_);
    buttons->addWidget(save_);
    save_->setDefault(true);
    copy_->setToolTip(tr("Copy the picture to the clipboard"));

    auto* form = new QFormLayout(this);
    form->setContentsMargins(16, 12, 16, 12);
    form->setVerticalSpacing(Theme::unit);
    form->setHorizontalSpacing(2 * Theme::unit);
    form->addRow(tr("Format"), format_row);
    form->addRow(tr("Size"), sizes_);
    form->addRow(QString(), size_row);
    form->addRow(dpi_label_, dpi_);
    form->addRow(hint_);
    form->addRow(buttons);

    connect(sizes_, &QComboBox::currentIndexChanged, this, [this](int index) {
        if (index < 0 || index >= static_cast<int>(presets.size())) return;
        const FigureSize& size = presets[static_cast<std::size_t>(index)].size;
        const QSignalBlocker no_width(width_), no_height(height_);
        width_->setValue(static_cast<int>(size.width_mm));
        height_->setValue(static_cast<int>(size.height_mm));
        dpi_->setValue(size.dpi);
    });
    const auto own_size = [this] { sizes_->setCurrentIndex(static_cast<int>(presets.size())); };
    connect(width_, &QSpinBox::valueChanged, this, own_size);
    connect(height_, &QSpinBox::valueChanged, this, own_size);
    connect(formats_, &QButtonGroup::idToggled, this, &ExportPopover::showFormat);
    connect(save_, &QPushButton::clicked, this, &ExportPopover::save);
    connect(copy_, &QPushButton::clicked, this, &ExportPopover::copy);
    sizes_->setCurrentIndex(1);
    showFormat();
}

void ExportPopover::showFormat() {
    const bool is_png = formats_->checkedId() == 0;
    const bool is_picture = formats_->checkedId() <= 2;
    dpi_->setEnabled(is_png);
    dpi_label_->setEnabled(is_png);
    copy_->setEnabled(is_picture);
    for (QWidget* widget :
         {static_cast<QWidget*>(sizes_), static_cast<QWidget*>(width_), static_cast<QWidget*>(height_)})
        widget->setEnabled(formats_->checkedId() != 3);
    switch (formats_->checkedId()) {
    case 0:
        hint_->setText(tr("Pixels, in light colours."));
        break;
    case 3:
        hint_->setText(tr("The numbers behind the figure, every point, at full precision."));
        break;
    case 4:
        hint_->setText(tr("A pgfplots picture, with its numbers in a .dat file beside it."));
        break;
    default:
        hint_->setText(tr("Vectors and true text, in light colours."));
        break;
    }
}

void ExportPopover::open(QWidget* below, FigureSpec spec, const QString& name) {
    spec_ = std::move(spec);
    name_ = name;
    setFont(services_.theme().theme().font);
    adjustSize();
    place_popup(*this, *below, Qt::AlignRight);
    show();
    save_->setFocus();
}

FigureSpec ExportPopover::chosen() const {
    FigureSpec spec = spec_;
    spec.size = {static_cast<double>(width_->value()), static_cast<double>(height_->value()), dpi_->value()};
    return spec;
}

void ExportPopover::save() {
    const auto format_index = static_cast<std::size_t>(std::max(0, formats_->checkedId()));
    const QString ending = qtext(figure_formats()[format_index]);
    QString name = name_;
    for (QChar& c : name)
        if (!c.isLetterOrNumber() && !QStringLiteral("._-+[]()").contains(c)) c = u'_';
    const QDir folder(services_.settings().value(folder_setting, QDir::homePath()).toString());
    const FigureSpec spec = chosen();
    close();
    QString path = QFileDialog::getSaveFileName(parentWidget()->window(), tr("Export the figure"),
                                                folder.filePath(name + u'.' + ending),
                                                tr("%1 file (*.%2)").arg(ending.toUpper(), ending));
    if (path.isEmpty()) return;
    if (QFileInfo(path).suffix().isEmpty()) path += u'.' + ending;
    services_.settings().setValue(folder_setting, QFileInfo(path).absolutePath());
    services_.settings().setValue(format_setting, static_cast<int>(format_index));
    const std::filesystem::path target(utf8(path));
    services_.bridge().query<FigureReport>(
        channel_, [spec, target](Reader& reader) { return export_figure(reader, spec, target); }, this,
        [this, path](const QueryAnswer<FigureReport>& report) {
            if (report) {
                services_.showMessage(tr("Exported to %1").arg(QDir::toNativeSeparators(path)));
            } else {
                services_.showError(report.error());
            }
        });
}

void ExportPopover::copy() {
    const FigureSpec spec = chosen();
    close();
    services_.bridge().query<QImage>(
        channel_,
        [spec](Reader& reader) -> Expected<QImage> {
            ISOLOSS_TRY(const FigureContent content, load_figure(reader, spec, Theme::light()));
            return figure_image(content, spec);
        },
        this,
        [this](const QueryAnswer<QImage>& image) {
            if (image) {
                QGuiApplication::clipboard()->setImage(**image);
                services_.showMessage(tr("Copied the picture"));
            } else {
                services_.showError(image.error());
            }
        });
}

} // namespace isoloss
