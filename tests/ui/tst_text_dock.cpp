#include "tests/ui/page_fixture.h"
#include "ui/docks/text_dock.h"
#include "ui/models/text_reading.h"
#include "widgets/token_text.h"

#include <QAction>
#include <QPlainTextEdit>
#include <QTest>
#include <cmath>

using namespace isoloss;
using namespace isoloss::test;

namespace {

TokenLosses losses(std::vector<std::uint32_t> bytes, std::vector<std::optional<double>> log_probs,
                   const std::string& tokenizer = "t") {
    TokenLosses result;
    result.checkpoint = CheckpointId(1);
    result.tokenizer_hash = tokenizer;
    for (std::size_t i = 0; i < bytes.size(); ++i)
        result.ids.push_back(static_cast<std::int32_t>(10 + i));
    result.bytes = std::move(bytes);
    result.log_probs = std::move(log_probs);
    return result;
}

} // namespace

/// A text as checkpoints read it.
class TextDockTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void piecesCarryTheirLoss() {
        TextReading reading{"one two", {"a @1k"}, {losses({3, 4}, {std::nullopt, -4.0})}};
        const auto pieces = reading_tokens(reading, false);
        QCOMPARE(pieces.size(), std::size_t(2));
        QCOMPARE(pieces[0].text, QStringLiteral("one"));
        QCOMPARE(pieces[0].level.value(), 0.0); // nothing stands before it
        QCOMPARE(pieces[1].text, QStringLiteral(" two"));
        QCOMPARE(pieces[1].level.value(), -0.5); // half of what gives the full tint
        QVERIFY(pieces[1].tip.contains(QStringLiteral("token 11")));
    }

    void tokensThatShareACharacterAreOnePiece() {
        // "é" is two bytes, a token each; "b" follows.
        TextReading reading{"\xC3\xA9"
                            "b",
                            {"a @1k"},
                            {losses({1, 1, 1}, {-1.0, -2.0, -0.5})}};
        const auto pieces = reading_tokens(reading, false);
        QCOMPARE(pieces.size(), std::size_t(2));
        QCOMPARE(pieces[0].text, QString::fromUtf8("é"));
        QCOMPARE(pieces[0].level.value(), -3.0 / 8);
        QVERIFY(pieces[0].tip.contains(QStringLiteral("token 10, 11")));
    }

    void differencesNeedEqualTokens() {
        TextReading reading{"ab", {"a", "b"}, {losses({1, 1}, {-1.0, -2.0}), losses({1, 1}, {-2.0, -1.0})}};
        QVERIFY(reading.comparable());
        const auto pieces = reading_tokens(reading, true);
        QCOMPARE(pieces[0].level.value(), 0.5); // the first checkpoint finds it easier
        QCOMPARE(pieces[1].level.value(), -0.5);
        reading.losses[1] = losses({2}, {-3.0});
        QVERIFY(!reading.comparable());
        reading.losses[1] = losses({1, 1}, {-2.0, -1.0}, "other");
        QVERIFY(!reading.comparable());
        QCOMPARE(reading_tokens(reading, true)[0].level.value(), -1.0 / 8);
        QVERIFY(reading_summary(reading).contains(QStringLiteral("different tokens")));
    }

    void theDockSaysWhatIsMissing() {
        PageFixture fixture;
        TextDock dock(fixture.services());
        QAction* read = dock.actions().first();
        QVERIFY(!read->isEnabled());
        QVERIFY(read->toolTip().contains(QStringLiteral("checkpoint")));
        // The study's checkpoints have scores only, no files.
        fixture.services().selection().setCheckpoints({fixture.study().checkpoint_id(0, 0)});
        dock.setText(QStringLiteral("Once upon a time"));
        QTest::qWait(100);
        QVERIFY(!read->isEnabled());
        QVERIFY(dock.findChild<TokenText*>()->tokens().empty());
    }
};

QTEST_MAIN(TextDockTest)
#include "tst_text_dock.moc"
