#include "tests/support/project_fixture.h"
#include "tests/support/safetensors_file.h"

#include "engine/store/connection.h"
#include "engine/store/migrations.h"
#include "engine/store/schema_version.h"

#include <QFile>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace isoloss;
using namespace isoloss::test;

namespace {

/// Runs SQL on a file behind Isoloss's back.
void alter(const std::filesystem::path& path, const std::string& sql) {
    sqlite3* database = nullptr;
    QCOMPARE(sqlite3_open(path.c_str(), &database), SQLITE_OK);
    char* message = nullptr;
    sqlite3_exec(database, sql.c_str(), nullptr, nullptr, &message);
    QVERIFY2(message == nullptr, message);
    sqlite3_close(database);
}

QByteArray bytes_of(const std::filesystem::path& path) {
    QFile file(QString::fromStdString(path.string()));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray("unreadable");
}

int user_version(Connection& connection) {
    return value_of(schema_version(connection));
}

/// The number of the last migration, so many further.
std::string format_number(int further = 0) {
    return std::to_string(project_migrations().back().version + further);
}

} // namespace

/// Which files are opened, how, and which are refused untouched.
class OpeningTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void a_fresh_project_has_its_marks() {
        ProjectFixture fixture;
        const auto reader = fixture.reader();
        QCOMPARE(value_of(reader->sql("PRAGMA application_id")).rows.at(0).at(0),
                 std::optional<std::string>(std::to_string(0x49534f4c)));
        QCOMPARE(value_of(reader->sql("PRAGMA user_version")).rows.at(0).at(0),
                 std::optional<std::string>(format_number()));
        QVERIFY(value_of(reader->check_integrity()).empty());
        QVERIFY(!Project::create(fixture.path()));
    }

    void a_closed_project_is_one_file() {
        ProjectFixture fixture;
        fixture.close();
        const auto entries = std::distance(std::filesystem::directory_iterator(fixture.folder()), {});
        QCOMPARE(entries, std::ptrdiff_t{1});
    }

    void foreign_files_are_refused_data() {
        QTest::addColumn<QByteArray>("content");
        QTest::newRow("empty") << QByteArray();
        QTest::newRow("text") << QByteArray("step,loss\n1,2\n").repeated(100);
        QTest::newRow("a header alone") << QByteArray("SQLite format 3\0", 16);
    }

    void foreign_files_are_refused() {
        QFETCH(QByteArray, content);
        QTemporaryDir folder;
        const auto path = std::filesystem::path(folder.path().toStdString()) / "x.isoloss";
        write_bytes(QString::fromStdString(path.string()), content);
        const auto opened = Project::open(path);
        QVERIFY(!opened);
        QCOMPARE(opened.error().kind, ErrorKind::foreign);
        QCOMPARE(bytes_of(path), content);
        QCOMPARE(std::distance(std::filesystem::directory_iterator(path.parent_path()), {}), std::ptrdiff_t{1});
    }

    void another_program_s_database_is_refused() {
        QTemporaryDir folder;
        const auto path = std::filesystem::path(folder.path().toStdString()) / "x.isoloss";
        alter(path, "CREATE TABLE t (x); PRAGMA application_id = 7");
        const QByteArray before = bytes_of(path);
        const auto opened = Project::open(path);
        QVERIFY(!opened);
        QCOMPARE(opened.error().kind, ErrorKind::foreign);
        QCOMPARE(bytes_of(path), before);
    }

    void hostile_schemas_are_refused_data() {
        QTest::addColumn<QString>("sql");
        QTest::newRow("trigger") << "CREATE TRIGGER t AFTER INSERT ON run BEGIN DELETE FROM value; END";
        QTest::newRow("view") << "CREATE VIEW v AS SELECT * FROM run";
        QTest::newRow("virtual table") << "CREATE VIRTUAL TABLE f USING fts5(text)";
        QTest::newRow("extra table") << "CREATE TABLE extra (x)";
        QTest::newRow("missing index") << "DROP INDEX checkpoint_final";
        QTest::newRow("changed table") << "ALTER TABLE run ADD COLUMN extra TEXT";
    }

    void hostile_schemas_are_refused() {
        QFETCH(QString, sql);
        ProjectFixture fixture;
        fixture.close();
        alter(fixture.path(), sql.toStdString());
        const auto opened = Project::open(fixture.path());
        QVERIFY(!opened);
        QCOMPARE(opened.error().kind, ErrorKind::foreign);
    }

    void a_newer_project_is_read_or_refused_data() {
        QTest::addColumn<QString>("minimum");
        QTest::addColumn<bool>("readable");
        QTest::newRow("compatible") << QString::fromStdString(format_number()) << true;
        QTest::newRow("incompatible") << QString::fromStdString(format_number(1)) << false;
        QTest::newRow("nonsense") << "" << false;
    }

    void a_newer_project_is_read_or_refused() {
        QFETCH(QString, minimum);
        QFETCH(bool, readable);
        ProjectFixture fixture;
        fixture.close();
        alter(fixture.path(), "ALTER TABLE run ADD COLUMN added TEXT; PRAGMA user_version = " + format_number(1) +
                                  "; UPDATE property SET value = '" + minimum.toStdString() +
                                  "' WHERE name = 'minimum_version'");
        const auto opened = Project::open(fixture.path());
        QCOMPARE(opened.has_value(), readable);
        if (readable) {
            QVERIFY((*opened)->read_only() && !(*opened)->read_only_reason().empty());
            QVERIFY((*opened)->reader().value()->runs());
        } else {
            QCOMPARE(opened.error().kind, ErrorKind::newer);
        }
    }

    // A project of the first format: nothing is lost, and what no journal was kept of cannot be undone.
    void an_older_project_is_brought_up_to_date() {
        QTemporaryDir folder;
        const auto path = std::filesystem::path(folder.path().toStdString()) / "x.isoloss";
        {
            const auto connection = value_of(Connection::open(path, Connection::Access::create));
            REQUIRE_OK(connection->execute_script("PRAGMA application_id = " + std::to_string(project_application_id)));
            REQUIRE_OK(migrate(*connection, project_migrations().first(1)));
            REQUIRE_OK(connection->execute_script("INSERT INTO import (paths, started_at) VALUES ('[\"/data\"]', 5); "
                                                  "INSERT INTO run (name, color, import_id) VALUES ('old', 0, 1); "
                                                  "INSERT INTO series (run_id, name) VALUES (1, 'loss')"));
        }
        const auto read_only = Project::open(path, OpenMode::read_only);
        QVERIFY(!read_only && read_only.error().kind == ErrorKind::io);
        const auto project = value_of(Project::open(path));
        const auto reader = value_of(project->reader());
        QCOMPARE(value_of(reader->sql("PRAGMA user_version")).rows.at(0).at(0),
                 std::optional<std::string>(format_number()));
        QCOMPARE(value_of(reader->runs()).at(0).name, std::string("old"));
        QCOMPARE(value_of(reader->imports()).at(0).holds.runs, std::int64_t{1});
        QVERIFY(!value_of(reader->imports()).at(0).undoable);
        const auto undone = project->writer().run([](WriteSession& session) -> Expected<void> {
            ISOLOSS_TRY_VOID(session.undo_import(ImportId(1), UndoRule::with_what_builds_on_it));
            return {};
        });
        QVERIFY(!undone);
        QCOMPARE(undone.error().kind, ErrorKind::unsupported);
        QCOMPARE(value_of(reader->runs()).size(), std::size_t{1});
    }

    void migrations_run_in_order_and_stop_where_they_fail() {
        const auto connection = value_of(Connection::open_in_memory());
        const Migration first{1, 1, "CREATE TABLE property (name TEXT PRIMARY KEY, value TEXT); CREATE TABLE a (x);"};
        const Migration second{2, 1, "CREATE TABLE b (x);"};
        const Migration third{3, 2, "CREATE TABLE c (x); INSERT INTO missing VALUES (1);"};
        QVERIFY(migrate(*connection, std::array{first}));
        QCOMPARE(user_version(*connection), 1);
        QVERIFY(!migrate(*connection, std::array{first, second, third}));
        QCOMPARE(user_version(*connection), 2);
        QCOMPARE(value_of(minimum_schema_version(*connection)), 1);
        QVERIFY(connection->execute("INSERT INTO b VALUES (1)"));
        QVERIFY(!connection->execute("INSERT INTO c VALUES (1)")); // rolled back with the failed step
        QVERIFY(migrate(*connection, std::array{first, second, Migration{3, 2, "CREATE TABLE c (x);"}}));
        QCOMPARE(value_of(minimum_schema_version(*connection)), 2);
    }

    void a_second_instance_only_reads() {
        ProjectFixture fixture;
        const auto second = value_of(Project::open(fixture.path()));
        QVERIFY(second->read_only());
        QVERIFY(second->read_only_reason().find("Another Isoloss") != std::string::npos);
        REQUIRE_OK(fixture.writer().run([](WriteSession& session) -> Expected<void> {
            ISOLOSS_TRY_VOID(session.ensure_run({"k", "a"}, "a"));
            return {};
        }));
        const auto reader = value_of(second->reader());
        QCOMPARE(value_of(reader->runs()).size(), std::size_t{1});
        fixture.close();
        QVERIFY(!value_of(Project::open(fixture.path()))->read_only());
    }

    void readers_cannot_write() {
        ProjectFixture fixture;
        const auto connection = value_of(Connection::open(fixture.path(), Connection::Access::read_only));
        QVERIFY(!connection->execute("DELETE FROM run"));
    }

    void a_truncated_project_is_left_alone() {
        ProjectFixture fixture;
        fixture.close();
        const auto size = std::filesystem::file_size(fixture.path());
        std::filesystem::resize_file(fixture.path(), size - 4096);
        const QByteArray before = bytes_of(fixture.path());
        const auto opened = Project::open(fixture.path());
        QVERIFY(!opened);
        QCOMPARE(opened.error().kind, ErrorKind::damaged);
        QVERIFY(opened.error().remedy.find(".recover") != std::string::npos);
        QCOMPARE(bytes_of(fixture.path()), before);
    }

    void a_log_without_its_project_is_not_adopted() {
        QTemporaryDir folder;
        const auto path = std::filesystem::path(folder.path().toStdString()) / "x.isoloss";
        write_bytes(QString::fromStdString(path.string() + "-wal"), "left over");
        const auto created = Project::create(path);
        QVERIFY(!created);
        QCOMPARE(created.error().kind, ErrorKind::usage);
    }

    void names_that_are_no_text_work_data() {
        QTest::addColumn<QByteArray>("name");
        QTest::newRow("not UTF-8") << QByteArray("\xff\xfe.isoloss");
        QTest::newRow("signs of a URI") << QByteArray("a?b#c%41 'd'.isoloss");
    }

    void names_that_are_no_text_work() {
        QFETCH(QByteArray, name);
        QTemporaryDir folder;
        const auto path = std::filesystem::path(folder.path().toStdString()) / name.toStdString();
        REQUIRE_OK(Project::create(path));
        QVERIFY(std::filesystem::exists(path));
        REQUIRE_OK(Project::open(path));
        QVERIFY(std::filesystem::remove(path)); // which Qt's folder cannot do
    }

    // As another user, because root may write everywhere.
    void a_read_only_folder_is_read() {
        ProjectFixture fixture;
        fixture.close();
        QCOMPARE(::chmod(fixture.path().c_str(), 0444), 0);
        QCOMPARE(::chmod(fixture.folder().c_str(), 0555), 0);
        const pid_t child = ::fork();
        if (child == 0) {
            if (::geteuid() == 0 && ::seteuid(65534) != 0) ::_exit(2);
            const auto opened = Project::open(fixture.path());
            const bool good = opened && (*opened)->read_only() && !(*opened)->read_only_reason().empty() &&
                              (*opened)->reader() && (*opened)->reader().value()->runs();
            ::_exit(good ? 0 : 1);
        }
        int status = 0;
        QCOMPARE(::waitpid(child, &status, 0), child);
        ::chmod(fixture.folder().c_str(), 0755);
        QVERIFY(WIFEXITED(status));
        QCOMPARE(WEXITSTATUS(status), 0);
    }
};

QTEST_GUILESS_MAIN(OpeningTest)
#include "tst_opening.moc"
