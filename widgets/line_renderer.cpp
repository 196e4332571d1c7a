#include "widgets/line_renderer.h"

#include "widgets/chart_painter.h"

#include <QPainter>
#include <QThreadPool>
#include <condition_variable>
#include <mutex>

namespace isoloss {

struct LineRenderer::Shared {
    std::mutex mutex;
    std::condition_variable landed;
    std::shared_ptr<const LineScene> wanted; ///< not begun yet
    std::shared_ptr<const LinePicture> newest;
    bool working = false;
    LineRenderer* owner = nullptr; ///< null once it is gone
};

namespace {

QImage draw(const LineScene& scene) {
    QImage image = draw_lines(scene.place.size(), scene.x, scene.y, scene.lines);
    QPainter painter(&image);
    for (const RasterLine& line : scene.lines) {
        if (line.dot_opacity == 0) continue;
        QColor color(line.color);
        color.setAlphaF(static_cast<float>(line.dot_opacity));
        draw_lone_points(painter, *line.stretches, scene.x, line.y ? *line.y : scene.y, QRectF(image.rect()), color,
                         scene.ratio);
    }
    return image;
}

} // namespace

LineRenderer::LineRenderer(QObject* parent) : QObject(parent), m_shared(std::make_shared<Shared>()) {
    m_shared->owner = this;
}

LineRenderer::~LineRenderer() {
    const std::lock_guard lock(m_shared->mutex);
    m_shared->owner = nullptr;
    m_shared->wanted.reset();
}

void LineRenderer::request(std::shared_ptr<const LineScene> scene) {
    const std::lock_guard lock(m_shared->mutex);
    m_shared->wanted = std::move(scene);
    if (m_shared->working) return;
    m_shared->working = true;
    QThreadPool::globalInstance()->start([shared = m_shared] { work(shared); });
}

bool LineRenderer::wait(QDeadlineTimer deadline) {
    std::unique_lock lock(m_shared->mutex);
    const auto idle = [this] { return !m_shared->working; };
    if (deadline.isForever()) {
        m_shared->landed.wait(lock, idle);
        return true;
    }
    return m_shared->landed.wait_for(lock, std::chrono::nanoseconds(deadline.remainingTimeNSecs()), idle);
}

std::shared_ptr<const LinePicture> LineRenderer::newest() const {
    const std::lock_guard lock(m_shared->mutex);
    return m_shared->newest;
}

void LineRenderer::work(const std::shared_ptr<Shared>& shared) {
    std::unique_lock lock(shared->mutex);
    while (const std::shared_ptr<const LineScene> scene = std::exchange(shared->wanted, nullptr)) {
        lock.unlock();
        const auto begin = std::chrono::steady_clock::now();
        QImage image = draw(*scene);
        auto picture = std::make_shared<const LinePicture>(
            LinePicture{scene, std::move(image), std::chrono::steady_clock::now() - begin});
        lock.lock();
        shared->newest = std::move(picture);
        if (shared->owner)
            QMetaObject::invokeMethod(
                shared->owner, [owner = shared->owner] { Q_EMIT owner->finished(); }, Qt::QueuedConnection);
    }
    shared->working = false;
    shared->landed.notify_all();
}

} // namespace isoloss
