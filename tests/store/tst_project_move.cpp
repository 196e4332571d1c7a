#include "engine/base/file.h"
#include "engine/store/project_move.h"
#include "tests/support/project_fixture.h"

#include <QTest>
#include <fstream>
#include <sys/stat.h>

using namespace isoloss;
using test::ProjectFixture;
using test::value_of;

namespace {

namespace fs = std::filesystem;

void add_run(ProjectFixture& fixture, const char* name) {
    const auto written = fixture.writer().run([name](WriteSession& session) -> Expected<void> {
        ISOLOSS_TRY_VOID(session.ensure_run({"test", name}, name));
        return {};
    });
    if (!written) throw std::runtime_error(written.error().text());
}

std::vector<std::string> run_names(const fs::path& path) {
    const auto project = value_of(Project::open(path));
    std::vector<std::string> names;
    for (const RunRecord& run : value_of(value_of(project->reader())->runs()))
        names.push_back(run.name);
    return names;
}

dev_t device_of(const fs::path& path) {
    struct stat status {};

    ::stat(path.c_str(), &status);
    return status.st_dev;
}

const std::vector<std::string> alpha{"alpha"};

} // namespace

class ProjectMoveTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void moves_and_replaces_data() {
        QTest::addColumn<QString>("folder");
        QTest::addColumn<bool>("replaces");
        QTest::newRow("same file system") << "" << false;
        QTest::newRow("over a file") << "" << true;
        QTest::newRow("another file system") << "/dev/shm/isoloss-XXXXXX" << false;
        QTest::newRow("over a file of another file system") << "/dev/shm/isoloss-XXXXXX" << true;
    }

    void moves_and_replaces() {
        QFETCH(QString, folder);
        QFETCH(bool, replaces);
        const QTemporaryDir target_folder = folder.isEmpty() ? QTemporaryDir() : QTemporaryDir(folder);
        ProjectFixture fixture;
        if (!folder.isEmpty() &&
            (!target_folder.isValid() || device_of(target_folder.path().toStdString()) == device_of(fixture.folder())))
            QSKIP("/dev/shm is not another file system here");
        add_run(fixture, "alpha");
        fixture.close();
        const fs::path to = fs::path(target_folder.path().toStdString()) / "moved.isoloss";
        if (replaces) REQUIRE_OK(write_file_atomically(to, "something else"));
        const auto moved = move_project(fixture.path(), to);
        REQUIRE_OK(moved);
        QVERIFY(!moved->old_file_remains);
        QVERIFY(!fs::exists(fixture.path()));
        QCOMPARE(run_names(to), alpha);
        QCOMPARE(std::distance(fs::directory_iterator(to.parent_path()), {}), std::ptrdiff_t{1});
    }

    void an_open_project_stays() {
        ProjectFixture fixture;
        add_run(fixture, "alpha");
        const fs::path to = fixture.folder() / "moved.isoloss";
        QCOMPARE(move_project(fixture.path(), to).error().kind, ErrorKind::busy);
        QVERIFY(!fs::exists(to));
        fixture.close();
        QCOMPARE(run_names(fixture.path()), alpha);
    }

    void an_open_target_stays() {
        ProjectFixture source, target;
        add_run(source, "alpha");
        add_run(target, "beta");
        source.close();
        QCOMPARE(move_project(source.path(), target.path()).error().kind, ErrorKind::busy);
        target.close();
        QCOMPARE(run_names(source.path()), alpha);
        QCOMPARE(run_names(target.path()), std::vector<std::string>{"beta"});
    }

    void a_folder_that_is_not_there_is_an_error() {
        ProjectFixture fixture;
        add_run(fixture, "alpha");
        fixture.close();
        QVERIFY(!move_project(fixture.path(), fixture.folder() / "none" / "moved.isoloss"));
        QCOMPARE(run_names(fixture.path()), alpha);
    }
};

QTEST_GUILESS_MAIN(ProjectMoveTest)
#include "tst_project_move.moc"
