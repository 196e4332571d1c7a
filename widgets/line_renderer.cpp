#include "widgets/line_renderer.h"

#include "widgets/chart_painter.h"

#include <QPainter>
#include <QThread>
#include <QThreadPool>
#include <algorithm>

namespace isoloss {

namespace {

constexpr int most_threads = 8;

QImage draw(const LineScene& scene, QThreadPool* helpers, const std::stop_token& stop) {
    QImage image = draw_lines(scene.place.size(), scene.x, scene.y, scene.lines, helpers, stop);
    if (image.isNull()) return image;
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

LineRenderer::LineRenderer(QObject* parent) : QObject(parent), m_threads(new QThreadPool(this)) {
    m_threads->setMaxThreadCount(std::min(QThread::idealThreadCount(), most_threads));
}

LineRenderer::~LineRenderer() {
    m_stop.request_stop();
    m_threads->waitForDone();
}

void LineRenderer::request(std::shared_ptr<const LineScene> scene) {
    const std::lock_guard lock(m_mutex);
    m_wanted = std::move(scene);
    if (m_working) return;
    m_working = true;
    m_threads->start([this] { work(); });
}

bool LineRenderer::wait(QDeadlineTimer deadline) {
    std::unique_lock lock(m_mutex);
    const auto idle = [this] { return !m_working; };
    if (deadline.isForever()) {
        m_idle.wait(lock, idle);
        return true;
    }
    return m_idle.wait_for(lock, std::chrono::nanoseconds(deadline.remainingTimeNSecs()), idle);
}

std::shared_ptr<const LinePicture> LineRenderer::newest() const {
    const std::lock_guard lock(m_mutex);
    return m_newest;
}

void LineRenderer::work() {
    std::unique_lock lock(m_mutex);
    while (const std::shared_ptr<const LineScene> scene = std::exchange(m_wanted, nullptr)) {
        lock.unlock();
        const auto begin = std::chrono::steady_clock::now();
        QImage image = draw(*scene, m_threads, m_stop.get_token());
        const auto took = std::chrono::steady_clock::now() - begin;
        if (m_stop.stop_requested()) return;
        auto picture = std::make_shared<const LinePicture>(LinePicture{scene, std::move(image), took});
        lock.lock();
        m_newest = std::move(picture);
        QMetaObject::invokeMethod(this, &LineRenderer::finished, Qt::QueuedConnection);
    }
    m_working = false;
    m_idle.notify_all();
}

} // namespace isoloss
