#pragma once

#include "widgets/line_raster.h"

#include <QDeadlineTimer>
#include <QObject>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>

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

/// Draws pictures of lines on threads of its own (Qt's painting waits for the global pool), one at a time and always
/// the newest scene that was asked for: what waits is replaced, what is under way is finished, since until the next one
/// lands it is the best there is. Window thread.
class LineRenderer : public QObject {
    Q_OBJECT

public:
    explicit LineRenderer(QObject* parent = nullptr);
    /// A picture under way is given up.
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
    void work();

    mutable std::mutex m_mutex; ///< of what follows
    std::condition_variable m_idle;
    std::shared_ptr<const LineScene> m_wanted; ///< not begun yet
    std::shared_ptr<const LinePicture> m_newest;
    bool m_working = false;

    std::stop_source m_stop;
    QThreadPool* m_threads;
};

} // namespace isoloss
