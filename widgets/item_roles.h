#pragma once

#include <QtGlobal>
#include <qnamespace.h>

namespace isoloss {

/// What the delegates of this room read from a model besides the usual roles.
enum ItemRole : int {
    SwatchRole = Qt::UserRole + 0x100, ///< QColor of the swatch
    DashRole,                          ///< QList<qreal>: a piece of line, as a curve is drawn, instead of the square
    MarkerRole,                        ///< int(Marker): drawn instead of the square
    HeatRole,                          ///< double in −1..1, see Theme::heat()
    ProgressRole,                      ///< double in 0..1; invalid: nothing is drawn; NaN: an empty bar
    MutedRole,                         ///< bool: text in the muted colour
    LiveRole,                          ///< bool: a dot behind the text: it is being written
    TailRole,                          ///< end of the text that stays whole where the text is too long
    BriefRole,                         ///< QString: shown where the text is too long
};

} // namespace isoloss
