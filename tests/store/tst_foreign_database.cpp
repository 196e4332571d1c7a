#include "engine/base/file.h"
#include "engine/store/foreign_database.h"
#include "tests/support/project_fixture.h"
#include "tests/support/sqlite_file.h"

#include <array>
#include <set>

using namespace isoloss;
using namespace isoloss::test;

namespace fs = std::filesystem;

namespace {

/// Copies of the files as they are now.
void copy_files(const fs::path& from, const fs::path& to, const std::vector<const char*>& suffixes) {
    for (const char* suffix : suffixes)
        fs::copy_file(from.string() + suffix, to.string() + suffix);
}

std::set<std::string> names_in(const fs::path& folder) {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder))
        names.insert(entry.path().filename().string());
    return names;
}

std::vector<std::string> texts(const ForeignDatabase& database, std::string_view sql) {
    auto rows = value_of(database.select(sql));
    std::vector<std::string> found;
    while (value_of(rows.next()))
        found.emplace_back(rows.text(0));
    return found;
}

} // namespace

// Databases of other programs: looked at in every state that they can be in, and left as they are.
class ForeignDatabaseTest : public QObject {
    Q_OBJECT

private:
    fs::path folder_;
    fs::path path_;
    std::unique_ptr<QTemporaryDir> holder_;

private Q_SLOTS:

    void init() {
        holder_ = std::make_unique<QTemporaryDir>();
        folder_ = holder_->path().toStdString();
        path_ = folder_ / "100% #1?.db";
    }

    void values_have_their_types() {
        SqliteFile(path_).run("CREATE TABLE t (a); INSERT INTO t VALUES (7), (2.5), ('0.5'), (NULL), (x'4142'), (3.0), "
                              "('nan'), (9223372036854775807), ('x'), (1e300);");
        const auto database = value_of(ForeignDatabase::open(path_));
        auto rows = value_of(database.select("SELECT a FROM t ORDER BY rowid"));
        QStringList seen;
        while (value_of(rows.next()))
            seen << QString("%1|%2|%3|%4")
                        .arg(rows.is_null(0)   ? "null"
                             : rows.is_blob(0) ? "blob"
                                               : "")
                        .arg(rows.integer(0) ? QString::number(*rows.integer(0)) : "-")
                        .arg(rows.real(0) ? QString::number(*rows.real(0)) : "-")
                        .arg(QString::fromUtf8(rows.text(0).data(), int(rows.text(0).size())));
        QCOMPARE(seen, QStringList({"|7|7|7", "|-|2.5|2.5", "|-|0.5|0.5", "null|-|-|", "blob|-|-|AB", "|3|3|3.0",
                                    "|-|nan|nan", "|9223372036854775807|9.22337e+18|9223372036854775807", "|-|-|x",
                                    "|-|1e+300|1.0e+300"}));
    }

    void tables_and_their_columns() {
        SqliteFile(path_).run("CREATE TABLE Runs (id, name TEXT, \"odd name\"); CREATE VIEW v AS SELECT 1 AS id;");
        const auto database = value_of(ForeignDatabase::open(path_));
        QCOMPARE(value_of(database.columns("runs")), (std::vector<std::string>{"id", "name", "odd name"}));
        QVERIFY(value_of(database.columns("v")).empty());
        QVERIFY(value_of(database.columns("nothing")).empty());
        QVERIFY(value_of(database.columns("sqlite_schema")).empty());
    }

    void parameters() {
        SqliteFile(path_).run("CREATE TABLE t (a, b); INSERT INTO t VALUES (1, 'x'), (2, 'y'), (3, 'x');");
        const auto database = value_of(ForeignDatabase::open(path_));
        const std::array<ForeignParameter, 2> wanted{std::string_view("x"), std::int64_t(1)};
        auto rows = value_of(database.select("SELECT a FROM t WHERE b = ? AND a > ?", wanted));
        QVERIFY(value_of(rows.next()));
        QCOMPARE(rows.integer(0), std::optional<std::int64_t>(3));
        QVERIFY(!value_of(rows.next()));
    }

    void nothing_appears_beside_it_data() {
        QTest::addColumn<QString>("mode");
        QTest::newRow("rollback journal") << "DELETE";
        QTest::newRow("write-ahead log, closed") << "WAL";
    }

    void nothing_appears_beside_it() {
        QFETCH(QString, mode);
        {
            SqliteFile owner(path_);
            owner.run("PRAGMA journal_mode = " + mode.toStdString());
            owner.run("CREATE TABLE t (a); INSERT INTO t VALUES ('one')");
        }
        const auto before = names_in(folder_);
        QCOMPARE(before.size(), std::size_t(1));
        const auto modified = fs::last_write_time(path_);
        {
            const auto database = value_of(ForeignDatabase::open(path_));
            QCOMPARE(texts(database, "SELECT a FROM t"), std::vector<std::string>{"one"});
            QCOMPARE(names_in(folder_), before);
        }
        QCOMPARE(names_in(folder_), before);
        QCOMPARE(fs::last_write_time(path_), modified);
    }

    void in_use_with_a_log() {
        SqliteFile owner(path_);
        owner.run("PRAGMA journal_mode = WAL; CREATE TABLE t (a); INSERT INTO t VALUES ('one')");
        const auto before = names_in(folder_);
        QCOMPARE(before.size(), std::size_t(3));
        const auto database = value_of(ForeignDatabase::open(path_));
        QCOMPARE(texts(database, "SELECT a FROM t"), std::vector<std::string>{"one"});
        owner.run("INSERT INTO t VALUES ('two')");
        QCOMPARE(texts(database, "SELECT a FROM t"), (std::vector<std::string>{"one", "two"}));
        QCOMPARE(names_in(folder_), before);
    }

    // What is only in the log counts, whether its shared memory was copied too or not.
    void copied_while_in_use_data() {
        QTest::addColumn<bool>("with_shared_memory");
        QTest::newRow("all three files") << true;
        QTest::newRow("without -shm") << false;
    }

    void copied_while_in_use() {
        QFETCH(bool, with_shared_memory);
        const fs::path copy = folder_ / "copy.db";
        {
            SqliteFile owner(path_);
            owner.run("PRAGMA journal_mode = WAL; CREATE TABLE t (a); INSERT INTO t VALUES ('one')");
            std::vector<const char*> parts{"", "-wal"};
            if (with_shared_memory) parts.push_back("-shm");
            copy_files(path_, copy, parts);
        }
        const auto before = names_in(folder_);
        {
            const auto database = value_of(ForeignDatabase::open(copy));
            QCOMPARE(texts(database, "SELECT a FROM t"), std::vector<std::string>{"one"});
        }
        QCOMPARE(names_in(folder_), before);
        QVERIFY(fs::file_size(copy.string() + "-wal") > 0);
    }

    void in_the_middle_of_a_transaction() {
        SqliteFile owner(path_);
        owner.run("CREATE TABLE t (a); INSERT INTO t VALUES ('one'); BEGIN IMMEDIATE; INSERT INTO t VALUES ('two')");
        const auto database = value_of(ForeignDatabase::open(path_));
        QCOMPARE(texts(database, "SELECT a FROM t"), std::vector<std::string>{"one"});
    }

    void stopped_in_the_middle_of_a_transaction() {
        const fs::path copy = folder_ / "copy.db";
        {
            SqliteFile owner(path_);
            owner.run("PRAGMA cache_size = 1; PRAGMA cache_spill = 1; CREATE TABLE t (a); "
                      "INSERT INTO t VALUES (randomblob(100000)); BEGIN; UPDATE t SET a = randomblob(200000); "
                      "INSERT INTO t VALUES (randomblob(500000))");
            copy_files(path_, copy, {"", "-journal"});
        }
        const auto database = ForeignDatabase::open(copy);
        QVERIFY(!database);
        QVERIFY2(database.error().text().find("stopped in the middle") != std::string::npos,
                 database.error().text().c_str());
    }

    void statements_that_do_more_than_read_are_refused_data() {
        QTest::addColumn<QString>("sql");
        for (const char* sql :
             {"INSERT INTO t VALUES (1)", "DELETE FROM t", "DROP TABLE t", "ATTACH 'other.db' AS other",
              "PRAGMA journal_mode = DELETE", "PRAGMA writable_schema = 1", "VACUUM INTO 'copy.db'",
              "SELECT load_extension('x')", "BEGIN", "SELECT nothing FROM t", "SELECT"})
            QTest::newRow(sql) << sql;
    }

    void statements_that_do_more_than_read_are_refused() {
        QFETCH(QString, sql);
        SqliteFile(path_).run("CREATE TABLE t (a)");
        const auto database = value_of(ForeignDatabase::open(path_));
        const auto rows = database.select(sql.toStdString());
        QVERIFY(!rows);
        QCOMPARE(rows.error().file, path_.string());
        QCOMPARE(rows.error().kind, ErrorKind::unsupported);
    }

    void files_that_are_no_foreign_database_data() {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QString>("reason");
        const QByteArray magic("SQLite format 3\0", 16);
        QTest::newRow("empty") << QByteArray() << "encrypted or no SQLite";
        QTest::newRow("text") << QByteArray("step,loss\n1,2\n") << "encrypted or no SQLite";
        QTest::newRow("magic alone") << magic << "encrypted or no SQLite";
        QTest::newRow("zeros after the magic") << magic + QByteArray(4096, '\0') << "encrypted or no SQLite";
        QTest::newRow("noise") << QByteArray(4096, '\x5a') << "encrypted or no SQLite";
    }

    void files_that_are_no_foreign_database() {
        QFETCH(QByteArray, bytes);
        QFETCH(QString, reason);
        REQUIRE_OK(write_file_atomically(path_, bytes.toStdString()));
        const auto database = ForeignDatabase::open(path_);
        QVERIFY(!database);
        QCOMPARE(database.error().file, path_.string());
        const QString text = QString::fromStdString(database.error().text());
        QVERIFY2(text.contains(reason), qPrintable(text));
    }

    void a_missing_file_is_not_made() {
        QCOMPARE(ForeignDatabase::open(path_).error().kind, ErrorKind::not_found);
        QVERIFY(!fs::exists(path_));
    }

    void a_project_is_no_source() {
        ProjectFixture fixture;
        const std::string head = value_of(read_text_file(fixture.path(), 1 << 30)).substr(0, 200);
        QVERIFY(!is_foreign_database(head));
        const auto database = ForeignDatabase::open(fixture.path());
        QVERIFY(!database);
        QVERIFY(database.error().reason.find("Isoloss project") != std::string::npos);
    }

    void damaged_pages_are_an_error() {
        SqliteFile(path_).run(
            "CREATE TABLE t (a); WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < "
            "20000) INSERT INTO t SELECT 'row ' || i FROM n");
        std::string bytes = value_of(read_text_file(path_, 1 << 30));
        QVERIFY(is_foreign_database(bytes));
        for (std::size_t i = 4096 * 10; i < 4096 * 14; ++i)
            bytes[i] = '\x7f';
        REQUIRE_OK(write_file_atomically(path_, bytes));
        const auto database = value_of(ForeignDatabase::open(path_));
        auto rows = value_of(database.select("SELECT a FROM t"));
        Expected<bool> more = true;
        int read = 0;
        while (more && *more) {
            more = rows.next();
            ++read;
        }
        QVERIFY(!more);
        QCOMPARE(more.error().kind, ErrorKind::damaged);
        QVERIFY(read > 1);
        // Cut short.
        REQUIRE_OK(write_file_atomically(path_, bytes.substr(0, 4096 * 3)));
        const auto cut = ForeignDatabase::open(path_);
        const auto cut_rows = cut ? cut->select("SELECT count(*) FROM t") : fail(cut.error());
        const auto cut_row = cut_rows ? value_of(cut->select("SELECT count(*) FROM t")).next() : fail(cut_rows.error());
        QCOMPARE(cut_row.error().kind, ErrorKind::damaged);
    }

    void a_statement_that_never_ends_can_be_stopped() {
        SqliteFile(path_).run("CREATE TABLE t (a)");
        CancellationSource source;
        source.cancel();
        const auto database = value_of(ForeignDatabase::open(path_, source.token()));
        auto rows = value_of(database.select("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
                                             "SELECT i FROM n WHERE i < 0"));
        QCOMPARE(rows.next().error().kind, ErrorKind::cancelled);
    }
};

QTEST_APPLESS_MAIN(ForeignDatabaseTest)
#include "tst_foreign_database.moc"
