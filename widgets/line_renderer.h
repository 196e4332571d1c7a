#pragma once

#include "widgets/line_raster.h"

#include <QDeadlineTimer>
#include <QObject>
#include <chrono>
#include <memory>

namespace isoloss {

/// What a picture of dense lines shows. Crosses threads: never changed once it is shared.
struct LineScene {
    QRect place;                   ///< in device pixels of the chart
    double ratio = 1;              ///< device pixels per logical pixel
    AxisTransform x, y;            ///< values to device pixels from the corner of `place`
    std::vector<RasterLine> lines; ///< later ones lie above

    bool operator==(const LineScene&) const = default;
};

struct LinePicture {
    std::shared_ptr<const LineScene> scene;
    QImage image;
    std::chrono::nanoseconds took{}; ///< to draw it
};

/// Draws pictures of lines in the global thread pool, one at a time and always the newest scene that was asked for:
/// what waits is replaced, what is under way is finished, since until the next one lands it is the best there is.
/// Window thread.
class LineRenderer : public QObject {
    Q_OBJECT

public:
    explicit LineRenderer(QObject* parent = nullptr);
    /// Does not wait: a picture under way is thrown away.
    ~LineRenderer() override;

    void request(std::shared_ptr<const LineScene> scene);

    /// Waits for the scene that was asked for last; false where the time was too short.
    bool wait(QDeadlineTimer deadline);

    /// The last finished picture, null before the first.
    std::shared_ptr<const LinePicture> newest() const;

Q_SIGNALS:
    /// newest() is another one.
    void finished();

private:
    struct Shared;
    static void work(const std::shared_ptr<Shared>& shared);

    std::shared_ptr<Shared> m_shared; ///< with the thread that draws
};

} // namespace isoloss
