#include "ui/figure_export.h"

#include "engine/base/file.h"
#include "ui/figures/figure_painting.h"
#include "ui/figures/figure_tables.h"

#include <QSaveFile>
#include <algorithm>

namespace isoloss {
namespace {

constexpr std::uint64_t recipe_file_cap = 256ull << 20;

std::string ending_of(const std::filesystem::path& path) {
    std::string ending = path.extension().string();
    if (!ending.empty()) ending.erase(0, 1);
    std::transform(ending.begin(), ending.end(), ending.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return ending;
}

Expected<void> save(const std::filesystem::path& path, const QByteArray& bytes) {
    QSaveFile file(QString::fromStdString(path_text(path)));
    if (file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size() && file.commit()) return {};
    return fail(Error{ErrorKind::io,
                      path_text(path),
                      {},
                      "cannot be written: " + file.errorString().toStdString(),
                      "Choose a folder that you may write to and that has space"});
}

Expected<void> save(const std::filesystem::path& path, const std::string& text) {
    return save(path, QByteArray::fromStdString(text));
}

Expected<FigureReport> export_picture(Reader& reader, const FigureSpec& spec, const std::filesystem::path& path,
                                      QByteArray (*draw)(const FigureContent&, const FigureSpec&)) {
    ISOLOSS_TRY(const FigureContent content, load_figure(reader, spec, Theme::light()));
    const QByteArray bytes = draw(content, spec);
    if (bytes.isEmpty()) {
        return fail(ErrorKind::limit, "The picture is too large for the memory", "Choose a smaller size or dpi");
    }
    ISOLOSS_TRY_VOID(save(path, bytes));
    return FigureReport{content.marks, content.remarks};
}

Expected<FigureReport> export_csv(Reader& reader, const FigureSpec& spec, const std::filesystem::path& path) {
    ISOLOSS_TRY(const FigureTable table, figure_csv(reader, spec));
    ISOLOSS_TRY_VOID(save(path, table.text));
    return FigureReport{table.rows, table.remarks};
}

Expected<FigureReport> export_pgfplots(Reader& reader, const FigureSpec& spec, const std::filesystem::path& path) {
    std::filesystem::path data_path = path;
    data_path.replace_extension(".dat");
    ISOLOSS_TRY(const PgfplotsFigure figure, figure_pgfplots(reader, spec, data_path.filename().string()));
    ISOLOSS_TRY_VOID(save(data_path, figure.data));
    ISOLOSS_TRY_VOID(save(path, figure.tex));
    return FigureReport{figure.rows, figure.remarks};
}

} // namespace

const std::vector<std::string>& figure_formats() {
    static const std::vector<std::string> formats{"png", "svg", "pdf", "csv", "tex"};
    return formats;
}

Expected<FigureReport> export_figure(Reader& reader, const FigureSpec& spec, const std::filesystem::path& path) {
    const std::string ending = ending_of(path);
    if (ending == "png") return export_picture(reader, spec, path, figure_png);
    if (ending == "svg") return export_picture(reader, spec, path, figure_svg);
    if (ending == "pdf") return export_picture(reader, spec, path, figure_pdf);
    if (ending == "csv") return export_csv(reader, spec, path);
    if (ending == "tex") return export_pgfplots(reader, spec, path);
    return fail(Error{ErrorKind::usage,
                      path_text(path),
                      {},
                      ending.empty() ? "has no ending that says the format"
                                     : "has the ending ." + ending + ", which is no format of a figure",
                      "Use .png, .svg, .pdf, .csv or .tex"});
}

Expected<FigureSpec> read_recipe(const std::filesystem::path& path) {
    ISOLOSS_TRY(const std::string bytes, read_text_file(path, recipe_file_cap));
    const std::string ending = ending_of(path);
    const std::string file = path_text(path);
    if (ending == "csv") return recipe_of_csv(bytes, file);
    if (ending == "json") return parse_recipe(bytes, file);
    return embedded_recipe(QByteArray::fromStdString(bytes), file);
}

} // namespace isoloss
