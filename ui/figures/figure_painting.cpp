#include "ui/figures/figure_painting.h"

#include "ui/figures/value_text.h"
#include "widgets/chart_figure.h"

#include <QBuffer>
#include <QImageReader>
#include <QPageSize>
#include <QPainter>
#include <QPdfWriter>
#include <QSvgGenerator>
#include <QXmlStreamReader>
#include <algorithm>
#include <cmath>

namespace isoloss {
namespace {

constexpr double millimetres_per_inch = 25.4;
constexpr double points_per_inch = 72;
constexpr int pdf_resolution = 1200;
constexpr double gutter_pt = 8; ///< between charts of one figure

const QString recipe_key = QStringLiteral("isoloss-recipe");
const QByteArray pdf_begin = "<isoloss:recipe>";
const QByteArray pdf_end = "</isoloss:recipe>";

QSizeF millimetres(const FigureSpec& spec) {
    return {spec.size.width_mm, spec.size.height_mm};
}

QString figure_title(const FigureContent& content, const FigureSpec& spec) {
    if (!spec.title.empty()) return qtext(spec.title);
    if (spec.kind == FigureKind::scatter) return qtext(spec.y + " against " + spec.x);
    return content.charts.front().title;
}

/// One column of type takes 7 pt, two columns 8 pt, a slide what can be read from the last row.
FigureOptions options_for(const FigureSpec& spec, bool has_title) {
    FigureOptions options;
    options.font_pt = std::clamp(5.2 + spec.size.width_mm / 62, 6.5, 14.0);
    if (spec.size.width_mm > 220) options.font_pt = 14;
    options.line_pt = options.font_pt / 10;
    options.title = has_title;
    return options;
}

/// Lays the charts out in a grid; the painter's unit is one point.
void paint(QPainter& painter, const FigureContent& content, const FigureSpec& spec) {
    const QSizeF whole = figure_points(millimetres(spec));
    const auto count = static_cast<int>(content.charts.size());
    const int columns = static_cast<int>(std::ceil(std::sqrt(static_cast<double>(count))));
    const int rows = (count + columns - 1) / columns;
    const QSizeF cell((whole.width() - gutter_pt * (columns - 1)) / columns,
                      (whole.height() - gutter_pt * (rows - 1)) / rows);
    const FigureOptions options = options_for(spec, spec.kind == FigureKind::curves || !spec.title.empty());
    for (int i = 0; i < count; ++i) {
        const ChartData& chart = content.charts[static_cast<std::size_t>(i)];
        ChartRange range = data_range(chart);
        if (chart.x.fixed) range.x = *chart.x.fixed;
        if (chart.y.fixed) range.y = *chart.y.fixed;
        painter.save();
        painter.translate((i % columns) * (cell.width() + gutter_pt), (i / columns) * (cell.height() + gutter_pt));
        paint_figure(painter, cell, chart, range, options);
        painter.restore();
    }
}

QByteArray number(double value) {
    return QByteArray::number(value, 'f', 3);
}

} // namespace

QImage figure_image(const FigureContent& content, const FigureSpec& spec) {
    const double scale = spec.size.dpi / millimetres_per_inch;
    QImage image(static_cast<int>(std::lround(spec.size.width_mm * scale)),
                 static_cast<int>(std::lround(spec.size.height_mm * scale)), QImage::Format_ARGB32_Premultiplied);
    if (image.isNull()) return image;
    image.fill(Qt::white);
    image.setDotsPerMeterX(static_cast<int>(std::lround(scale * 1000)));
    image.setDotsPerMeterY(image.dotsPerMeterX());
    image.setText(recipe_key, qtext(recipe_json(spec)));
    QPainter painter(&image);
    painter.setRenderHints(QPainter::Antialiasing | QPainter::TextAntialiasing);
    painter.scale(spec.size.dpi / points_per_inch, spec.size.dpi / points_per_inch);
    paint(painter, content, spec);
    return image;
}

QByteArray figure_png(const FigureContent& content, const FigureSpec& spec) {
    QBuffer buffer;
    buffer.open(QIODevice::WriteOnly);
    figure_image(content, spec).convertToFormat(QImage::Format_RGB32).save(&buffer, "PNG");
    return buffer.data();
}

QByteArray figure_svg(const FigureContent& content, const FigureSpec& spec) {
    const QSizeF points = figure_points(millimetres(spec));
    QBuffer buffer;
    QSvgGenerator generator;
    generator.setOutputDevice(&buffer);
    generator.setResolution(static_cast<int>(points_per_inch));
    generator.setSize(points.toSize());
    generator.setViewBox(QRectF(QPointF(0, 0), points));
    generator.setTitle(figure_title(content, spec));
    generator.setDescription(QStringLiteral("Drawn by Isoloss"));
    QPainter painter(&generator);
    paint(painter, content, spec);
    painter.end();

    // QSvgGenerator rounds the size to whole points and has no place for metadata.
    QByteArray svg = buffer.data();
    const auto replace_attribute = [&](const QByteArray& name, double value) {
        const qsizetype begin = svg.indexOf(name + "=\"");
        const qsizetype end = begin < 0 ? -1 : svg.indexOf('"', begin + name.size() + 2);
        if (end > 0) svg.replace(begin, end + 1 - begin, name + "=\"" + number(value) + "mm\"");
    };
    replace_attribute("width", spec.size.width_mm);
    replace_attribute("height", spec.size.height_mm);
    const QByteArray metadata = "<metadata id=\"" + recipe_key.toLatin1() + "\">" +
                                qtext(recipe_json(spec)).toHtmlEscaped().toUtf8() + "</metadata>\n";
    const qsizetype defs = svg.indexOf("<defs>");
    svg.insert(defs < 0 ? svg.lastIndexOf("</svg>") : defs, metadata);
    return svg;
}

QByteArray figure_pdf(const FigureContent& content, const FigureSpec& spec) {
    QBuffer buffer;
    buffer.open(QIODevice::WriteOnly);
    QPdfWriter writer(&buffer);
    writer.setTitle(figure_title(content, spec));
    writer.setCreator(QStringLiteral("Isoloss"));
    writer.setResolution(pdf_resolution);
    writer.setPageSize(QPageSize(millimetres(spec), QPageSize::Millimeter, {}, QPageSize::ExactMatch));
    writer.setPageMargins({});
    const QByteArray recipe = QByteArray::fromStdString(recipe_json(spec)).toBase64();
    writer.setDocumentXmpMetadata("<?xpacket begin=\"\xEF\xBB\xBF\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n"
                                  "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\n"
                                  "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\n"
                                  "<rdf:Description rdf:about=\"\" xmlns:isoloss=\"urn:isoloss:figure\">\n" +
                                  pdf_begin + recipe + pdf_end +
                                  "\n</rdf:Description>\n</rdf:RDF>\n</x:xmpmeta>\n<?xpacket end=\"w\"?>\n");
    QPainter painter(&writer);
    painter.scale(pdf_resolution / points_per_inch, pdf_resolution / points_per_inch);
    paint(painter, content, spec);
    painter.end();
    return buffer.data();
}

Expected<FigureSpec> embedded_recipe(const QByteArray& bytes, std::string_view file) {
    QString recipe;
    if (bytes.startsWith("\x89PNG")) {
        QBuffer buffer;
        buffer.setData(bytes);
        buffer.open(QIODevice::ReadOnly);
        recipe = QImageReader(&buffer, "png").text(recipe_key);
    } else if (bytes.startsWith("%PDF")) {
        const qsizetype begin = bytes.indexOf(pdf_begin);
        const qsizetype end = begin < 0 ? -1 : bytes.indexOf(pdf_end, begin);
        if (end > 0) {
            const qsizetype start = begin + pdf_begin.size();
            recipe = QString::fromUtf8(QByteArray::fromBase64(bytes.mid(start, end - start)));
        }
    } else {
        QXmlStreamReader xml(bytes);
        while (!xml.atEnd() && recipe.isEmpty()) {
            if (xml.readNext() == QXmlStreamReader::StartElement && xml.name() == u"metadata" &&
                xml.attributes().value(QStringLiteral("id")) == recipe_key)
                recipe = xml.readElementText();
        }
    }
    if (recipe.isEmpty()) {
        return fail(Error{ErrorKind::not_found,
                          std::string(file),
                          {},
                          "holds no recipe of a figure",
                          "Give a file that Isoloss exported"});
    }
    return parse_recipe(utf8(recipe), file);
}

} // namespace isoloss
