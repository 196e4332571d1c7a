#include <QDirIterator>
#include <QFile>
#include <QRegularExpression>
#include <QTest>

// Doors between rooms open one way only (packaging/docs/house.md). Read as text from the sources, so a wrong include
// fails even where it happens to link.
class HouseTest : public QObject {
    Q_OBJECT

    struct Include {
        QString file; ///< relative to the source tree
        QString header;
    };

    static QList<Include> includes(const QString& folder) {
        static const QRegularExpression directive(QStringLiteral("^\\s*#\\s*include\\s*[<\"]([^>\"]+)[>\"]"));
        const QDir root(QStringLiteral(ISOLOSS_SOURCE_DIR));
        QList<Include> found;
        QDirIterator files(root.filePath(folder), {QStringLiteral("*.h"), QStringLiteral("*.cpp")}, QDir::Files,
                           QDirIterator::Subdirectories);
        while (files.hasNext()) {
            QFile file(files.next());
            if (!file.open(QIODevice::ReadOnly | QIODevice::Text)) qFatal("cannot read a source file");
            while (!file.atEnd()) {
                const auto match = directive.match(QString::fromUtf8(file.readLine()));
                if (match.hasMatch()) found.append({root.relativeFilePath(file.fileName()), match.captured(1)});
            }
        }
        return found;
    }

private Q_SLOTS:

    void doors_data() {
        QTest::addColumn<QString>("room");
        QTest::addColumn<QString>("forbidden"); ///< regular expression over headers
        const auto row = [](const char* name, const char* room, const char* forbidden) {
            QTest::newRow(name) << QString::fromLatin1(room) << QString::fromLatin1(forbidden);
        };
        row("the engine has no Qt", "engine", "^(Q[A-Z]|Qt|qt)");
        row("the engine knows no window", "engine", "^(app|ui|widgets)/");
        row("widgets know no run", "widgets", "^(app|ui|engine)/");
        row("the window knows no command line", "ui", "^app/");
        row("base stands alone", "engine/base", "^engine/(?!base/)");
        row("store uses base", "engine/store", "^engine/(?!base/|store/)");
        row("importers", "engine/importers", "^engine/(?!base/|store/|importers/|checkpoints/)");
        row("series", "engine/series", "^engine/(?!base/|store/|series/)");
        row("checkpoints", "engine/checkpoints", "^engine/(?!base/|store/|checkpoints/|inference/(?!torch/))");
        row("datasets", "engine/datasets", "^engine/(?!base/|store/|datasets/)");
        row("analysis", "engine/analysis", "^engine/(?!base/|store/|analysis/)");
        row("inference uses base", "engine/inference", "^engine/(?!base/|inference/)");
        row("jobs do not open the module's inside", "engine/jobs",
            "^engine/(inference/torch|importers|series|analysis)/");
        row("the demo suite leaves series and the module alone", "engine/demo",
            "^engine/(?!base/|store/|importers/|checkpoints/|datasets/|analysis/|jobs/|demo/|inference/(?!torch/))");
        row("SQLite only in the store", "app", "^sqlite3");
        row("no SQLite in the window", "ui", "^sqlite3");
        row("no SQLite in widgets", "widgets", "^sqlite3");
    }

    void doors() {
        QFETCH(QString, room);
        QFETCH(QString, forbidden);
        const auto all = includes(room);
        QVERIFY2(!all.isEmpty(), "the room has no includes at all: is its name still right?");
        const QRegularExpression pattern(forbidden);
        QStringList wrong;
        for (const auto& include : all)
            if (pattern.match(include.header).hasMatch()) wrong << include.file + " includes " + include.header;
        QVERIFY2(wrong.isEmpty(), qPrintable(wrong.join('\n')));
    }

    // A library that only one room may include.
    void libraries_data() {
        QTest::addColumn<QString>("header");
        QTest::addColumn<QString>("room");
        QTest::newRow("LibTorch") << "^(torch|ATen|c10|caffe2)/"
                                  << "engine/inference/torch/";
        QTest::newRow("SQLite") << "^sqlite3"
                                << "engine/store/";
        QTest::newRow("SentencePiece") << "^sentencepiece_"
                                       << "engine/datasets/sentencepiece/";
        QTest::newRow("ICU") << "^unicode/"
                             << "engine/datasets/tokenizers/";
        QTest::newRow("Qt Charts") << "^(QChart|QtCharts|QValueAxis|QLineSeries|QLogValueAxis)"
                                   << "widgets/";
    }

    void libraries() {
        QFETCH(QString, header);
        QFETCH(QString, room);
        const QRegularExpression pattern(header);
        QStringList wrong;
        int right = 0;
        for (const char* top : {"app", "ui", "widgets", "engine"})
            for (const auto& include : includes(QString::fromLatin1(top)))
                if (pattern.match(include.header).hasMatch()) {
                    if (include.file.startsWith(room))
                        ++right;
                    else
                        wrong << include.file + " includes " + include.header;
                }
        QVERIFY2(wrong.isEmpty(), qPrintable(wrong.join('\n')));
        QVERIFY2(right > 0, "nothing includes the library at all: is the pattern still right?");
    }

    void top_level_is_fixed() {
        const QStringList expected{"app", "engine", "packaging", "resources", "tests", "ui", "widgets"};
        QStringList folders =
            QDir(QStringLiteral(ISOLOSS_SOURCE_DIR)).entryList(QDir::Dirs | QDir::NoDotAndDotDot, QDir::Name);
        folders.removeAll("build");
        QCOMPARE(folders, expected);
    }
};

QTEST_APPLESS_MAIN(HouseTest)
#include "tst_house.moc"
