#include "engine/base/file.h"
#include "engine/base/yaml_json.h"

#include <QTemporaryDir>
#include <QTest>

using namespace isoloss;

// What PyYAML 6 makes of the same text, written as JSON, except where a row says that it leaves a float as text.
class YamlTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void values_data() {
        QTest::addColumn<QByteArray>("yaml");
        QTest::addColumn<QByteArray>("json");
        const auto row = [](const char* name, const char* yaml, const char* json) {
            QTest::newRow(name) << QByteArray(yaml) << QByteArray(json);
        };
        row("nothing", "", "null");
        row("comment only", "# nothing\n", "null");
        row("block mapping", "a: 1\nb:\n  c: [x, 2.5]\n  d: {e: null}\n",
            R"({"a":1,"b":{"c":["x",2.5],"d":{"e":null}}})");
        row("nulls", "[~, null, Null, NULL, nULL]", R"([null,null,null,null,"nULL"])");
        row("no value", "a:\nb: 1", R"({"a":null,"b":1})");
        row("booleans", "[true, False, yes, NO, On, off, y, n]", R"([true,false,true,false,true,false,"y","n"])");
        row("integers", "[0, -0, +7, -12, 1_000_000, 0x1F, -0xff, 0b101, 017, 08]",
            R"([0,0,7,-12,1000000,31,-255,5,15,"08"])");
        row("edges of 64 bits",
            "[9223372036854775807, -9223372036854775808, 18446744073709551615, 18446744073709551616]",
            "[9223372036854775807,-9223372036854775808,18446744073709551615,18446744073709552000.0]");
        row("floats", "[1.5, -.5, 5., .5e+3, 6.02e+23, 1_000.25, 0.1]", "[1.5,-0.5,5.0,500.0,6.02e23,1000.25,0.1]");
        row("floats without a point, which PyYAML leaves as text", "[1e-3, 1E+6, 1e5, -2e-4]",
            "[0.001,1000000.0,100000.0,-0.0002]");
        row("hashes of commits", "[7e10554, 12345e7, 1e999, '1e-3']", R"(["7e10554","12345e7","1e999","1e-3"])");
        row("infinities", "[.inf, -.Inf, +.INF, .nan, inf, nan]", R"([Infinity,-Infinity,Infinity,NaN,"inf","nan"])");
        row("base 60", "[1:30, -2:00:01, 1:30.5, 1:99, '1:30', 24:00:00]", R"([90,-7201,90.5,"1:99","1:30",86400])");
        row("no numbers", "[1.2.3, 1-2, 0x, 0b2, _1, 1e, ., -, 2024-01-02, 10.0.0.1]",
            R"(["1.2.3","1-2","0x","0b2","_1","1e",".","-","2024-01-02","10.0.0.1"])");
        row("quoted", "['1', \"true\", '', \"null\", \"a\\tb\\u00e9\"]",
            "[\"1\",\"true\",\"\",\"null\",\"a\\tb\xc3\xa9\"]");
        row("keys are the text that was written", "1: a\ntrue: b\n1.50: c\n~: d\n[2, 1]: e",
            R"({"1":"a","true":"b","1.50":"c","null":"d","[2,1]":"e"})");
        row("standard tags", "[!!str 1, !!int '7', !!float 3, !!bool 'yes', !!binary aGk=]",
            R"(["1",7,3.0,true,"aGk="])");
        row("objects of Python are data",
            "a: !!python/object:os.system {command: ls}\nb: !!python/tuple [1, 2]\nc: !!python/name:os.system ''\n",
            R"({"a":{"command":"ls"},"b":[1,2],"c":""})");
        row("calls of Python are data", "p: !!python/object/apply:pathlib.PosixPath\n- /\n- home\n",
            R"({"p":["/","home"]})");
        row("own tags", "a: !thing 12", R"({"a":"12"})");
        row("aliases", "a: &x [1, {b: 2}]\nc: *x\nd: *x", R"({"a":[1,{"b":2}],"c":[1,{"b":2}],"d":[1,{"b":2}]})");
        row("alias as key", "a: &x name\n*x : 1", R"({"a":"name","name":1})");
        row("merge keys", "base: &b {x: 1, y: 2}\nrun:\n  <<: *b\n  y: 3",
            R"({"base":{"x":1,"y":2},"run":{"x":1,"y":3}})");
        row("merged lists, earlier ones win", "- &a {x: 1}\n- &b {x: 2, y: 2}\n- {<<: [*a, *b], z: 3}",
            R"([{"x":1},{"x":2,"y":2},{"x":1,"y":2,"z":3}])");
        row("merge key in quotes", "{'<<': {a: 1}}", R"({"<<":{"a":1}})");
        row("merge of no mapping", "{<<: 3}", R"({"<<":3})");
        row("merge key as a value", "{a: <<, ? [2] : {c: 1}}", R"({"a":"<<","[2]":{"c":1}})");
        row("last of equal keys", "a: 1\nb: 2\na: 3", R"({"a":3,"b":2})");
        row("block text", "a: |\n  x\n  y\nb: >-\n  x\n  y\n", R"({"a":"x\ny\n","b":"x y"})");
        row("line ends of Windows", "a: 1\r\nb: [2,\r\n 3]\r\n", R"({"a":1,"b":[2,3]})");
        row("byte order mark",
            "\xef\xbb\xbf"
            "a: 1",
            R"({"a":1})");
        row("document marks", "%YAML 1.2\n---\na: 1\n...\n", R"({"a":1})");
        row("W&B config", "wandb_version: 1\nlr:\n  desc: null\n  value: 0.0003\n",
            R"({"wandb_version":1,"lr":{"desc":null,"value":0.0003}})");
    }

    void values() {
        QFETCH(QByteArray, yaml);
        QFETCH(QByteArray, json);
        const auto document = parse_yaml(yaml.toStdString(), "x.yaml");
        QVERIFY2(document.has_value(), document ? "" : document.error().text().c_str());
        const auto expected = parse_json(json.toStdString(), "expected");
        QVERIFY2(expected.has_value(), expected ? "" : expected.error().text().c_str());
        QCOMPARE(json_text(*document), json_text(*expected));
    }

    void faults_data() {
        QTest::addColumn<QByteArray>("yaml");
        QTest::addColumn<QString>("place");
        QTest::addColumn<QString>("reason");
        const auto row = [](const char* name, const QByteArray& yaml, const char* place, const char* reason) {
            QTest::newRow(name) << yaml << QString::fromLatin1(place) << QString::fromLatin1(reason);
        };
        row("cut flow", "a: 1\nb: [1, 2", "line 2", "is not valid YAML: end of sequence flow not found");
        row("wrong indent", "a:\n  b: 1\n c: 2\n", "line 3", "is not valid YAML");
        row("unknown alias", "a: 1\nb: *nobody\n", "line 2", "is not valid YAML");
        row("alias of what contains it", "a: &x [1, *x]\n", "line 1, column 11", "an alias names what contains it");
        row("two documents", "a: 1\n---\nb: 2\n", "line 2", "holds more than one YAML document");
        row("deep flow", QByteArray(100000, '['), "line 1, column ", "nested more than 200 deep");
        row("deep block", QByteArray("- ").repeated(50000), "line 1, column 401", "nested more than 200 deep");
        row("deep keys", QByteArray("? ").repeated(50000), "line 1, column 401", "nested more than 200 deep");
        QByteArray chain = "- &a0 []\n", laughs = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n";
        for (int i = 1; i < 300; ++i)
            chain += QStringLiteral("- &a%1 [*a%2]\n").arg(i).arg(i - 1).toLatin1();
        for (int i = 1; i < 30; ++i)
            laughs += QStringLiteral("a%1: &a%1 [*a%2, *a%2, *a%2, *a%2, *a%2, *a%2, *a%2, *a%2, *a%2]\n")
                          .arg(i)
                          .arg(i - 1)
                          .toLatin1();
        row("deep through aliases", chain, "line 200", "nested more than 200 deep");
        row("billion laughs", laughs, "line 7", "aliases repeat more than 64 MiB");
        row("too large", QByteArray((16 << 20) + 1, ' '), "", "the YAML text has more than 16777216 bytes");
    }

    void faults() {
        QFETCH(QByteArray, yaml);
        QFETCH(QString, place);
        QFETCH(QString, reason);
        const auto document = parse_yaml(yaml.toStdString(), "x.yaml");
        QVERIFY(!document.has_value());
        QCOMPARE(document.error().file, std::string("x.yaml"));
        const QString text = QString::fromStdString(document.error().text());
        QVERIFY2(QString::fromStdString(document.error().place).startsWith(place), qPrintable(text));
        QVERIFY2(text.contains(reason), qPrintable(text));
    }

    void limits_of_the_caller() {
        QCOMPARE(parse_yaml("[[1]]", "x", {.bytes = 4}).error().kind, ErrorKind::limit);
        QCOMPARE(parse_yaml("[[1]]", "x", {.depth = 1}).error().kind, ErrorKind::limit);
        QVERIFY(parse_yaml("[[1]]", "x", {.bytes = 5, .depth = 2}).has_value());
    }

    void invalid_utf8_is_repaired() {
        const auto document = parse_yaml("a: x\xff\x80y", "x.yaml");
        QVERIFY(document.has_value());
        QCOMPARE(json_text(*document), std::string("{\"a\":\"x\xef\xbf\xbd\xef\xbf\xbdy\"}"));
    }

    // Every prefix and many random edits of a document: an answer or an error, never an exception or a crash.
    void damage_stays_an_error() {
        const QByteArray whole =
            "%YAML 1.2\n---\na: &x [1, 'two', \"thr\\u00e9\", {b: !!str 3}]\n? [k]\n: |\n  text\n  more\n"
            "c: *x\n<<: {d: ~}\ne: >-\n  folded\n# end\n";
        int read = 0;
        for (int size = 0; size <= whole.size(); ++size)
            read += parse_yaml(whole.left(size).toStdString(), "x").has_value() ? 1 : 0;
        unsigned seed = 1;
        for (int i = 0; i < 3000; ++i) {
            QByteArray edited = whole;
            for (int edit = 0; edit < 3; ++edit) {
                seed = seed * 1103515245 + 12345;
                edited[int(seed >> 8) % int(edited.size())] = "\n :-[]{}&*!|>'\"%@`?,\t\0x"[(seed >> 24) % 23];
            }
            read += parse_yaml(edited.toStdString(), "x").has_value() ? 1 : 0;
        }
        QVERIFY(read > 100);
    }

    void reads_files() {
        QTemporaryDir folder;
        const std::filesystem::path path = std::filesystem::path(folder.path().toStdString()) / "a.yaml";
        QVERIFY(write_file_atomically(path, "a: [1").has_value());
        QCOMPARE(read_yaml_file(path).error().file, path.string());
        QVERIFY(write_file_atomically(path, "a: [1]").has_value());
        QCOMPARE(json_text(*read_yaml_file(path)), std::string("{\"a\":[1]}"));
    }
};

QTEST_APPLESS_MAIN(YamlTest)
#include "tst_yaml.moc"
