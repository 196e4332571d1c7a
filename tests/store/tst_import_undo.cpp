#include "tests/support/random_importer.h"

#include <csignal>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace isoloss;
using namespace isoloss::test;

/// Whatever an import changed, undoing it makes it what it was.
class ImportUndoTest : public QObject {
    Q_OBJECT

    static void add_seeds(unsigned count) {
        QTest::addColumn<unsigned>("seed");
        for (unsigned seed = 1; seed <= count; ++seed)
            QTest::addRow("seed %u", seed) << seed;
    }

    static void verify_sound(const ProjectFixture& fixture) {
        const auto faults = value_of(fixture.reader()->check_integrity());
        QVERIFY2(faults.empty(), faults.empty() ? "" : faults.front().c_str());
    }

private Q_SLOTS:

    void imports_are_undone_newest_first_data() { add_seeds(15); }

    void imports_are_undone_newest_first() {
        QFETCH(unsigned, seed);
        ProjectFixture fixture;
        RandomImporter importer(seed);
        write(fixture, [&](WriteSession& session) -> Expected<void> {
            for (int i = 0; i < 10; ++i)
                ISOLOSS_TRY_VOID(importer.change(session));
            return {};
        });
        std::vector<QStringList> before;
        std::vector<ImportId> imports;
        for (int i = 0; i < 5; ++i) {
            before.push_back(content(fixture));
            imports.push_back(import_by_chance(fixture, importer));
        }
        for (; !imports.empty(); imports.pop_back(), before.pop_back()) {
            REQUIRE_OK(undo(fixture, imports.back()));
            compare_dumps(content(fixture), before.back());
            verify_sound(fixture);
        }
    }

    void every_order_that_is_allowed_ends_at_the_beginning_data() { add_seeds(15); }

    void every_order_that_is_allowed_ends_at_the_beginning() {
        QFETCH(unsigned, seed);
        ProjectFixture fixture;
        RandomImporter importer(seed);
        import_by_chance(fixture, importer);
        const QStringList before = content(fixture);
        std::vector<ImportId> imports;
        for (int i = 0; i < 6; ++i)
            imports.push_back(import_with(fixture, [&](WriteSession& session) { return importer.change(session); }));
        int out_of_order = 0;
        while (!imports.empty()) {
            const auto at = static_cast<std::size_t>(importer.below(static_cast<int>(imports.size())));
            const auto held = value_of(fixture.reader()->imports());
            const auto undone = undo(fixture, imports[at]);
            if (!undone) {
                QCOMPARE(undone.error().kind, ErrorKind::usage);
                continue;
            }
            QCOMPARE(undone->imports, std::vector<ImportId>{imports[at]});
            // The others have what they had.
            const auto holding = value_of(fixture.reader()->imports());
            for (std::size_t i = 0; i < held.size(); ++i)
                QVERIFY(held[i].id == imports[at] || held[i].holds == holding[i].holds);
            out_of_order += at + 1 < imports.size();
            imports.erase(imports.begin() + static_cast<std::ptrdiff_t>(at));
        }
        QVERIFY2(out_of_order > 0 || seed > 3, "every import built on the one before it: the pools are too small");
        compare_dumps(content(fixture), before);
        verify_sound(fixture);
    }

    void an_import_goes_with_those_that_build_on_it_data() { add_seeds(10); }

    void an_import_goes_with_those_that_build_on_it() {
        QFETCH(unsigned, seed);
        ProjectFixture fixture;
        RandomImporter importer(seed);
        import_by_chance(fixture, importer);
        const QStringList before = content(fixture);
        std::vector<ImportId> imports;
        for (int i = 0; i < 3; ++i)
            imports.push_back(import_by_chance(fixture, importer));
        for (const ImportId import : imports) {
            const auto list = value_of(fixture.reader()->imports());
            if (list.at(static_cast<std::size_t>(import.value) - 1).undone_at) continue;
            const auto plan = value_of(fixture.reader()->plan_undo(import));
            const auto undone = value_of(undo(fixture, import, UndoRule::with_what_builds_on_it));
            QCOMPARE(undone.imports, plan.imports);
            QVERIFY(undone.removed == plan.removes);
        }
        compare_dumps(content(fixture), before);
    }

    void importing_again_is_as_if_never_undone_data() { add_seeds(10); }

    void importing_again_is_as_if_never_undone() {
        QFETCH(unsigned, seed);
        ProjectFixture fixture;
        RandomImporter importer(seed);
        import_by_chance(fixture, importer);
        RandomImporter again = importer;
        const ImportId import = import_by_chance(fixture, importer);
        const QStringList after = content(fixture, DumpOf::what_they_mean);
        REQUIRE_OK(undo(fixture, import));
        import_by_chance(fixture, again);
        compare_dumps(content(fixture, DumpOf::what_they_mean), after);
    }

    // What cannot be read cannot be cut: it stays, is named, and does not stand in the way of the rest.
    void a_damaged_chunk_is_left_and_named() {
        ProjectFixture fixture;
        write(fixture, append(std::vector<float>(4100, 1), 0));
        const ImportId import = import_with(fixture, append(std::vector<float>(8000, 2), 4100));
        fixture.close();
        sqlite3* database = nullptr;
        QCOMPARE(sqlite3_open(fixture.path().c_str(), &database), SQLITE_OK);
        QCOMPARE(
            sqlite3_exec(database, "UPDATE chunk SET payload = x'00' WHERE ordinal = 1", nullptr, nullptr, nullptr),
            SQLITE_OK);
        sqlite3_close(database);
        fixture.open();
        const auto undone = value_of(undo(fixture, import));
        QCOMPARE(undone.damaged.size(), std::size_t{1});
        const auto reader = fixture.reader();
        const SeriesRecord series = value_of(reader->series()).at(0);
        const auto chunks = value_of(reader->chunks(series.id));
        QCOMPARE(chunks.size(), std::size_t{2});
        QVERIFY(!chunks[0].bad && chunks[1].bad);
        QCOMPARE(series.points, std::int64_t{4100});
        write(fixture, append({5}, 12100));
        QCOMPARE(value_of(reader->points(series.id)).at(0).points.size(), std::size_t{4097});
    }

    void a_crash_before_the_end_leaves_the_project_as_it_was() {
        ProjectFixture fixture;
        RandomImporter importer(7);
        import_by_chance(fixture, importer);
        const ImportId import = import_by_chance(fixture, importer);
        const QStringList before = content(fixture);
        fixture.close();
        const pid_t child = ::fork();
        if (child == 0) {
            fixture.open();
            (void)fixture.writer().run([&](WriteSession& session) -> Expected<void> {
                if (session.undo_import(import, UndoRule::only_what_files_hold)) ::kill(::getpid(), SIGKILL);
                return {};
            });
            ::_exit(1);
        }
        int status = 0;
        QCOMPARE(::waitpid(child, &status, 0), child);
        QVERIFY(WIFSIGNALED(status));
        fixture.open();
        compare_dumps(content(fixture), before);
        REQUIRE_OK(undo(fixture, import));
    }

    // A limit on the size of files stands for a full disk; in a child, because it holds for the whole process.
    void a_full_disk_leaves_the_project_as_it_was() {
        ProjectFixture fixture;
        write(fixture, append({1, 2, 3}, 0));
        std::vector<float> values(400'000);
        for (std::size_t i = 0; i < values.size(); ++i)
            values[i] = static_cast<float>(i * 2654435761u % 1000003);
        const ImportId import = import_with(fixture, append(values, 3));
        const QStringList before = content(fixture);
        fixture.close();
        const pid_t child = ::fork();
        if (child == 0) {
            fixture.open();
            std::signal(SIGXFSZ, SIG_IGN);
            const rlimit limit{1 << 14, 1 << 14};
            ::setrlimit(RLIMIT_FSIZE, &limit);
            const auto undone = undo(fixture, import);
            ::_exit(!undone && undone.error().kind == ErrorKind::io ? 0 : 1);
        }
        int status = 0;
        QCOMPARE(::waitpid(child, &status, 0), child);
        QVERIFY(WIFEXITED(status));
        QCOMPARE(WEXITSTATUS(status), 0);
        fixture.open();
        compare_dumps(content(fixture), before);
        REQUIRE_OK(undo(fixture, import));
        QCOMPARE(value_of(fixture.reader()->series()).at(0).points, std::int64_t{3});
    }

    // What is removed is not written once more.
    void undoing_writes_little() {
        ProjectFixture fixture;
        std::vector<float> values(2'000'000);
        for (std::size_t i = 0; i < values.size(); ++i)
            values[i] = static_cast<float>(i * 2654435761u % 1000003);
        const ImportId import = import_with(fixture, append(values, 0));
        fixture.close();
        const auto size = std::filesystem::file_size(fixture.path());
        fixture.open();
        REQUIRE_OK(undo(fixture, import));
        const auto log = std::filesystem::file_size(fixture.path().string() + "-wal");
        QVERIFY2(log < size / 8, qPrintable(QString("%1 bytes of log for %2 of project").arg(log).arg(size)));
    }
};

QTEST_GUILESS_MAIN(ImportUndoTest)
#include "tst_import_undo.moc"
