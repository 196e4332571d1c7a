#include "engine/jobs/prediction_rows.h"

#include <QTest>

using namespace isoloss;

using Ids = std::vector<std::int32_t>;

namespace {

RowOptions options_of(PredictionKind kind, std::int64_t window, std::optional<std::int32_t> bos = {}) {
    RowOptions options;
    options.kind = kind;
    options.window = window;
    options.bos = bos;
    options.mask = 99;
    return options;
}

} // namespace

/// Documents become windows, windows become rows.
class PredictionRowsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void windows_data() {
        QTest::addColumn<bool>("masked");
        QTest::addColumn<int>("window");
        QTest::addColumn<int>("bos");
        QTest::addColumn<Ids>("ids");
        QTest::addColumn<QList<Ids>>("windows");
        QTest::newRow("fits") << false << 4 << -1 << Ids{1, 2, 3} << QList<Ids>{{1, 2, 3}};
        QTest::newRow("a rest of one predicts nothing") << false << 2 << -1 << Ids{1, 2, 3} << QList<Ids>{{1, 2}};
        QTest::newRow("bos predicts it") << false << 3 << 7 << Ids{1, 2, 3} << QList<Ids>{{7, 1, 2}, {7, 3}};
        QTest::newRow("one token") << false << 4 << -1 << Ids{1} << QList<Ids>{};
        QTest::newRow("no token") << false << 4 << 7 << Ids{} << QList<Ids>{};
        QTest::newRow("masked") << true << 2 << -1 << Ids{1, 2, 3} << QList<Ids>{{1, 2}, {3}};
        QTest::newRow("masked with bos") << true << 2 << 7 << Ids{1, 2} << QList<Ids>{{7, 1}, {7, 2}};
        QTest::newRow("masked, windows of one") << true << 1 << -1 << Ids{1, 2} << QList<Ids>{{1}, {2}};
    }

    void windows() {
        QFETCH(bool, masked);
        QFETCH(int, window);
        QFETCH(int, bos);
        QFETCH(Ids, ids);
        QFETCH(QList<Ids>, windows);
        const auto options = options_of(masked ? PredictionKind::masked_token : PredictionKind::next_token, window,
                                        bos < 0 ? std::nullopt : std::optional(bos));
        QList<Ids> cut;
        for (const TokenWindow& one : cut_to_windows(ids, options)) {
            QCOMPARE(one.first, std::size_t(bos < 0 ? 0 : 1));
            cut << one.tokens;
        }
        QCOMPARE(cut, windows);
    }

    void rows() {
        const TokenWindow window{{7, 1, 2}, 1};
        const PredictionRow next = next_token_row(window);
        QCOMPARE(next.tokens, (Ids{7, 1, 2}));
        QCOMPARE(next.positions, (Ids{0, 1}));
        QCOMPARE(next.targets, (Ids{1, 2}));
        const PredictionRow masked = masked_row(window, 2, 99);
        QCOMPARE(masked.tokens, (Ids{7, 1, 99}));
        QCOMPARE(masked.positions, Ids{2});
        QCOMPARE(masked.targets, Ids{2});
    }
};

QTEST_APPLESS_MAIN(PredictionRowsTest)
#include "tst_prediction_rows.moc"
