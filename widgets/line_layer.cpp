#include "widgets/line_layer.h"

#include <QBackingStore>
#include <QPaintEngine>
#include <QPainter>
#include <QWidget>
#include <algorithm>
#include <cmath>

namespace isoloss {

namespace {

using namespace std::chrono_literals;

constexpr double line_opacity = 0.7;
constexpr double raw_opacity = 0.22;
constexpr double faded_opacity = 0.18;
constexpr double area_opacity = 0.18;
constexpr double faded_area_opacity = 0.06;
constexpr double dot_opacity = 0.9;
constexpr double faded_dot_opacity = 0.225;

/// How long a frame waits for its picture: while the range moves, a part of a screen's frame; where the look changes
/// longer, since nothing that could be shown meanwhile is right.
constexpr auto patience_moving = 4ms;
constexpr auto patience_restyled = 25ms;

bool paints_to_screen(const QPainter& painter, const QWidget* widget) {
    QBackingStore* const store = widget ? widget->window()->backingStore() : nullptr;
    return store && painter.paintEngine() && painter.paintEngine()->paintDevice() == store->paintDevice();
}

bool same_look(const LineScene& a, const LineScene& b) {
    return stretchable(a.x, b.x) && stretchable(a.y, b.y) &&
           std::equal(a.lines.begin(), a.lines.end(), b.lines.begin(), b.lines.end(),
                      [](const RasterLine& one, const RasterLine& other) { return one.same_look(other); });
}

/// The picture where its values lie in `scene`.
void draw_moved(QPainter& painter, const LinePicture& picture, const LineScene& scene) {
    const LineScene& from = *picture.scene;
    if (!stretchable(from.x, scene.x) || !stretchable(from.y, scene.y)) return;
    const auto move = [](const AxisTransform& before, const AxisTransform& after, double position) {
        return after.offset() + (position - before.offset()) * (after.factor() / before.factor());
    };
    const QSizeF visible(scene.place.size());
    // Only the part that can be seen: the ends of a picture may lie very far away.
    const QRectF part = QRectF(QPointF(move(scene.x, from.x, 0), move(scene.y, from.y, 0)),
                               QPointF(move(scene.x, from.x, visible.width()), move(scene.y, from.y, visible.height())))
                            .intersected(QRectF(picture.image.rect()));
    if (part.isEmpty()) return;
    QRectF target(QPointF(move(from.x, scene.x, part.left()), move(from.y, scene.y, part.top())),
                  QPointF(move(from.x, scene.x, part.right()), move(from.y, scene.y, part.bottom())));
    target.translate(scene.place.topLeft());
    const bool same_size = qFuzzyCompare(target.width(), part.width()) && qFuzzyCompare(target.height(), part.height());
    if (same_size) {
        // Whole pixels: a picture that only moves stays sharp, and is copied at once.
        const QPointF by = target.topLeft() - part.topLeft();
        painter.drawImage(QPointF(std::round(by.x()), std::round(by.y())) / scene.ratio, picture.image);
        return;
    }
    painter.drawImage(QRectF(target.topLeft() / scene.ratio, target.size() / scene.ratio), picture.image, part);
}

} // namespace

LineLayer::LineLayer(const ChartState& state, QGraphicsItem* parent, QObject* owner)
    : ChartItem(state, parent), m_renderer(owner) {
    QObject::connect(&m_renderer, &LineRenderer::finished, &m_renderer, [this] {
        if (m_renderer.newest() != m_drawn) update();
    });
}

void LineLayer::invalidate() {
    m_valid = false;
    update();
}

bool LineLayer::settled() const {
    return m_valid && (!m_wanted || (m_drawn && m_drawn->scene == m_wanted));
}

std::shared_ptr<const LineScene> LineLayer::scene(double ratio) const {
    const QRectF& plot = m_state.layout.plot;
    if ((m_state.data.lines.empty() && m_state.data.areas.empty()) || plot.width() < 2 || plot.height() < 2)
        return nullptr;
    auto scene = std::make_shared<LineScene>();
    scene->ratio = ratio;
    scene->place = device_rect(plot, ratio);
    const auto on_picture = [ratio](const ChartAxis& axis, const AxisTransform& from, double start) {
        const double low = from.position(from.range().min) * ratio - start;
        const double high = from.position(from.range().max) * ratio - start;
        ChartAxis forward = axis; // the positions already say which way the axis runs
        forward.reversed = false;
        return AxisTransform(forward, from.range(), low, high);
    };
    scene->x = on_picture(m_state.data.x, m_state.layout.x, scene->place.x());
    scene->y = on_picture(m_state.data.y, m_state.layout.y, scene->place.y());

    std::optional<AxisTransform> right;
    if (m_state.data.y2) right = on_picture(*m_state.data.y2, m_state.layout.y2, scene->place.y());
    const auto height_of = [&](YSide side) { return side == YSide::right ? right : std::nullopt; };

    const bool some = !m_state.highlighted.isEmpty();
    for (const ChartArea& area : m_state.data.areas) {
        RasterLine ink;
        ink.stretches = area.stretches;
        ink.color = area.color.rgb();
        ink.opacity = !some || m_state.highlighted.contains(area.id) ? area_opacity : faded_area_opacity;
        ink.width = 0;
        ink.area = true;
        ink.y = height_of(area.side);
        scene->lines.push_back(std::move(ink));
    }
    std::vector<RasterLine> normal, strong;
    for (const ChartLine& line : m_state.data.lines) {
        const bool chosen = some && m_state.highlighted.contains(line.id);
        RasterLine ink;
        ink.color = line.color.rgb();
        ink.y = height_of(line.side);
        ink.opacity = !some ? line_opacity : chosen ? 1 : faded_opacity;
        ink.width = line.width * ratio * (chosen ? 1.5 : 1);
        if (line.raw) {
            RasterLine faint = ink;
            faint.stretches = line.raw;
            faint.opacity *= raw_opacity / line_opacity;
            scene->lines.push_back(std::move(faint));
        }
        if (!line.curve) continue;
        ink.stretches = line.curve;
        ink.dash = line.dash;
        ink.dot_opacity = !some ? dot_opacity : chosen ? 1 : faded_dot_opacity;
        (chosen ? strong : normal).push_back(std::move(ink));
    }
    std::move(normal.begin(), normal.end(), std::back_inserter(scene->lines));
    std::move(strong.begin(), strong.end(), std::back_inserter(scene->lines));
    return scene;
}

void LineLayer::prepare(double ratio) {
    if (m_valid && (!m_wanted || m_wanted->ratio == ratio)) return;
    std::shared_ptr<const LineScene> wanted = scene(ratio);
    m_valid = true;
    if (wanted && m_wanted && *wanted == *m_wanted) return;
    m_wanted = std::move(wanted);
    if (m_wanted)
        m_renderer.request(m_wanted);
    else
        m_drawn.reset();
}

std::chrono::nanoseconds LineLayer::patience() const {
    if (!m_drawn || !same_look(*m_drawn->scene, *m_wanted)) return patience_restyled;
    // Curves that take longer would be waited for in vain.
    return m_drawn->took < patience_moving ? patience_moving : 0ns;
}

void LineLayer::paint(QPainter* painter, const QStyleOptionGraphicsItem*, QWidget* widget) {
    prepare(device_ratio(*painter));
    if (!m_wanted) return;
    m_renderer.wait(paints_to_screen(*painter, widget) ? QDeadlineTimer(patience())
                                                       : QDeadlineTimer(QDeadlineTimer::Forever));
    m_drawn = m_renderer.newest();
    if (!m_drawn) return;
    if (m_drawn->scene == m_wanted) {
        draw_at_device_pixels(*painter, m_drawn->image, m_state.layout.plot, m_wanted->ratio);
        return;
    }
    painter->save();
    painter->setRenderHint(QPainter::SmoothPixmapTransform); // thin lines must not fall between the pixels
    painter->setClipRect(m_state.layout.plot);
    draw_moved(*painter, *m_drawn, *m_wanted);
    painter->restore();
}

} // namespace isoloss
