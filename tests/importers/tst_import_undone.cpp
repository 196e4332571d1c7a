#include "tests/support/event_file_writer.h"
#include "tests/support/project_dump.h"
#include "tests/support/project_fixture.h"
#include "tests/support/safetensors_file.h"

#include "engine/importers/import.h"
#include "engine/store/source_check.h"

#include <functional>

using namespace isoloss;
using namespace isoloss::support;
using namespace isoloss::test;

namespace fs = std::filesystem;

/// What files bring into a project goes again with their import, and comes back when they are imported again.
class ImportUndoneTest : public QObject {
    Q_OBJECT

    using Files = std::function<void(const fs::path& root)>;

    static void import(ProjectFixture& fixture, const fs::path& path) {
        const auto report = import_paths(fixture.project(), {path});
        if (!report) throw std::runtime_error(report.error().text());
    }

    static Expected<void> undo_last(ProjectFixture& fixture) {
        const auto imports = value_of(fixture.reader()->imports());
        return fixture.writer().run([&](WriteSession& session) -> Expected<void> {
            const auto last = std::find_if(imports.rbegin(), imports.rend(),
                                           [](const ImportRecord& import) { return !import.undone_at; });
            ISOLOSS_TRY_VOID(session.undo_import(last->id, UndoRule::only_what_files_hold));
            return {};
        });
    }

    static QStringList content(const ProjectFixture& fixture, DumpOf what = DumpOf::all_rows) {
        const auto reader = fixture.reader();
        return dump(*reader, what);
    }

    // A results file as the evaluation harness 0.3 writes it.
    static std::string results(int step, double accuracy) {
        return QString("{'results': {'arc_easy': {'acc': %1, 'acc_stderr': 0.01}}, 'versions': {'arc_easy': 0}, "
                       "'config': {'model': 'hf-causal', 'model_args': 'pretrained=lab/small,revision=step%2', "
                       "'num_fewshot': 0}}")
            .arg(accuracy)
            .arg(step)
            .replace('\'', '"')
            .toStdString();
    }

    static std::string scalars(const char* tag, int first, int count, float scale) {
        std::string bytes;
        for (int step = first; step < first + count; ++step)
            bytes += scalar_frame(tag, step, scale / static_cast<float>(step + 1), 1.7e9 + step);
        return bytes;
    }

private Q_SLOTS:

    void undoing_puts_everything_back_data() {
        QTest::addColumn<Files>("more");
        QTest::addColumn<bool>("brings_something");
        const auto row = [](const char* name, const Files& more) { QTest::newRow(name) << more << true; };
        QTest::newRow("nothing new") << Files([](const fs::path&) {}) << false;
        row("grown files", [](const fs::path& root) {
            put_file(root / "a" / "events.out.tfevents.1", scalars("loss", 6000, 3000, 4), true);
        });
        row("a new series", [](const fs::path& root) {
            put_file(root / "a" / "events.out.tfevents.1", scalars("lr", 0, 10, 4), true);
        });
        row("a restart", [](const fs::path& root) {
            put_file(root / "a" / "events.out.tfevents.1", scalars("loss", 3000, 50, 4), true);
        });
        row("a second writer",
            [](const fs::path& root) { put_file(root / "a" / "events.out.tfevents.2", scalars("loss", 100, 50, 7)); });
        row("a replaced file",
            [](const fs::path& root) { put_file(root / "a" / "events.out.tfevents.1", scalars("loss", 0, 9, 5)); });
        row("a config", [](const fs::path& root) {
            Hparams parameters;
            parameters.numbers = {{"lr", 0.5}, {"layers", 12}};
            parameters.start_time = 1.6e9;
            put_file(root / "a" / "events.out.tfevents.1",
                     hparams_start_frame(parameters) + hparams_end_frame(1) + session_log_frame(9000, 2), true);
        });
        row("new runs", [](const fs::path& root) {
            put_file(root / "b" / "events.out.tfevents.1", scalars("loss", 0, 20, 2));
            put_file(root / "c" / "events.out.tfevents.1", scalars("loss", 0, 20, 3));
        });
        row("another score of a checkpoint",
            [](const fs::path& root) { put_file(root / "small_step100.json", results(100, 0.75)); });
        row("scores of a new checkpoint",
            [](const fs::path& root) { put_file(root / "small_step200.json", results(200, 0.75)); });
        row("a checkpoint folder", [](const fs::path& root) {
            put_file(root / "a" / "step100" / "config.json", R"({"model_type": "gpt2"})");
            const QByteArray weights =
                safetensors_bytes(R"({"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", QByteArray(8, '\0'));
            put_file(root / "a" / "step100" / "model.safetensors", weights.toStdString());
        });
        row("everything", [](const fs::path& root) {
            put_file(root / "a" / "events.out.tfevents.1", scalars("loss", 6000, 9000, 4) + scalars("lr", 3, 10, 1),
                     true);
            put_file(root / "b" / "events.out.tfevents.1", scalars("loss", 0, 20, 2));
            put_file(root / "small_step100.json", results(100, 0.75));
            put_file(root / "small_step200.json", results(200, 0.875));
        });
    }

    void undoing_puts_everything_back() {
        QFETCH(Files, more);
        QFETCH(bool, brings_something);
        ProjectFixture fixture;
        const fs::path root = fixture.folder() / "data";
        put_file(root / "a" / "events.out.tfevents.1", version_frame() + scalars("loss", 0, 6000, 3));
        put_file(root / "small_step100.json", results(100, 0.25));
        import(fixture, root);
        const QStringList before = content(fixture);
        QCOMPARE(value_of(fixture.reader()->runs()).size(), std::size_t(2));

        more(root);
        import(fixture, root);
        const QStringList after = content(fixture, DumpOf::what_they_mean);
        QCOMPARE(content(fixture) != before, brings_something);
        REQUIRE_OK(undo_last(fixture));
        compare_dumps(content(fixture), before);
        QVERIFY(value_of(fixture.reader()->check_integrity()).empty());

        import(fixture, root);
        compare_dumps(content(fixture, DumpOf::what_they_mean), after);
        REQUIRE_OK(undo_last(fixture));
        compare_dumps(content(fixture), before);
        REQUIRE_OK(undo_last(fixture));
        QVERIFY(value_of(fixture.reader()->runs()).empty());
        QVERIFY(value_of(fixture.reader()->quantities()).empty());
    }

    void sources_of_an_import_are_found_again() {
        ProjectFixture fixture;
        const fs::path root = fixture.folder() / "data", file = root / "a" / "events.out.tfevents.1";
        put_file(file, scalars("loss", 0, 9, 3));
        put_file(root / "small_step100.json", results(100, 0.25));
        import(fixture, root);
        const auto sources = value_of(fixture.reader()->sources_of(ImportId(1)));
        QCOMPARE(sources.size(), std::size_t(3)); // with the folder
        QVERIFY(find_lost_sources(sources).empty());
        put_file(file, scalars("loss", 9, 9, 3), true);
        QVERIFY(find_lost_sources(sources).empty());
        put_file(file, scalars("loss", 5, 99, 1));
        QCOMPARE(find_lost_sources(sources).size(), std::size_t(1));
        fs::remove_all(root);
        QCOMPARE(find_lost_sources(sources).size(), std::size_t(3));
    }
};

QTEST_GUILESS_MAIN(ImportUndoneTest)
#include "tst_import_undone.moc"
