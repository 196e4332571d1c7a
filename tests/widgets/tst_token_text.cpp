#include "widgets/token_text.h"

#include <QApplication>
#include <QClipboard>
#include <QSignalSpy>
#include <QTest>

using namespace isoloss;

namespace {

std::vector<TextToken> words(const QStringList& texts) {
    std::vector<TextToken> tokens;
    for (const QString& text : texts)
        tokens.push_back({text, std::nullopt, {}});
    return tokens;
}

} // namespace

/// A text cut into tokens.
class TokenTextTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void everyTokenHasItsPlace_data() {
        QTest::addColumn<QStringList>("texts");
        QTest::newRow("words") << QStringList{"Once", " upon", " a", " time", ",", " there"};
        QTest::newRow("line ends") << QStringList{"a\n", "\n", "b\nc", "\td"};
        QTest::newRow("longer than a line") << QStringList{"x", QString(400, u'w'), "y"};
        QTest::newRow("an empty one") << QStringList{"a", "", "b"};
        QTest::newRow("not Latin") << QStringList{"こん", "にちは", " \U0001F469\u200D\U0001F52C"};
    }

    void everyTokenHasItsPlace() {
        QFETCH(QStringList, texts);
        TokenText view;
        view.resize(300, 200);
        view.show();
        view.setTokens(words(texts));
        int before = -1;
        for (int token = 0; token < texts.size(); ++token) {
            const QRect place = view.tokenRect(token);
            if (texts[token].isEmpty()) continue;
            QVERIFY(place.left() >= 0 && place.right() < view.viewport()->width());
            QCOMPARE(view.tokenAt(place.center()), token);
            QVERIFY(place.top() >= before);
            before = place.top();
        }
        QCOMPARE(view.tokenAt({-5, -5}), -1);
        QCOMPARE(view.selectedText(), texts.join(QString()));
    }

    void keysMoveSelectAndCopy() {
        TokenText view;
        view.resize(300, 200);
        view.show();
        view.setTokens(words({"one", " two", " three", " four"}));
        const QSignalSpy moved(&view, &TokenText::currentTokenChanged);
        QTest::keyClick(&view, Qt::Key_Right);
        QCOMPARE(view.currentToken(), 0);
        QTest::keyClick(&view, Qt::Key_Right);
        QTest::keyClick(&view, Qt::Key_Right, Qt::ShiftModifier);
        QTest::keyClick(&view, Qt::Key_C, Qt::ControlModifier);
        QCOMPARE(QApplication::clipboard()->text(), QStringLiteral(" two three"));
        QTest::keyClick(&view, Qt::Key_End);
        QCOMPARE(view.currentToken(), 3);
        QTest::keyClick(&view, Qt::Key_Home);
        QCOMPARE(view.currentToken(), 0);
        QTest::mouseClick(view.viewport(), Qt::LeftButton, {}, view.tokenRect(2).center());
        QCOMPARE(view.currentToken(), 2);
        QCOMPARE(moved.count(), 6);
        QVERIFY(view.accessibleDescription().contains(QStringLiteral("three")));
    }

    void tintsSayWhatIsHard() {
        TokenText view;
        view.resize(300, 100);
        view.setTheme(Theme::light());
        view.show();
        std::vector<TextToken> tokens = words({"easy", " hard"});
        tokens[0].level = 0;
        tokens[1].level = -1;
        view.setTokens(tokens);
        const QImage image = view.viewport()->grab().toImage();
        const auto corner = [&](int token) { return image.pixelColor(view.tokenRect(token).topLeft() + QPoint(1, 1)); };
        QCOMPARE(corner(0), Theme::light().surface);
        QCOMPARE(corner(1), Theme::light().heat(-1));
    }

    void whatIsBelowIsScrolledTo() {
        TokenText view;
        view.resize(200, 80);
        view.show();
        view.setTokens(words(QStringList(500, QStringLiteral(" word"))));
        QTest::keyClick(&view, Qt::Key_End);
        QVERIFY(view.viewport()->rect().contains(view.tokenRect(499)));
        view.setTokens({});
        QCOMPARE(view.currentToken(), -1);
        QVERIFY(view.tokenRect(0).isEmpty());
    }
};

QTEST_MAIN(TokenTextTest)
#include "tst_token_text.moc"
