#include "widgets/chart_view.h"
#include "widgets/line_renderer.h"

#include <QApplication>
#include <QBackingStore>
#include <QSemaphore>
#include <QSignalSpy>
#include <QTest>
#include <QThreadPool>
#include <cmath>

using namespace isoloss;

namespace {

/// Takes all threads that the pictures of an object are drawn on.
class BusyThreads {
public:
    explicit BusyThreads(QObject& owner)
        : m_pool(owner.findChild<QThreadPool*>()), m_threads(m_pool->maxThreadCount()) {
        for (int i = 0; i < m_threads; ++i)
            m_pool->start([this] {
                m_running.release();
                m_end.acquire();
            });
        m_running.acquire(m_threads);
    }

    ~BusyThreads() { end(); }

    void end() {
        m_end.release(m_threads);
        if (m_threads > 0) m_pool->waitForDone();
        m_threads = 0;
    }

private:
    QSemaphore m_running, m_end;
    QThreadPool* m_pool;
    int m_threads;
};

LineStretches flat_line(double y) {
    LineStretch stretch;
    for (int i = 0; i <= 1000; ++i) {
        stretch.x_first.push_back(i);
        stretch.x_last.push_back(i);
        for (auto* column : {&stretch.min, &stretch.max, &stretch.first, &stretch.last})
            column->push_back(static_cast<float>(i == 500 ? y + 1 : y)); // a peak to be recognised by
    }
    return std::make_shared<const std::vector<LineStretch>>(1, stretch);
}

ChartData chart(AxisScale x_scale = AxisScale::linear) {
    ChartData data;
    data.x.scale = x_scale;
    data.x.fixed = x_scale == AxisScale::log ? AxisRange{10, 1000} : AxisRange{0, 1000};
    data.y.fixed = AxisRange{0, 4};
    ChartLine line;
    line.id = 1;
    line.color = Qt::red;
    line.curve = flat_line(1);
    data.lines = {line};
    return data;
}

/// The picture that is on the screen, as it was painted last.
QImage screen(ChartView& view) {
    view.viewport()->repaint();
    const auto* store = view.window()->backingStore();
    return *static_cast<QImage*>(const_cast<QBackingStore*>(store)->paintDevice());
}

bool reddish(const QImage& image, QPointF at) {
    for (int x = -2; x <= 2; ++x)
        for (int y = -2; y <= 2; ++y) {
            const QColor color = image.pixelColor(at.toPoint() + QPoint(x, y));
            if (color.red() > color.green() + 60) return true;
        }
    return false;
}

} // namespace

class LineLayerTest : public QObject {
    Q_OBJECT

    std::unique_ptr<ChartView> m_view;

    void show(AxisScale x_scale = AxisScale::linear) {
        m_view = std::make_unique<ChartView>();
        m_view->resize(800, 500);
        m_view->setData(chart(x_scale));
        m_view->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_view.get()));
        QTRY_VERIFY(m_view->isSettled());
    }

private Q_SLOTS:

    void cleanup() { m_view.reset(); }

    void the_last_picture_moves_until_the_new_one_lands_data() {
        QTest::addColumn<AxisScale>("scale");
        QTest::addColumn<ChartRange>("range");
        QTest::newRow("pan") << AxisScale::linear << ChartRange{{200, 1200}, {0, 4}};
        QTest::newRow("pan up") << AxisScale::linear << ChartRange{{0, 1000}, {-1, 3}};
        QTest::newRow("zoom in") << AxisScale::linear << ChartRange{{400, 600}, {0.5, 2.5}};
        QTest::newRow("zoom far in") << AxisScale::linear << ChartRange{{499, 501}, {1.8, 2.2}};
        QTest::newRow("zoom out") << AxisScale::linear << ChartRange{{-125, 1125}, {-0.5, 4.5}};
        QTest::newRow("zoom a logarithmic axis") << AxisScale::log << ChartRange{{100, 3000}, {0, 4}};
    }

    void the_last_picture_moves_until_the_new_one_lands() {
        QFETCH(AxisScale, scale);
        QFETCH(ChartRange, range);
        show(scale);
        BusyThreads busy(*m_view);
        m_view->setRange(range);
        const QImage meanwhile = screen(*m_view);
        QVERIFY(!m_view->isSettled());
        // The peak lies where its value now belongs, though nothing was drawn anew.
        QVERIFY(reddish(meanwhile, m_view->toWidget({500, 2})));
        busy.end();
        QTRY_VERIFY(m_view->isSettled());
        QVERIFY(reddish(screen(*m_view), m_view->toWidget({500, 2})));
    }

    void a_resize_stretches_the_last_picture() {
        show();
        BusyThreads busy(*m_view);
        m_view->resize(600, 300);
        QVERIFY(reddish(screen(*m_view), m_view->toWidget({500, 2})));
        QVERIFY(!m_view->isSettled());
    }

    void the_newest_picture_always_lands() {
        show();
        {
            BusyThreads busy(*m_view);
            for (int i = 1; i <= 50; ++i) {
                m_view->setRange({{i * 5.0, 1000 + i * 5.0}, {0, 4}});
                screen(*m_view);
            }
        }
        QTRY_VERIFY(m_view->isSettled());
        QVERIFY(reddish(screen(*m_view), m_view->toWidget({500, 2})));
        QCOMPARE(m_view->range().x, (AxisRange{250, 1250}));
    }

    void a_picture_of_another_scale_is_not_shown() {
        show();
        BusyThreads busy(*m_view);
        m_view->setAxisScale(Qt::Horizontal, AxisScale::log);
        QVERIFY(!reddish(screen(*m_view), m_view->toWidget({500, 2})));
    }

    /// What is painted elsewhere than on the screen is finished, at once.
    void a_grab_is_finished() {
        show();
        m_view->setRange({{400, 600}, {0.5, 2.5}});
        const QImage grabbed = m_view->grab().toImage();
        QVERIFY(m_view->isSettled());
        QVERIFY(reddish(grabbed, m_view->toWidget({500, 2}) * grabbed.devicePixelRatio()));
    }

    void hidden_changes_cost_nothing() {
        show();
        screen(*m_view);
        m_view->setLinkedCursor(300);
        screen(*m_view);
        QVERIFY(m_view->isSettled()); // the lines did not change: no new picture was begun
    }

    void only_the_newest_scene_is_drawn() {
        LineRenderer renderer;
        QSignalSpy finished(&renderer, &LineRenderer::finished);
        std::shared_ptr<LineScene> last;
        {
            BusyThreads busy(renderer);
            for (int i = 0; i < 20; ++i) {
                last = std::make_shared<LineScene>();
                last->place = QRect(0, 0, 50 + i, 40);
                renderer.request(last);
            }
            QVERIFY(!renderer.wait(QDeadlineTimer(1)));
            QVERIFY(!renderer.newest());
        }
        QVERIFY(renderer.wait(QDeadlineTimer(QDeadlineTimer::Forever)));
        QCOMPARE(renderer.newest()->scene.get(), last.get());
        QCOMPARE(renderer.newest()->image.size(), QSize(69, 40));
        QTRY_COMPARE(finished.size(), 1);
    }

    /// Its picture is given up, not waited for: this one would take minutes, and the test's time be over.
    void a_renderer_may_go_before_its_picture_lands() {
        auto scene = std::make_shared<LineScene>();
        scene->place = QRect(0, 0, 2000, 2000);
        scene->x = AxisTransform({}, {0, 1000}, 0, 2000);
        scene->y = AxisTransform({}, {0, 4}, 2000, 0);
        scene->lines.resize(100'000);
        const LineStretches flat = flat_line(1);
        for (RasterLine& line : scene->lines)
            line.stretches = flat;
        LineRenderer renderer;
        renderer.request(std::move(scene));
        QVERIFY(!renderer.wait(QDeadlineTimer(20)));
    }
};

QTEST_MAIN(LineLayerTest)
#include "tst_line_layer.moc"
