#include "engine/base/file.h"
#include "engine/base/hash.h"
#include "engine/store/project.h"
#include "tests/app/bad_inputs.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>
#include <span>
#include <sys/resource.h>
#include <tuple>

using namespace isoloss;
using namespace isoloss::support;

namespace fs = std::filesystem;

namespace {

constexpr int limit_ms = 10'000;

QByteArray bytes(const std::string& text) {
    return {text.data(), static_cast<qsizetype>(text.size())};
}

} // namespace

// The wall of bad inputs (BAD_INPUTS.md): the program itself, in a process of its own with little memory and little
// time, on a bad file beside a good one. Whatever the bad file is, the good one is imported, the project is sound and
// the words say what is wrong. What each reader makes of every row is in its own tests.
class BadInputsTest : public QObject {
    Q_OBJECT

    static void limit_memory() {
#if !defined(__SANITIZE_ADDRESS__)
        constexpr rlim_t most = rlim_t{512} << 20;
        const rlimit limit{most, most};
        ::setrlimit(RLIMIT_AS, &limit);
#endif
    }

    /// The sanitizer's shadow takes all addresses there are: it bounds what is resident instead, which it adds to.
    static QProcessEnvironment limited_environment() {
        auto environment = QProcessEnvironment::systemEnvironment();
#if defined(__SANITIZE_ADDRESS__)
        environment.insert("ASAN_OPTIONS",
                           environment.value("ASAN_OPTIONS") + ":quarantine_size_mb=16:hard_rss_limit_mb=768");
#endif
        return environment;
    }

    /// Size, time and hash; of a large file the hash of its first part.
    static std::tuple<std::uintmax_t, fs::file_time_type, std::string> content_of(const fs::path& path) {
        constexpr std::uint64_t most = std::uint64_t{1} << 20;
        const auto file = InputFile::open(path);
        std::string head(std::min(file->size(), most), '\0');
        static_cast<void>(file->read_some(0, std::as_writable_bytes(std::span(head))));
        return {fs::file_size(path), fs::last_write_time(path), content_hash(head)};
    }

private Q_SLOTS:

    void files_data() {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QByteArray>("content");
        QTest::addColumn<qint64>("sparse_size"); ///< what a file is stretched to
        QTest::addColumn<qint64>("points");
        QTest::addColumn<QString>("words"); ///< in the notes or in what was skipped
        for (const test::BadInput& input : test::bad_inputs())
            QTest::newRow(input.row) << QString(input.file) << bytes(input.content) << qint64(input.sparse_size)
                                     << qint64(input.points) << QString(input.words);
    }

    void files() {
        QFETCH(QString, name);
        QFETCH(QByteArray, content);
        QFETCH(qint64, sparse_size);
        QFETCH(qint64, points);
        QFETCH(QString, words);
        const QTemporaryDir folder;
        const fs::path root = fs::path(folder.path().toStdString()) / "data";
        put_file(root / "good" / "events.out.tfevents.1", scalar_frame("loss", 1, 4) + scalar_frame("loss", 2, 3));
        const fs::path bad = root / "bad" / name.toStdString();
        put_file(bad, std::string_view(content.constData(), static_cast<std::size_t>(content.size())));
        if (sparse_size > 0) fs::resize_file(bad, static_cast<std::uintmax_t>(sparse_size));
        const auto before = content_of(bad);

        QProcess program;
        program.setChildProcessModifier(limit_memory);
        program.setProcessEnvironment(limited_environment());
        const QString project = folder.filePath("p.isoloss");
        program.start(ISOLOSS_PROGRAM, {"import", "-p", project, "--json", QString::fromStdString(root.string())});
        QVERIFY2(program.waitForFinished(limit_ms), "it takes too long");
        QCOMPARE(program.exitStatus(), QProcess::NormalExit);
        QVERIFY(program.exitCode() == 0 || program.exitCode() == 1);

        const QJsonObject report = QJsonDocument::fromJson(program.readAllStandardOutput()).object();
        QString said;
        for (const QJsonValue& skipped : report["skipped"].toArray())
            said += skipped["path"].toString() + " " + skipped["place"].toString() + " " +
                    skipped["reason"].toString() + "\n";
        for (const QJsonValue& note : report["notes"].toArray())
            said += note.toString() + "\n";
        if (!words.isEmpty()) {
            QVERIFY2(said.contains(words), qPrintable(said));
            QVERIFY2(said.contains("/data/bad") && said.contains(name), qPrintable(said));
        }
        QCOMPARE(report["points"].toInteger(), points + 2);
        QVERIFY(content_of(bad) == before);

        const auto opened = *Project::open(project.toStdString());
        const auto reader = *opened->reader();
        QVERIFY(reader->check_integrity()->empty());
        const auto runs = *reader->runs();
        const auto good =
            std::find_if(runs.begin(), runs.end(), [](const RunRecord& run) { return run.name == "good"; });
        QVERIFY(good != runs.end());
        QCOMPARE(good->point_count, std::int64_t(2));
        const auto series = reader->series(good->id)->at(0);
        QCOMPARE(series.min, 3.0);
        QCOMPARE(series.max, 4.0);
    }
};

QTEST_GUILESS_MAIN(BadInputsTest)
#include "tst_bad_inputs.moc"
