#include "engine/importers/import_mapping.h"
#include "engine/importers/name_template.h"
#include "engine/importers/tables/cell_number.h"
#include "engine/importers/tables/column_words.h"
#include "engine/importers/tables/table_mapping_json.h"
#include "engine/importers/tables/table_sketch.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>
#include <cmath>

using namespace isoloss;

// What a person says about tables, and what cells and names say by themselves.
class TableMappingTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void a_mapping_reads_back() {
        const char* text = R"({"tables":[{"rows":"checkpoints","name":"n","files":"*.csv","header":["a"],
            "delimiter":";","run":{"from":"file","match":"(.*)-x","run":"\\1"},"step_from":"tokens/batch",
            "columns":{"t":{"role":"tokens","factor":1e9},"b":"batch_tokens","*loss":{"role":"metric","direction":"up"},
                       "e":{"role":"standard_error","of":"loss"},"w":{"role":"wall_time","unit":"date"}}}],
            "runs":[{"match":"a(.)$","run":"\\1","step":"1"}],"join":"names"})";
        const auto mapping = parse_import_mapping(text, "m.json");
        QVERIFY2(mapping, mapping ? "" : mapping.error().text().c_str());
        const std::string written = import_mapping_json(*mapping);
        const auto again = parse_import_mapping(written, "again");
        QVERIFY2(again, again ? "" : again.error().text().c_str());
        QCOMPARE(import_mapping_json(*again), written);
        const TableMapping& table = again->tables.at(0);
        QCOMPARE(table.rows, RowKind::checkpoints);
        QCOMPARE(table.step_from, StepFrom::tokens_by_batch);
        QCOMPARE(table.delimiter, std::optional<char>(';'));
        QCOMPARE(table.of("t")->factor, 1e9);
        QCOMPARE(table.of("val loss")->direction, std::optional<Direction>(Direction::up));
        QCOMPARE(table.of("w")->unit, TimeUnit::date);
        QCOMPARE(table.of("z"), nullptr);
        QVERIFY(again->join_names);
    }

    void wrong_mappings_name_the_member_data() {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("place");
        QTest::addColumn<QString>("reason");
        const auto row = [](const char* text, const char* place, const char* reason) {
            QTest::newRow(place) << QString(text) << QString(place) << QString(reason);
        };
        row(R"({"tabels":[]})", "tabels", "is unknown");
        row(R"({"tables":{}})", "tables", "must be a list");
        row(R"({"tables":[{"columns":{}}]})", "tables[0].columns", "must be an object");
        row(R"({"tables":[{"columns":{"a":"step","b":"stp"}}]})", "tables[0].columns.b", "\"stp\" is no role");
        row(R"({"columns":{"a":{"role":"step","factr":2}}})", "columns.a.factr", "is unknown");
        row(R"({"columns":{"a":{"role":"tokens","factor":-1},"b":"step"}})", "columns.a.factor", "must be above 0");
        row(R"({"columns":{"a":{"factor":1}}})", "columns.a.role", "is missing");
        row(R"({"columns":{"a":"metric"}})", "columns", "must have a column of role step");
        row(R"({"columns":{"a":"step"},"rows":"lines"})", "rows", "must be one of points, checkpoints, models");
        row(R"({"columns":{"a":"step"},"delimiter":"ab"})", "delimiter", "must be one character");
        row(R"({"columns":{"a":"step"},"run":{"from":"column"}})", "columns", "must have a column of role run");
        row(R"({"columns":{"a":"step"},"run":{"match":"*","run":"x"}})", "run.match", "is no regular expression");
        row(R"({"columns":{"a":"step"},"run":{"match":"a","run":"\\1"}})", "run.match", "asks for group 1");
        row(R"({"runs":[{"match":"a"}]})", "runs[0].run", "is missing");
        row(R"({"join":"paths"})", "join", "must be \"names\"");
    }

    void wrong_mappings_name_the_member() {
        QFETCH(QString, text);
        QFETCH(QString, place);
        QFETCH(QString, reason);
        const auto mapping = parse_import_mapping(text.toStdString(), "m.json");
        QVERIFY(!mapping);
        QCOMPARE(QString::fromStdString(mapping.error().place), place);
        QVERIFY2(QString::fromStdString(mapping.error().reason).contains(reason), mapping.error().reason.c_str());
        QCOMPARE(mapping.error().file, std::string("m.json"));
        QCOMPARE(mapping.error().kind, ErrorKind::usage);
    }

    void the_examples_of_the_documentation_are_valid() {
        QFile file(QString(ISOLOSS_SOURCE_DIR) + "/packaging/docs/mappings.md");
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QStringList blocks = QString::fromUtf8(file.readAll()).split("```");
        int examples = 0;
        for (const QString& block : blocks) {
            if (!block.startsWith("json\n")) continue;
            const auto mapping = parse_import_mapping(block.mid(5).toStdString(), "example");
            QVERIFY2(mapping, mapping ? "" : mapping.error().text().c_str());
            ++examples;
        }
        QCOMPARE(examples, 3);
    }

    void rules() {
        const std::vector<RunRule> rules{{"^(.*)_step([0-9]+)$", "\\1", "\\2"}, {"x", "all x", ""}};
        const auto first = apply_run_rules(rules, "a_step12");
        QVERIFY(first);
        QCOMPARE(first->run, std::string("a"));
        QCOMPARE(first->step, std::optional<std::int64_t>(12));
        QCOMPARE(apply_run_rules(rules, "yxy")->run, std::string("all x"));
        QVERIFY(!apply_run_rules(rules, "b"));
        QVERIFY(!apply_run_rules(rules, std::string(2000, 'x'))); // longer than any name
    }

    void cells_data() {
        QTest::addColumn<QString>("cell");
        QTest::addColumn<int>("kind");
        QTest::addColumn<double>("value");
        const auto row = [](const char* cell, CellKind kind, double value = 0) {
            QTest::newRow(qPrintable(QString("\"%1\"").arg(cell))) << QString(cell) << static_cast<int>(kind) << value;
        };
        row("1", CellKind::number, 1);
        row(" -2.5\t", CellKind::number, -2.5);
        row("+3", CellKind::number, 3);
        row("1E-4", CellKind::number, 1e-4);
        row(".5", CellKind::number, 0.5);
        row("5.", CellKind::number, 5);
        row("INF", CellKind::number, HUGE_VAL);
        row("-Infinity", CellKind::number, -HUGE_VAL);
        row("1e999", CellKind::overflow, HUGE_VAL);
        row("-1e999", CellKind::overflow, -HUGE_VAL);
        row("1e-999", CellKind::number, 0);
        for (const char* nothing : {"", " ", "-", ".", "NA", "n/a", "#N/A", "null", "None"})
            row(nothing, CellKind::missing);
        for (const char* text :
             {"1,5", "1,234", "58%", "0x10", "1_000", "true", "1 2", "--1", "+-1", "1e", "nan(1)", "infx"})
            row(text, CellKind::text);
    }

    void cells() {
        QFETCH(QString, cell);
        QFETCH(int, kind);
        QFETCH(double, value);
        const CellNumber number = cell_number(cell.toStdString());
        QCOMPARE(static_cast<int>(number.kind), kind);
        QCOMPARE(number.value, value);
    }

    void nan_keeps_its_sign() {
        QVERIFY(std::isnan(cell_number("nan").value) && !std::signbit(cell_number("nan").value));
        QVERIFY(std::isnan(cell_number("-NaN").value) && std::signbit(cell_number("-NaN").value));
    }

    void names_of_quantities() {
        const QuantityRecord harness =
            column_quantity("bbh_fewshot_boolean_expressions_3_exact_match,strict-match,norm");
        QCOMPARE(harness.key, std::string("bbh_fewshot_boolean_expressions/exact_match,strict-match,norm@3shot"));
        QCOMPARE(harness.subject, std::string("bbh_fewshot_boolean_expressions"));
        QCOMPARE(harness.filter, std::string("strict-match,norm"));
        QCOMPARE(harness.shots, std::optional<int>(3));
        QCOMPARE(column_quantity("arc_0_acc,none").key, std::string("arc/acc"));
        const QuantityRecord loss = column_quantity("eval/pile-validation/CrossEntropyLoss");
        QCOMPARE(loss.key, std::string("eval/pile-validation/CrossEntropyLoss"));
        QCOMPARE(loss.subject, std::string("pile-validation"));
        QCOMPARE(loss.unit, std::string("nats/token"));
        QCOMPARE(loss.direction, Direction::down);
        const QuantityRecord task = column_quantity("eval/downstream/arc_easy_val_rc_5shot_len_norm");
        QCOMPARE(task.metric, std::string("len_norm"));
        QCOMPARE(task.shots, std::optional<int>(5));
        QCOMPARE(task.direction, Direction::up);
        QCOMPARE(column_quantity("c4_val_loss").direction, Direction::down);
        QCOMPARE(column_quantity("c4_val_loss").unit, std::string());
        QCOMPARE(column_quantity("HSwag").direction, Direction::up);
        QVERIFY(column_words::is_setting("learning_rate_peak"));
        QVERIFY(!column_words::is_setting("agi_eval_lsat_lr"));
        QCOMPARE(column_words::factor("FLOPs (1E21)"), 1e21);
        QCOMPARE(column_words::factor("Model Size (B)"), 1e9);
        QCOMPARE(column_words::factor("throughput/total_training_Gflops"), 1e9);
    }

    void a_sketch_shows_columns_with_reasons() {
        QTemporaryDir folder;
        QFile file(folder.filePath("run-a-tag-loss.csv"));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("Wall time,Step,Value\n1700000000,1,0.5\n1700000001,2,nan\n");
        file.close();
        const auto sketch = sketch_table(file.fileName().toStdString());
        QVERIFY(sketch);
        QCOMPARE(sketch->columns, (std::vector<std::string>{"Wall time", "Step", "Value"}));
        QCOMPARE(sketch->rows.at(1), (std::vector<std::string>{"1700000001", "2", "nan"}));
        QCOMPARE(sketch->guess.shape, std::string("TensorBoard CSV export"));
        QCOMPARE(sketch->guess.columns.at(1).role, ColumnRole::step);
        QVERIFY(!sketch->guess.columns.at(1).reason.empty());
        QVERIFY(sketch->mapping);
        // What is shown can be corrected and given.
        QVERIFY(parse_import_mapping(table_mapping_json(*sketch->mapping), "sketch"));
        QVERIFY(!sketch_table(folder.filePath("none.csv").toStdString()));
    }
};

QTEST_APPLESS_MAIN(TableMappingTest)
#include "tst_table_mapping.moc"
