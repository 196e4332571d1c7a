#include "engine/base/json.h"
#include "tests/support/compare_number.h"
#include "tests/support/measured_project.h"

using namespace isoloss;
using namespace isoloss::test;

using Ids = std::vector<std::int32_t>;

namespace {

/// Rows 0 to 9 have x = "a", 10 to 19 "b"; rows 0 to 4 have y, true for the even ones; z is the same for all.
QByteArray twenty_rows() {
    QByteArray lines;
    for (int row = 0; row < 20; ++row) {
        lines += R"({"text": "abcd", "labels": {"z": 0, "x": ")" + QByteArray(row < 10 ? "a" : "b") + "\"";
        if (row < 5) lines += row % 2 == 0 ? R"(, "y": true)" : R"(, "y": false)";
        lines += "}}\n";
    }
    return lines;
}

} // namespace

/// linear_probe_accuracy with a probe that is right for class 0 of every label and tests the first row twice.
class ProbePassTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    // Without z: x is tested 21 times, 11 right; y (false is class 0) 6 times, 2 right. Standard error by numpy:
    // √(20/19·Σ(c − p·m)²)/27 over the rows.
    void accuracy_over_all_labels() {
        MeasuredProject project;
        write_bytes(project.path("probe.jsonl"), twenty_rows().replace(R"("z": 0, )", ""));
        const JobRecord job = project.measure("linear_probe_accuracy", "probe.jsonl");
        QVERIFY2(job.state == JobState::done, job.error.c_str());
        const ValueRecord accuracy = project.value("linear_probe_accuracy[probe]");
        compare_number(*accuracy.value, 13 / 27.0);
        compare_number(*accuracy.standard_error, .0916850);
        QCOMPARE(accuracy.n, std::optional<std::int64_t>(20));
        QCOMPARE(accuracy.n_skipped, std::int64_t{0});
        QCOMPARE(accuracy.status, ValueStatus::ok);

        const auto provenance = parse_json(accuracy.provenance, "provenance");
        QVERIFY(provenance);
        const auto number = [&](const char* member, const char* name) {
            const auto* object = json_member(*provenance, member);
            return object == nullptr ? -1 : json_number(*object, name).value_or(-1);
        };
        compare_number(number("accuracy_by_label", "x"), 11 / 21.0);
        compare_number(number("accuracy_by_label", "y"), 2 / 6.0);
        compare_number(number("majority_accuracy_by_label", "x"), 11 / 21.0);
        compare_number(number("majority_accuracy_by_label", "y"), 4 / 6.0);
        compare_number(json_number(*provenance, "majority_accuracy").value_or(-1), 15 / 27.0);
        QCOMPARE(json_int(*provenance, "features"), std::optional<std::int64_t>(4));
        QCOMPARE(json_int(*provenance, "folds"), std::optional<std::int64_t>(5));
        QVERIFY(json_string(*provenance, "pooling")->find("concatenated") != std::string_view::npos);
        QCOMPARE(json_string(*json_member(*provenance, "penalties"), "y"),
                 std::optional<std::string_view>("0.5, 0.5, 0.5, 0.5, 0.5"));

        const auto outcomes = value_of(project.fixture().reader()->outcomes(accuracy.id));
        QCOMPARE(outcomes.size(), std::size_t{20});
        QCOMPARE(outcomes[0].correct, std::optional(.5)); // x right and y wrong, each twice
        QCOMPARE(outcomes[1].correct, std::optional(1.0));
        QCOMPARE(outcomes[19].correct, std::optional(0.0));
        QCOMPARE(outcomes[19].item.key, std::string("row 20"));
        QCOMPARE(outcomes[19].item.text, std::string("abcd"));
    }

    void what_cannot_be_used_is_left_out() {
        MeasuredProject project;
        const QByteArray lines = R"({"text": "", "labels": {"x": "a"}})"
                                 "\n"
                                 R"({"text": "abcd", "labels": {}})"
                                 "\n" +
                                 twenty_rows() + R"({"text": "abcdabcdabcd", "labels": {"x": "a"}})";
        write_bytes(project.path("probe.jsonl"), lines);
        MeasureParameters parameters;
        parameters.seed = 3;
        QCOMPARE(project.measure("linear_probe_accuracy", "probe.jsonl", parameters).state, JobState::done);
        const ValueRecord accuracy = project.value("linear_probe_accuracy[probe]");
        QCOMPARE(accuracy.n_skipped, std::int64_t{2});
        QCOMPARE(accuracy.n, std::optional<std::int64_t>(21));
        QVERIFY(accuracy.provenance.find("\"labels_of_one_class\":\"z\"") != std::string::npos);
        QVERIFY(accuracy.provenance.find("\"shortened_texts\":1") != std::string::npos);
        QCOMPARE(project.state().probe.seed, std::uint64_t{3});
        QCOMPARE(project.state().columns.size(), std::size_t{2});
        QCOMPARE(project.state().columns[1].labels,
                 (Ids{1, 0, 1, 0, 1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1}));
        QCOMPARE(project.state().sequences.at(0), (Ids{0, 1, 2, 3}));
        QCOMPARE(project.state().sequences.at(20), (Ids{0, 1, 2, 3, 0, 1, 2, 3})); // the model has 8 positions
    }

    void too_little_is_undefined_data() {
        QTest::addColumn<QByteArray>("lines");
        QTest::addColumn<int>("limit");
        QTest::addColumn<QString>("words");
        QByteArray one_class;
        for (int row = 0; row < 20; ++row)
            one_class += "{\"text\": \"a\", \"label\": 1}\n";
        QTest::newRow("19 rows") << twenty_rows() << 19 << "at least 20 rows";
        QTest::newRow("one class") << one_class << 100 << "no label has two classes";
    }

    void too_little_is_undefined() {
        QFETCH(QByteArray, lines);
        QFETCH(int, limit);
        QFETCH(QString, words);
        MeasuredProject project;
        write_bytes(project.path("probe.jsonl"), lines);
        MeasureParameters parameters;
        parameters.limit = limit;
        const JobRecord job = project.measure("linear_probe_accuracy", "probe.jsonl", parameters);
        QVERIFY2(job.state == JobState::done, job.error.c_str());
        const ValueRecord accuracy = project.value("linear_probe_accuracy[probe]");
        QVERIFY(!accuracy.value);
        QCOMPARE(accuracy.status, ValueStatus::undefined);
        QVERIFY2(QString::fromStdString(accuracy.reason).contains(words), accuracy.reason.c_str());
        QCOMPARE(project.state().probe_calls.load(), 0);
    }

    // Labelled text is text for the loss; text without labels is nothing for a probe.
    void labelled_text_is_text_too() {
        MeasuredProject project;
        write_bytes(project.path("probe.jsonl"), twenty_rows());
        QCOMPARE(project.queue({"loss", "linear_probe_accuracy"}, "probe.jsonl").jobs.size(), std::size_t{2});
        QVERIFY(project.engine()->wait_until_idle());
        compare_number(*project.value("loss[probe]").value, 1.5); // bcd: 1.5, 2, 1
        const auto refused = queue_measurements(
            project.project(), {project.checkpoints(), {"linear_probe_accuracy"}, {project.file("five.txt")}, {}});
        QVERIFY(!refused);
        QCOMPARE(refused.error().kind, ErrorKind::usage);
        QVERIFY2(refused.error().text().find("labelled text") != std::string::npos, refused.error().text().c_str());
    }

    void a_bad_label_leaves_the_other_rows() {
        MeasuredProject project;
        write_bytes(project.path("probe.jsonl"), twenty_rows() + R"({"text": "a", "labels": {"x": 0.5}})");
        QCOMPARE(project.measure("linear_probe_accuracy", "probe.jsonl").state, JobState::done);
        const ValueRecord value = project.value("linear_probe_accuracy[probe]");
        QCOMPARE(value.status, ValueStatus::partial);
        QVERIFY2(value.reason.find("1 broken rows of the data were left out, the first at line 21") == 0,
                 value.reason.c_str());
    }
};

QTEST_GUILESS_MAIN(ProbePassTest)
#include "tst_probe_pass.moc"
