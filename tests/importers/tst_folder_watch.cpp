#include "engine/importers/tail/folder_watch.h"
#include "engine/importers/tail/polled_tree.h"
#include "tests/support/event_file_writer.h"
#include "tests/support/project_fixture.h"

#include <QTemporaryDir>
#include <QTest>

using namespace isoloss;
using namespace isoloss::support;
using namespace std::chrono_literals;

namespace fs = std::filesystem;

namespace {

FolderEvent changed(const fs::path& path) {
    return {FolderEvent::Kind::changed, path};
}

FolderEvent gone(const fs::path& path) {
    return {FolderEvent::Kind::gone, path};
}

} // namespace

/// What is told of folders, by the system and by looking.
class FolderWatchTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void looking_finds_what_has_changed() {
        QTemporaryDir folder;
        const fs::path root = fs::canonical(folder.path().toStdString());
        put_file(root / "a" / "x", "1");
        PolledTree::Time now{1000s};
        const double utc = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
        PolledTree tree(root, "for a test");
        QVERIFY(tree.look(now, utc).empty());
        put_file(root / "a" / "x", "2", true);
        QVERIFY(tree.look(now + 500ms, utc).empty()); // not every call looks
        QCOMPARE(tree.look(now + 1s, utc), std::vector{changed(root / "a" / "x")});
        QVERIFY(tree.look(now + 2s, utc).empty());
        put_file(root / "b" / "y", "1");
        QVERIFY(tree.look(now + 3s, utc).empty()); // new files are found by the look at the whole tree
        QCOMPARE(tree.look(now + 10s, utc), (std::vector{changed(root / "b"), changed(root / "b" / "y")}));
        fs::remove(root / "a" / "x");
        QCOMPARE(tree.look(now + 11s, utc), std::vector{gone(root / "a" / "x")});
        QVERIFY(tree.next() <= now + 12s);
    }

    // The real thing, with inotify where there is one. No time is asserted: only that it happens.

    void the_system_tells_of_changes() {
        QTemporaryDir folder;
        const fs::path root = fs::canonical(folder.path().toStdString());
        fs::create_directories(root / "old");
        const auto watch = system_folder_watch();
        REQUIRE_OK(watch->add(root));
        const auto wait_for = [&](const fs::path& path, FolderEvent::Kind kind) {
            for (int turn = 0; turn < 200; ++turn)
                for (const FolderEvent& event : watch->wait(100ms))
                    if (event.path == path && event.kind == kind) return true;
            return false;
        };
        put_file(root / "old" / "x", "1");
        QVERIFY(wait_for(root / "old" / "x", FolderEvent::Kind::changed));
        fs::create_directories(root / "new" / "deep");
        QVERIFY(wait_for(root / "new", FolderEvent::Kind::changed));
        put_file(root / "new" / "deep" / "y", "1");
        QVERIFY(wait_for(root / "new" / "deep" / "y", FolderEvent::Kind::changed));
        fs::rename(root / "new", root / "moved");
        QVERIFY(wait_for(root / "moved", FolderEvent::Kind::changed));
        put_file(root / "moved" / "deep" / "y", "2", true);
        QVERIFY(wait_for(root / "moved" / "deep" / "y", FolderEvent::Kind::changed));
        fs::remove(root / "old" / "x");
        QVERIFY(wait_for(root / "old" / "x", FolderEvent::Kind::gone));
        // What happens behind a link is told of in its place; a link in a circle is no trap.
        QTemporaryDir elsewhere;
        const fs::path target = fs::canonical(elsewhere.path().toStdString());
        put_file(target / "z", "1");
        fs::create_directory_symlink(root, target / "circle");
        fs::create_directory_symlink(target, root / "link");
        QVERIFY(wait_for(root / "link", FolderEvent::Kind::changed));
        put_file(target / "z", "2", true);
        QVERIFY(wait_for(root / "link" / "z", FolderEvent::Kind::changed));
        fs::create_symlink(target / "z", root / "old" / "file_link");
        QVERIFY(wait_for(root / "old" / "file_link", FolderEvent::Kind::changed));
        watch->wake();
        watch->wait(1h); // ends at once
    }
};

QTEST_GUILESS_MAIN(FolderWatchTest)
#include "tst_folder_watch.moc"
