#pragma once

#include "engine/base/error.h"
#include "ui/figures/figure_content.h"
#include "ui/figures/figure_spec.h"

#include <QByteArray>
#include <QImage>

namespace isoloss {

/// The figure at its size and dpi, with the recipe as a text chunk.
QImage figure_image(const FigureContent& content, const FigureSpec& spec);

/// The bytes of a PNG, SVG or PDF file with the recipe inside: a text chunk, <metadata>, XMP.
QByteArray figure_png(const FigureContent& content, const FigureSpec& spec);
QByteArray figure_svg(const FigureContent& content, const FigureSpec& spec);
QByteArray figure_pdf(const FigureContent& content, const FigureSpec& spec);

/// The recipe inside the bytes of such a file; an error when there is none.
Expected<FigureSpec> embedded_recipe(const QByteArray& bytes, std::string_view file);

} // namespace isoloss
