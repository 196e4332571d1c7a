#include "tests/support/sql_document.h"
#include "tests/support/sql_project.h"

#include "engine/store/sql_views.h"

#include <QDir>
#include <QProcess>
#include <QStandardPaths>
#include <sqlite3.h>

using namespace isoloss;
using namespace isoloss::test;

namespace {

#ifdef __SANITIZE_ADDRESS__
constexpr bool is_sanitized = true;
#else
constexpr bool is_sanitized = false;
#endif

using Rows = std::vector<std::vector<std::optional<std::string>>>;

/// A program of somebody else: SQLite as it comes, on any file.
class Host {
public:
    explicit Host(const std::string& path, int flags = SQLITE_OPEN_READONLY) {
        if (sqlite3_open_v2(path.c_str(), &database_, flags, nullptr) != SQLITE_OK)
            throw std::runtime_error(sqlite3_errmsg(database_));
        sqlite3_enable_load_extension(database_, 1);
    }

    ~Host() { close(); }

    Host(const Host&) = delete;
    Host& operator=(const Host&) = delete;

    /// What went wrong; empty when the extension is loaded.
    std::string load() {
        char* message = nullptr;
        const int code = sqlite3_load_extension(database_, ISOLOSS_SQLITE_MODULE, nullptr, &message);
        const std::string text = message == nullptr ? "" : message;
        sqlite3_free(message);
        return code == SQLITE_OK ? std::string() : text.empty() ? "no words" : text;
    }

    /// Reads all rows, cells as SQLite writes them; answers the last result code.
    int read(const std::string& statement, Rows& rows) {
        sqlite3_stmt* handle = prepare(statement);
        int code = SQLITE_ERROR;
        while (handle != nullptr && (code = sqlite3_step(handle)) == SQLITE_ROW) {
            auto& cells = rows.emplace_back();
            for (int i = 0; i < sqlite3_column_count(handle); ++i)
                cells.push_back(cell(handle, i));
        }
        error_ = sqlite3_errmsg(database_);
        sqlite3_finalize(handle);
        return code;
    }

    Rows rows(const std::string& statement) {
        Rows rows;
        if (read(statement, rows) != SQLITE_DONE) throw std::runtime_error(error_);
        return rows;
    }

    /// The error of a statement that must fail.
    std::string failure(const std::string& statement) {
        Rows rows;
        return read(statement, rows) == SQLITE_DONE ? std::string() : error_;
    }

    sqlite3_stmt* prepare(const std::string& statement) {
        sqlite3_stmt* handle = nullptr;
        if (sqlite3_prepare_v2(database_, statement.c_str(), -1, &handle, nullptr) != SQLITE_OK) return nullptr;
        return handle;
    }

    int close() { return sqlite3_close(std::exchange(database_, nullptr)); }

private:
    static std::optional<std::string> cell(sqlite3_stmt* row, int column) {
        if (sqlite3_column_type(row, column) == SQLITE_NULL) return std::nullopt;
        const auto* bytes = static_cast<const char*>(sqlite3_column_blob(row, column));
        return std::string(bytes == nullptr ? "" : bytes, static_cast<std::size_t>(sqlite3_column_bytes(row, column)));
    }

    sqlite3* database_ = nullptr;
    std::string error_;
};

struct Finished {
    int code = -1;
    QString out, err;
};

Finished run(const QString& program, const QStringList& arguments, const QString& folder) {
    QProcess process;
    process.setWorkingDirectory(folder);
    process.start(program, arguments);
    if (!process.waitForFinished(60000)) return {};
    return {process.exitCode(), QString::fromUtf8(process.readAllStandardOutput()),
            QString::fromUtf8(process.readAllStandardError())};
}

/// A folder with runs.isoloss and isoloss_points.so, as the examples of the document have it.
class ExampleFolder {
public:
    ExampleFolder() {
        const QDir folder(path());
        if (!QFile::copy(QString::fromStdString(project.fixture.path().string()), folder.filePath("runs.isoloss")) ||
            !QFile::copy(QStringLiteral(ISOLOSS_SQLITE_MODULE), folder.filePath("isoloss_points.so")))
            throw std::runtime_error("the files of the examples cannot be copied");
    }

    QString path() const { return folder_.path(); }

private:
    struct ClosedProject : SqlProject {
        ClosedProject() { fixture.close(); }
    };

    ClosedProject project;
    QTemporaryDir folder_;
};

} // namespace

/// The loadable extension isoloss_points.so in programs that are not Isoloss.
class SqlExtensionTest : public QObject {
    Q_OBJECT

    std::unique_ptr<SqlProject> project_; ///< for tests that only read

private Q_SLOTS:

    void initTestCase() { project_ = std::make_unique<SqlProject>(); }

    void answers_what_the_program_answers_data() {
        QTest::addColumn<QString>("statement");
        for (const QString& example : SqlDocument().examples("sql"))
            QTest::newRow(qPrintable(example.section('\n', 0, 0))) << example;
        for (const SqlView& view : sql_views()) {
            const std::string name(view.name);
            QTest::newRow(name.c_str()) << QString::fromStdString("SELECT * FROM " + name)
                                               .replace(
                                                   "* FROM item_outcomes",
                                                   "value_id, item, correct, hex(log_likelihoods) FROM item_outcomes");
        }
        QTest::newRow("steps one by one")
            << "SELECT count(*) FROM points('my run', 'val/loss') WHERE step IN (0, 100, 101)";
    }

    // Numbers as text are SQLite's own here and Isoloss's there, so both are asked for quoted values.
    void answers_what_the_program_answers() {
        QFETCH(QString, statement);
        Host host(project_->fixture.path());
        QCOMPARE(host.load(), std::string());
        const auto reader = project_->fixture.reader();
        std::string text = statement.toStdString();
        text.erase(text.find_last_not_of("; \n") + 1);
        const auto columns = value_of(reader->sql(text)).columns;
        std::string quoted = "SELECT ";
        for (const std::string& column : columns)
            quoted += (quoted.size() > 7 ? ", quote(\"" : "quote(\"") + column + "\")";
        quoted += " FROM (" + text + "\n)";
        const Rows expected = value_of(reader->sql(quoted)).rows;
        QVERIFY(!expected.empty());
        QVERIFY(host.rows(quoted) == expected);
    }

    void nothing_is_left_behind() {
        SqlProject project;
        project.fixture.close();
        const auto bytes = [&] {
            QFile file(QString::fromStdString(project.fixture.path().string()));
            return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
        };
        const QByteArray before = bytes();
        {
            // Even where the program opens it for writing.
            Host host(project.fixture.path(), SQLITE_OPEN_READWRITE);
            QCOMPARE(host.load(), std::string());
            QCOMPARE(host.load(), std::string());
            QCOMPARE(host.rows("SELECT count(*) FROM points('my run', 'train/loss')"), (Rows{{"13001"}}));
            QCOMPARE(host.rows("SELECT count(*) FROM main.sqlite_schema WHERE type = 'view'"), (Rows{{"0"}}));
            // Not one statement stays open.
            QCOMPARE(host.close(), SQLITE_OK);
        }
        QVERIFY(!before.isEmpty());
        QVERIFY(bytes() == before);
        project.fixture.open(); // the schema check finds nothing foreign
    }

    void reads_while_isoloss_writes() {
        SqlProject project;
        Host host(project.fixture.path());
        QCOMPARE(host.load(), std::string());
        const auto append = [&](std::int64_t first, std::int64_t last) {
            return project.fixture.writer().run([&](WriteSession& session) -> Expected<void> {
                ISOLOSS_TRY(const auto run, session.ensure_run({"k", "1"}, "my run"));
                ISOLOSS_TRY(const auto series, session.ensure_series(run, "train/loss"));
                return session.append_points(series, 2, losses_of_steps(2, first, last));
            });
        };
        // A statement that has begun sees one state to its end, also in a second call of the function.
        sqlite3_stmt* statement = host.prepare("SELECT count(*) FROM points('my run', 'val/loss') UNION ALL "
                                               "SELECT step FROM points('my run', 'train/loss') WHERE attempt = 2");
        QVERIFY(statement != nullptr);
        QCOMPARE(sqlite3_step(statement), SQLITE_ROW);
        REQUIRE_OK(append(12001, 14000));
        int count = 0;
        while (sqlite3_step(statement) == SQLITE_ROW)
            ++count;
        sqlite3_finalize(statement);
        QCOMPARE(count, 3001);
        QCOMPARE(host.rows("SELECT count(*), max(step) FROM points('my run', 'train/loss') WHERE attempt = 2"),
                 (Rows{{"5001", "14000"}}));
        REQUIRE_OK(append(14001, 14001));
        QCOMPARE(host.rows("SELECT count(*) FROM points('my run', 'train/loss') WHERE attempt = 2"), (Rows{{"5002"}}));
        QCOMPARE(host.rows("SELECT last_step FROM metrics WHERE metric = 'train/loss'"), (Rows{{"14001"}}));
    }

    void views_of_a_user_may_use_points() {
        SqlProject project;
        Host host(project.fixture.path());
        QCOMPARE(host.load(), std::string());
        host.rows("CREATE TEMP VIEW mine AS SELECT step, value FROM points('my run', 'train/loss') WHERE step < 10");
        QCOMPARE(host.rows("SELECT count(*) FROM mine"), (Rows{{"10"}}));
    }

    void a_damaged_chunk_is_an_error() {
        SqlProject project;
        project.fixture.close();
        Host host(project.fixture.path(), SQLITE_OPEN_READWRITE);
        QCOMPARE(host.load(), std::string());
        host.rows("UPDATE chunk SET payload = CAST(substr(payload, 1, 30) || x'ff' || substr(payload, 32) AS BLOB) "
                  "WHERE ordinal = 1");
        Rows rows;
        QCOMPARE(host.read("SELECT step FROM points('my run', 'train/loss')", rows), SQLITE_CORRUPT);
        QCOMPARE(rows.size(), std::size_t{4096}); // those before it had been given
        const auto chunk = host.rows("SELECT id FROM chunk WHERE ordinal = 1 AND attempt = 1").at(0).at(0).value();
        const std::string error = host.failure("SELECT step FROM points('my run', 'train/loss')");
        QVERIFY2(error.find("chunk " + chunk + ", steps 4096 to 8191") != std::string::npos, error.c_str());
        QCOMPARE(host.rows("SELECT count(*) FROM points('my run', 'train/loss') WHERE step < 4096"), (Rows{{"4096"}}));
    }

    void hostile_payloads_are_errors_data() {
        QTest::addColumn<QString>("payload");
        QTest::newRow("empty") << "x''";
        QTest::newRow("short") << "x'01000400'";
        QTest::newRow("noise") << "randomblob(3000)";
        QTest::newRow("too large to be one") << "zeroblob(10000000)";
        QTest::newRow("twice") << "CAST(payload || payload AS BLOB)";
        QTest::newRow("another version") << "CAST(x'02' || substr(payload, 2) AS BLOB)";
        QTest::newRow("cut") << "substr(payload, 1, length(payload) - 1)";
    }

    void hostile_payloads_are_errors() {
        QFETCH(QString, payload);
        SqlProject project;
        project.fixture.close();
        Host host(project.fixture.path(), SQLITE_OPEN_READWRITE);
        QCOMPARE(host.load(), std::string());
        host.rows("UPDATE chunk SET payload = " + payload.toStdString());
        Rows rows;
        QCOMPARE(host.read("SELECT step FROM points('my run', 'val/loss')", rows), SQLITE_CORRUPT);
        QVERIFY(rows.empty());
    }

    void other_databases_are_left_alone() {
        QTemporaryDir folder;
        const std::string path = folder.filePath("other.db").toStdString();
        Host host(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
        host.rows("CREATE TABLE runs (miles)");
        host.rows("INSERT INTO runs VALUES (26)");
        QCOMPARE(host.load(), std::string());
        QCOMPARE(host.rows("SELECT * FROM runs"), (Rows{{"26"}}));
        const std::string error = host.failure("SELECT * FROM points('a', 'b')");
        QVERIFY2(error.find("other.db: is not an Isoloss project") != std::string::npos, error.c_str());
        Host memory(":memory:", SQLITE_OPEN_READWRITE);
        QCOMPARE(memory.load(), std::string());
        const std::string words = memory.failure("SELECT * FROM points('a', 'b')");
        QVERIFY2(words.find("the main database: is not an Isoloss project") != std::string::npos, words.c_str());
    }

    void a_text_file_is_no_database() {
        QTemporaryDir folder;
        QFile file(folder.filePath("notes.isoloss"));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(QByteArray(5000, 'x'));
        file.close();
        Host host(file.fileName().toStdString());
        QCOMPARE(host.load(), std::string());
        const std::string error = host.failure("SELECT * FROM points('a', 'b')");
        QVERIFY2(error.find("not a database") != std::string::npos, error.c_str());
    }

    void other_formats_are_refused_data() {
        QTest::addColumn<QString>("change");
        QTest::addColumn<QString>("words");
        QTest::newRow("newer, incompatible")
            << "PRAGMA user_version = 99; UPDATE property SET value = '99' WHERE name = 'minimum_version'"
            << "written by a newer Isoloss (format 99";
        QTest::newRow("newer, compatible") << "PRAGMA user_version = 99" << QString();
        QTest::newRow("older") << "PRAGMA user_version = 1" << QString();
        QTest::newRow("none") << "PRAGMA user_version = 0"
                              << "is not an Isoloss project";
    }

    void other_formats_are_refused() {
        QFETCH(QString, change);
        QFETCH(QString, words);
        SqlProject project;
        project.fixture.close();
        Host host(project.fixture.path(), SQLITE_OPEN_READWRITE);
        for (const QString& statement : change.split(';'))
            host.rows(statement.toStdString());
        QCOMPARE(host.load(), std::string());
        const std::string error = host.failure("SELECT * FROM points('my run', 'val/loss')");
        QVERIFY2(words.isEmpty() ? error.empty() : error.find(words.toStdString()) != std::string::npos, error.c_str());
    }

    void loading_says_what_is_in_the_way() {
        SqlProject project;
        Host host(project.fixture.path());
        host.rows("PRAGMA query_only = ON");
        const std::string error = host.load();
        QVERIFY2(error.find("query_only") != std::string::npos, error.c_str());
    }

    void the_module_is_small_and_keeps_to_itself() {
        const QString nm = QStandardPaths::findExecutable(QStringLiteral("nm"));
        const QString readelf = QStandardPaths::findExecutable(QStringLiteral("readelf"));
        if (nm.isEmpty() || readelf.isEmpty()) QSKIP("nm and readelf (binutils) are not installed");
        const QString module = QStringLiteral(ISOLOSS_SQLITE_MODULE);
        const auto defined = run(nm, {"-D", "--defined-only", "--format=posix", module}, QString());
        QCOMPARE(defined.code, 0);
        const QStringList symbols = defined.out.split('\n', Qt::SkipEmptyParts);
        QCOMPARE(symbols.size(), 1);
        QVERIFY(symbols[0].startsWith("sqlite3_isolosspoints_init "));
        const auto undefined = run(nm, {"-D", "--undefined-only", module}, QString());
        QCOMPARE(undefined.code, 0);
        QVERIFY2(!undefined.out.contains("sqlite3_"), "SQLite is reached past the host's functions");
        const auto needed = run(readelf, {"-d", module}, QString());
        QVERIFY(needed.out.contains("(NEEDED)"));
        for (const char* library : {"Qt", "torch", "sqlite", "spdlog", "xxhash"})
            QVERIFY2(!needed.out.contains(QLatin1String(library)), library);
    }

    void the_shell_example_works() {
        if (is_sanitized) QSKIP("a program without the sanitizer cannot load a module with it");
        const QString shell = QStandardPaths::findExecutable(QStringLiteral("sqlite3"));
        if (shell.isEmpty()) QSKIP("the sqlite3 shell is not installed");
        const ExampleFolder folder;
        int tried = 0;
        for (const QString& example : SqlDocument().examples("sh")) {
            if (!example.startsWith("sqlite3 ")) continue;
            const auto finished = run(QStringLiteral("/bin/sh"), {"-c", example}, folder.path());
            QVERIFY2(finished.code == 0, qPrintable(finished.err));
            QCOMPARE(finished.out, QStringLiteral("my run|12000\nother run|2000\nbare|\n"));
            ++tried;
        }
        QCOMPARE(tried, 1);
    }

    void the_python_example_works() {
        if (is_sanitized) QSKIP("a program without the sanitizer cannot load a module with it");
        const QString check = "import sqlite3; sqlite3.connect(':memory:').enable_load_extension(True); "
                              "assert sqlite3.sqlite_version_info >= (3, 37)";
        QString python;
        for (const QString& name : {QStandardPaths::findExecutable("python3"), QStringLiteral("/usr/bin/python3")})
            if (python.isEmpty() && !name.isEmpty() && run(name, {"-c", check}, QString()).code == 0) python = name;
        if (python.isEmpty()) QSKIP("no python3 whose sqlite3 loads extensions and is 3.37 or newer");
        const ExampleFolder folder;
        const QStringList examples = SqlDocument().examples("python");
        QCOMPARE(examples.size(), 1);
        const auto finished = run(python, {"-c", examples[0]}, folder.path());
        QVERIFY2(finished.code == 0, qPrintable(finished.err));
        const QStringList lines = finished.out.split('\n', Qt::SkipEmptyParts);
        QCOMPARE(lines.size(), 13001);
        QCOMPARE(lines.first(), QStringLiteral("0 1.0"));
        QCOMPARE(lines.last(), QStringLiteral("12000 4.9296875")); // 2 + 12000 / 4096
    }
};

QTEST_GUILESS_MAIN(SqlExtensionTest)
#include "tst_sql_extension.moc"
