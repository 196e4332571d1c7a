#include "tests/support/event_file_writer.h"

#include "engine/base/hash.h"
#include "engine/store/source_check.h"

#include <QTemporaryDir>
#include <QTest>

using namespace isoloss;
using namespace isoloss::support;

/// Whether an import could be repeated from its files.
class SourceCheckTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void files_data() {
        QTest::addColumn<QByteArray>("now");
        QTest::addColumn<QString>("reason"); ///< empty: not lost
        QTest::newRow("as it was") << QByteArray("0123456789") << QString();
        QTest::newRow("grown") << QByteArray("0123456789 and more") << QString();
        QTest::newRow("another head") << QByteArray("1123456789 and more") << QString("was replaced by another file");
        QTest::newRow("shorter") << QByteArray("012345678") << QString("is shorter than when it was read");
        QTest::newRow("empty") << QByteArray("") << QString("is shorter than when it was read");
        QTest::newRow("gone") << QByteArray() << QString("is gone");
    }

    void files() {
        QFETCH(QByteArray, now);
        QFETCH(QString, reason);
        QTemporaryDir folder;
        SourceRecord source;
        source.path = folder.filePath("events").toStdString();
        source.size = source.offset = 10;
        source.head_size = 8;
        source.head_hash = content_hash("01234567");
        if (!now.isNull()) put_file(source.path, now.toStdString());
        const auto lost = find_lost_sources(std::span(&source, 1));
        QCOMPARE(lost.size(), std::size_t(reason.isEmpty() ? 0 : 1));
        if (lost.empty()) return;
        QCOMPARE(lost[0].path, source.path);
        QCOMPARE(QString::fromStdString(lost[0].reason), reason);
    }

    void folders_need_only_be_there() {
        QTemporaryDir folder;
        std::vector<SourceRecord> sources(2);
        sources[0].path = folder.path().toStdString();
        sources[1].path = folder.filePath("step100").toStdString();
        const auto lost = find_lost_sources(sources);
        QCOMPARE(lost.size(), std::size_t(1));
        QCOMPARE(lost[0].path, sources[1].path);
    }

    // A record of a hostile project.
    void a_head_without_end_is_not_read() {
        QTemporaryDir folder;
        SourceRecord source;
        source.path = folder.filePath("events").toStdString();
        source.head_size = std::uint64_t{1} << 40;
        put_file(source.path, "x");
        std::filesystem::resize_file(source.path, source.head_size);
        QCOMPARE(find_lost_sources(std::span(&source, 1)).size(), std::size_t(1));
    }
};

QTEST_GUILESS_MAIN(SourceCheckTest)
#include "tst_source_check.moc"
