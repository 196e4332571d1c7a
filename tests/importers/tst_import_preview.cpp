#include "engine/importers/import_preview.h"
#include "engine/store/project.h"
#include "tests/support/event_file_writer.h"

#include <QTemporaryDir>
#include <QTest>

using namespace isoloss;
using namespace isoloss::support;

namespace fs = std::filesystem;

// What an import would bring, and what a person's corrections make of it.
class ImportPreviewTest : public QObject {
    Q_OBJECT

private:
    std::unique_ptr<QTemporaryDir> folder_;
    std::unique_ptr<Project> project_;

    fs::path root() const { return fs::path(folder_->path().toStdString()) / "data"; }

    ImportPreview preview(const PreviewLimits& limits = {}) {
        const auto result = preview_import(project_.get(), {root()}, {}, limits);
        if (!result) QTest::qFail(result.error().text().c_str(), __FILE__, __LINE__);
        return result.value_or(ImportPreview{});
    }

    std::vector<std::string> run_names() {
        std::vector<std::string> names;
        const auto runs = *(*project_->reader())->runs();
        for (const RunRecord& run : runs)
            names.push_back(run.name);
        return names;
    }

private Q_SLOTS:

    void init() {
        folder_ = std::make_unique<QTemporaryDir>();
        fs::create_directories(root());
        project_ = *Project::create(fs::path(folder_->path().toStdString()) / "p.isoloss");
        put_file(root() / "a" / "events.out.tfevents.1",
                 scalar_frame("loss", 1, 4) + scalar_frame("lr", 3, 1) + scalar_frame("loss", 9, 2));
        put_file(root() / "b" / "events.out.tfevents.1", scalar_frame("loss", 5, 4));
        put_file(root() / "results.json", R"({"results":{"arc":{"acc":0.5,"acc_stderr":0.1}},"versions":{"arc":0},)"
                                          R"("config":{"model_args":"pretrained=org/b,revision=step7"}})");
        put_file(root() / "other.json", "{\"results\": 3}");
    }

    void cleanup() {
        project_.reset();
        folder_.reset();
    }

    void a_preview_says_what_would_come_and_changes_nothing() {
        const ImportPreview found = preview();
        QCOMPARE(found.sources.size(), std::size_t(3));
        const SourcePreview& events = found.sources.at(0);
        QCOMPARE(events.format, std::string("event_folder"));
        QVERIFY(events.whole);
        QCOMPARE(events.files.at(0), fs::canonical(root() / "a"));
        const RunPreview& run = events.runs.at(0);
        QCOMPARE(run.name, std::string("a"));
        QCOMPARE(run.points, std::int64_t(3));
        QCOMPARE(run.series, (std::vector<std::string>{"loss", "lr"}));
        QCOMPARE(run.first_step, std::optional<std::int64_t>(1));
        QCOMPARE(run.last_step, std::optional<std::int64_t>(9));
        QVERIFY(!run.known);
        const SourcePreview& scores = found.sources.at(2);
        QCOMPARE(scores.runs.at(0).quantities, std::vector<std::string>{"arc/acc"});
        QCOMPARE(scores.runs.at(0).checkpoints, std::int64_t(1));
        QVERIFY(QString::fromStdString(scores.notes.at(0)).contains("revision="));
        QVERIFY(run_names().empty());
    }

    void a_preview_knows_what_is_there_already() {
        QVERIFY(import_paths(*project_, {root() / "a", root() / "b"}).has_value());
        put_file(root() / "a" / "events.out.tfevents.1", scalar_frame("loss", 10, 1), true);
        const ImportPreview found = preview();
        QVERIFY(found.sources.at(0).runs.at(0).known.has_value());
        QCOMPARE(found.sources.at(0).runs.at(0).points, std::int64_t(1));
        QVERIFY(found.sources.at(1).runs.empty()); // nothing new
        const RunPreview& scores = found.sources.at(2).runs.at(0);
        QVERIFY(!scores.known);
        QVERIFY(scores.same_name.has_value());
    }

    void a_preview_stops_early() {
        std::string bytes;
        for (int step = 0; step < 100'000; ++step)
            bytes += scalar_frame("loss", step, 1);
        put_file(root() / "a" / "events.out.tfevents.2", bytes);
        PreviewLimits limits;
        limits.points_of_source = 1000;
        limits.sources = 2;
        const ImportPreview found = preview(limits);
        QVERIFY(!found.sources.at(0).whole);
        QVERIFY(found.sources.at(0).runs.at(0).points < 100'000);
        QCOMPARE(found.not_looked_at, std::size_t(2)); // both JSON files
    }

    void corrections() {
        const ImportPreview found = preview();
        ImportOptions options;
        options.excluded.insert(found.sources.at(1).files.front());
        const RunIdentity& identity = found.sources.at(0).runs.at(0).identity;
        options.run_names[{identity.kind, identity.key}] = "b";
        options.join_names = true;
        const auto report = import_paths(*project_, {root()}, options);
        QVERIFY2(report.has_value(), report ? "" : report.error().text().c_str());
        QCOMPARE(report->runs, std::int64_t(1));
        QCOMPARE(report->values, std::int64_t(1));
        QCOMPARE(run_names(), std::vector<std::string>{"b"}); // the scores of b have joined it
    }

    void a_preview_can_be_stopped() {
        CancellationSource stop;
        stop.cancel();
        ImportOptions options;
        options.cancellation = stop.token();
        QCOMPARE(preview_import(project_.get(), {root()}, options).error().kind, ErrorKind::cancelled);
        QVERIFY(preview_import(nullptr, {root()}).has_value()); // without a project nothing is known
        QCOMPARE(preview_import(nullptr, {root() / "missing"}).error().kind, ErrorKind::not_found);
    }
};

QTEST_APPLESS_MAIN(ImportPreviewTest)
#include "tst_import_preview.moc"
