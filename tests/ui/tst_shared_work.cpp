#include "tests/support/project_fixture.h"
#include "ui/figures/shared_work.h"

#include <QTest>
#include <atomic>
#include <future>
#include <thread>
#include <vector>

using namespace isoloss;
using namespace isoloss::test;

/// Parts of one query that several threads do.
class TestSharedWork : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void everyPartIsDoneOnce_data() {
        QTest::addColumn<int>("helpers");
        QTest::newRow("nobody to ask") << -1;
        QTest::newRow("nobody comes") << 0;
        QTest::newRow("one helper") << 1;
        QTest::newRow("more helpers than parts") << 40;
    }

    void everyPartIsDoneOnce() {
        QFETCH(int, helpers);
        ProjectFixture fixture;
        const auto reader = fixture.reader();
        std::vector<std::thread> threads;
        AskForHelp ask;
        if (helpers >= 0)
            ask = [&](const std::function<void(Reader&)>& help) {
                for (int i = 0; i < helpers; ++i)
                    threads.emplace_back([&fixture, help] { help(*fixture.reader()); });
            };
        std::vector<std::atomic<int>> done(32);
        share_work(done.size(), *reader, ask, [&](std::size_t i, Reader&) { ++done[i]; });
        for (const auto& count : done)
            QCOMPARE(count.load(), 1);
        for (std::thread& thread : threads)
            thread.join();
        for (const auto& count : done)
            QCOMPARE(count.load(), 1);
    }

    void aHelperDoesItsPartWithItsOwnReader() {
        ProjectFixture fixture;
        const auto reader = fixture.reader(), helpers = fixture.reader();
        std::thread thread;
        std::promise<void> begun, helped;
        std::future<void> has_begun = begun.get_future(), has_helped = helped.get_future();
        const AskForHelp ask = [&](const std::function<void(Reader&)>& help) {
            thread = std::thread([&, help] {
                has_begun.wait(); // one part is the caller's
                help(*helpers);
            });
        };
        const auto caller = std::this_thread::get_id();
        std::atomic<int> by_helper = 0;
        share_work(2, *reader, ask, [&](std::size_t, Reader& own) {
            if (std::this_thread::get_id() == caller) {
                begun.set_value();
                has_helped.wait(); // the other part is the helper's
                return;
            }
            by_helper += &own == helpers.get() ? 1 : 0;
            helped.set_value();
        });
        thread.join();
        QCOMPARE(by_helper.load(), 1);
    }

    void whoComesTooLateDoesNothing() {
        ProjectFixture fixture;
        const auto reader = fixture.reader();
        std::function<void(Reader&)> late;
        {
            std::vector<int> done(3);
            share_work(
                done.size(), *reader, [&](const std::function<void(Reader&)>& help) { late = help; },
                [&](std::size_t i, Reader&) { ++done[i]; });
            QCOMPARE(done, std::vector<int>(3, 1));
        }
        late(*reader); // the parts are gone
    }

    void whatAPartThrowsIsThrown() {
        ProjectFixture fixture;
        const auto reader = fixture.reader();
        int begun = 0;
        const auto part = [&](std::size_t i, Reader&) {
            ++begun;
            if (i == 1) throw std::runtime_error("part 1");
        };
        QVERIFY_THROWS_EXCEPTION(std::runtime_error, share_work(4, *reader, {}, part));
        QCOMPARE(begun, 2);
    }
};

QTEST_APPLESS_MAIN(TestSharedWork)
#include "tst_shared_work.moc"
