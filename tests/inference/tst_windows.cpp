#include "engine/inference/windows.h"

#include <QTest>
#include <numeric>

using namespace isoloss;

namespace {

std::vector<std::int32_t> counting(int length) {
    std::vector<std::int32_t> tokens(static_cast<std::size_t>(length));
    std::iota(tokens.begin(), tokens.end(), 1);
    return tokens;
}

/// "context|scored" of every window.
QStringList described(const WindowPlan& plan) {
    const auto joined = [](const std::vector<std::int32_t>& tokens) {
        QStringList words;
        for (const std::int32_t token : tokens)
            words << QString::number(token);
        return words.join(QLatin1Char(' '));
    };
    QStringList windows;
    for (const ScoringItem& item : plan.items)
        windows << joined(item.context) + QLatin1Char('|') + joined(item.continuations.at(0));
    return windows;
}

} // namespace

class WindowsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void windows_data() {
        QTest::addColumn<int>("tokens");
        QTest::addColumn<int>("length");
        QTest::addColumn<int>("stride");
        QTest::addColumn<int>("bos");
        QTest::addColumn<QStringList>("expected");
        QTest::addColumn<int>("skipped");
        using List = QStringList;
        QTest::newRow("empty") << 0 << 4 << 0 << -1 << List{} << 0;
        QTest::newRow("empty with bos") << 0 << 4 << 0 << 0 << List{} << 0;
        QTest::newRow("one token has no context") << 1 << 4 << 0 << -1 << List{} << 1;
        QTest::newRow("one token after bos") << 1 << 4 << 0 << 0 << List{"0|1"} << 0;
        QTest::newRow("shorter than the window") << 3 << 8 << 0 << -1 << List{"1|2 3"} << 1;
        QTest::newRow("disjoint") << 8 << 4 << 0 << -1 << List{"1|2 3 4", "4|5 6 7", "7|8"} << 1;
        QTest::newRow("disjoint with bos") << 8 << 4 << 0 << 0 << List{"0|1 2 3", "0|4 5 6", "0|7 8"} << 0;
        QTest::newRow("stride of a window is disjoint") << 8 << 4 << 4 << 0 << List{"0|1 2 3", "0|4 5 6", "0|7 8"} << 0;
        QTest::newRow("overlap") << 7 << 5 << 2 << -1 << List{"1|2 3 4 5", "3 4 5|6 7"} << 1;
        QTest::newRow("overlap with bos") << 7 << 5 << 2 << 0 << List{"0|1 2 3 4", "0 3 4|5 6", "0 5 6|7"} << 0;
        QTest::newRow("stride one") << 4 << 3 << 1 << 0 << List{"0|1 2", "0 2|3", "0 3|4"} << 0;
        QTest::newRow("shortest window") << 3 << 2 << 0 << -1 << List{"1|2", "2|3"} << 1;
    }

    void windows() {
        QFETCH(int, tokens);
        QFETCH(int, length);
        QFETCH(int, stride);
        QFETCH(int, bos);
        QFETCH(QStringList, expected);
        QFETCH(int, skipped);
        WindowOptions options{.max_length = length, .stride = stride, .bos = {}};
        if (bos >= 0) options.bos = bos;
        const auto plan = plan_windows(counting(tokens), options);
        QVERIFY(plan);
        QCOMPARE(described(*plan), expected);
        QCOMPARE(plan->skipped, skipped);
        QCOMPARE(plan->scored, tokens - skipped);
    }

    void every_token_is_scored_once() {
        for (int tokens = 0; tokens <= 40; ++tokens)
            for (int length = 2; length <= 12; ++length)
                for (int stride = 0; stride <= length + 1; ++stride)
                    for (const bool with_bos : {false, true}) {
                        const auto document = counting(tokens);
                        WindowOptions options{.max_length = length, .stride = stride, .bos = {}};
                        if (with_bos) options.bos = 0;
                        const auto plan = plan_windows(document, options);
                        QVERIFY(plan);
                        std::vector<std::int32_t> scored;
                        for (const ScoringItem& item : plan->items) {
                            const auto& continuation = item.continuations.at(0);
                            QVERIFY(!item.context.empty() && !continuation.empty());
                            QVERIFY(static_cast<int>(item.context.size() + continuation.size()) <= length);
                            QCOMPARE(item.context.front() == 0, with_bos);
                            // The context is what stands directly before the scored tokens.
                            const std::int32_t before = continuation.front() - 1;
                            QVERIFY(item.context.back() == before || (with_bos && item.context.size() == 1));
                            scored.insert(scored.end(), continuation.begin(), continuation.end());
                        }
                        const auto skip = static_cast<std::ptrdiff_t>(plan->skipped);
                        QCOMPARE(scored, std::vector(document.begin() + skip, document.end()));
                    }
    }

    void refuses_what_has_no_meaning() {
        const auto short_window = plan_windows(counting(3), {.max_length = 1, .stride = 0, .bos = {}});
        QVERIFY(!short_window && short_window.error().kind == ErrorKind::usage);
        const auto negative = plan_windows(counting(3), {.max_length = 4, .stride = -1, .bos = {}});
        QVERIFY(!negative && negative.error().kind == ErrorKind::usage);
    }
};

QTEST_APPLESS_MAIN(WindowsTest)
#include "tst_windows.moc"
