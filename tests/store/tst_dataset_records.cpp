#include "engine/store/connection.h"
#include "engine/store/migrations.h"
#include "engine/store/schema_version.h"
#include "tests/support/project_fixture.h"

using namespace isoloss;
using namespace isoloss::test;

/// Data sets of a project: found again, renamed with what was measured on them, taken off the list and back.
class DatasetRecordsTest : public QObject {
    Q_OBJECT

    static DatasetRecord record_of(const std::string& name, const std::string& hash) {
        DatasetRecord record;
        record.name = name;
        record.kind = DatasetKind::tokens;
        record.path = "/data/" + name;
        record.hash = hash;
        record.bytes = 8;
        record.details = R"({"format":"npy"})";
        return record;
    }

    static DatasetId add(ProjectFixture& project, const DatasetRecord& record) {
        DatasetId id;
        const auto added = project.writer().run([&](WriteSession& session) -> Expected<void> {
            ISOLOSS_TRY(id, session.ensure_dataset(record));
            return {};
        });
        if (!added) throw std::runtime_error(added.error().text());
        return id;
    }

    static Expected<void> rename(ProjectFixture& project, DatasetId id, const std::string& name) {
        return project.writer().run([&](WriteSession& session) { return session.rename_dataset(id, name); });
    }

    /// A value of `loss` on the data set with one item.
    static void measure(ProjectFixture& project, const std::string& name) {
        const auto measured = project.writer().run([&](WriteSession& session) -> Expected<void> {
            ISOLOSS_TRY(const auto run, session.ensure_run({"k", "r"}, "r"));
            ValueRecord value;
            ISOLOSS_TRY(value.checkpoint, session.ensure_checkpoint(run, 1, 1));
            QuantityRecord quantity;
            quantity.key = "loss[" + name + "]";
            quantity.kind = QuantityKind::measured;
            quantity.metric = "loss";
            quantity.subject = name;
            ISOLOSS_TRY(value.quantity, session.ensure_quantity(quantity));
            value.value = 1.5;
            ISOLOSS_TRY(const auto id, session.put_value(value));
            OutcomeRecord outcome;
            outcome.item.task = name;
            outcome.item.key = "document 1";
            return session.put_outcomes(id, {outcome});
        });
        REQUIRE_OK(measured);
    }

private Q_SLOTS:

    void all_kinds_come_back() {
        ProjectFixture project;
        for (const DatasetKind kind : all_dataset_kinds) {
            DatasetRecord record = record_of(std::string(dataset_kind_name(kind)), "h");
            record.kind = kind;
            add(project, record);
        }
        for (const DatasetRecord& record : value_of(project.reader()->datasets())) {
            QCOMPARE(std::string(dataset_kind_name(record.kind)), record.name);
            QCOMPARE(record.details, std::string(R"({"format":"npy"})"));
        }
        QCOMPARE(value_of(project.reader()->datasets()).size(), all_dataset_kinds.size());
        QVERIFY(!dataset_kind_named("sonnets"));
    }

    void a_removed_one_comes_back() {
        ProjectFixture project;
        const DatasetId id = add(project, record_of("a", "1"));
        const auto set_removed = [&](bool removed) {
            REQUIRE_OK(
                project.writer().run([&](WriteSession& session) { return session.set_dataset_removed(id, removed); }));
        };
        set_removed(true);
        QVERIFY(value_of(project.reader()->datasets()).empty());
        QVERIFY(value_of(project.reader()->dataset(id))); // values may still refer to it
        set_removed(false);
        QCOMPARE(value_of(project.reader()->datasets()).size(), std::size_t(1));
        set_removed(true);
        QCOMPARE(add(project, record_of("a", "1")), id); // adding it again brings it back
        QCOMPARE(value_of(project.reader()->datasets()).size(), std::size_t(1));
    }

    void renamed_with_what_was_measured() {
        ProjectFixture project;
        const DatasetId id = add(project, record_of("old", "1"));
        measure(project, "old");
        ChangeSet seen;
        const int listener = project.writer().subscribe([&](const ChangeSet& changes) { seen = changes; });
        REQUIRE_OK(rename(project, id, "new"));
        project.writer().unsubscribe(listener);
        QVERIFY(seen.datasets && seen.everything);
        const auto reader = project.reader();
        QCOMPARE(value_of(reader->datasets()).at(0).name, std::string("new"));
        const auto quantities = value_of(reader->quantities());
        QCOMPARE(quantities.at(0).key, std::string("loss[new]"));
        QCOMPARE(quantities.at(0).subject, std::string("new"));
        const auto values = value_of(reader->values(value_of(reader->checkpoints()).at(0).id));
        QCOMPARE(value_of(reader->outcomes(values.at(0).id)).at(0).item.task, std::string("new"));
        REQUIRE_OK(rename(project, id, "new")); // nothing to do
    }

    void names_that_are_refused() {
        ProjectFixture project;
        const DatasetId a = add(project, record_of("a", "1"));
        add(project, record_of("b", "2"));
        measure(project, "c");
        for (const char* name : {"", "  ", "a[b]", "two\nlines", "b", "c"}) {
            const auto renamed = rename(project, a, name);
            QVERIFY2(!renamed && renamed.error().kind == ErrorKind::usage, name);
        }
        // Two versions of one data set share the quantities that were measured on them.
        add(project, record_of("a", "3"));
        REQUIRE_OK(rename(project, a, "free"));
        REQUIRE_OK(rename(project, a, "other"));
        const DatasetId twin = add(project, record_of("other", "4"));
        measure(project, "other");
        QVERIFY(!rename(project, twin, "else"));
        QCOMPARE(rename(project, DatasetId(99), "x").error().kind, ErrorKind::not_found);
    }

    // A project of the format before, with a data set in it.
    void old_projects_have_data_sets_too() {
        QTemporaryDir folder;
        const auto path = std::filesystem::path(folder.path().toStdString()) / "x.isoloss";
        {
            const auto connection = value_of(Connection::open(path, Connection::Access::create));
            REQUIRE_OK(connection->execute_script("PRAGMA application_id = " + std::to_string(project_application_id)));
            REQUIRE_OK(migrate(*connection, project_migrations().first(4)));
            REQUIRE_OK(connection->execute_script(
                "INSERT INTO dataset (name, kind, path, hash, bytes) VALUES ('a', 'text', '/a', 'h', 5)"));
        }
        const auto project = value_of(Project::open(path));
        const auto datasets = value_of(value_of(project->reader())->datasets());
        QCOMPARE(datasets.size(), std::size_t(1));
        QCOMPARE(datasets[0].kind, DatasetKind::text);
        QCOMPARE(datasets[0].details, std::string("{}"));
    }
};

QTEST_GUILESS_MAIN(DatasetRecordsTest)
#include "tst_dataset_records.moc"
