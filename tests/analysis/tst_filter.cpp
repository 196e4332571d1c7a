#include "engine/analysis/filter.h"

#include <QTest>
#include <limits>
#include <map>

using namespace isoloss;

namespace {

FilterValue row_value(std::string_view function, std::string_view name) {
    static const std::map<std::string, FilterValue, std::less<>> row{
        {"name", std::string("Pythia-160m-deduped")},
        {"group", std::string("ablation")},
        {"status", std::string("running")},
        {"tag", std::vector<std::string>{"good", "Wide Net"}},
        {"no_tags", std::vector<std::string>{}},
        {"lr", 3e-4},
        {"config.optimizer.lr", 3e-4},
        {"beta", std::string("0.9")},
        {"step", 1000.0},
        {"loss[wikitext]", 2.5},
        {"loss[tiny shakespeare]", 3.5},
        {"val/loss", 2.75},
        {"lambada_openai/acc@5shot", 0.5},
        {"broken", std::numeric_limits<double>::quiet_NaN()},
        {"huge", std::numeric_limits<double>::infinity()},
        {"stars", std::string("a*b")},
        {"städte", 7.0},
        {"and", 1.0},
        {"odd name", 4.0},
        {"min val/loss", 2.5},
        {"max val/loss", 9.0},
        {"at train/loss, 1000", 2.0},
        {"mean arc*/acc, piqa/acc", 0.25},
        {"has fisher_trace", 1.0},
        {"has nothing", 0.0},
    };
    const std::string key = function.empty() ? std::string(name) : std::string(function) + ' ' + std::string(name);
    const auto found = row.find(key);
    return found == row.end() ? FilterValue() : found->second;
}

bool matches_row(const Filter& filter) {
    std::vector<FilterValue> values;
    for (const Filter::Name& name : filter.names())
        values.push_back(row_value(name.function, name.name));
    return filter.matches([&](std::size_t name) -> const FilterValue& { return values[name]; });
}

} // namespace

class FilterTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void matching_data() {
        QTest::addColumn<bool>("expected");
        const auto yes = [](const char* text) { QTest::newRow(text) << true; };
        const auto no = [](const char* text) { QTest::newRow(text) << false; };

        yes("");
        yes("   ");
        yes("lr < 3.1e-4");
        no("lr < 3e-4");
        yes("lr<=3e-4");
        yes("lr<=+3E-4");
        yes("3e-4 >= lr");
        yes("step > -1");
        yes("step == 1000");
        yes("step != 999");
        yes("lr < 1 and group = \"ablation\" and min(val/loss) < 2.9 and has(fisher_trace)");

        // not binds closer than and, and closer than or.
        yes("lr < 1 or lr < 1 and step < 0");
        no("(lr < 1 or lr < 1) and step < 0");
        yes("not step < 0 and lr < 1");
        no("not (step < 0 or lr < 1)");
        yes("not not lr < 1");
        no("not lr < 1 or step < 0");

        // Names with the field's punctuation.
        yes("val/loss = 2.75");
        yes("config.optimizer.lr=3e-4");
        yes("loss[wikitext] < 3");
        yes("loss[tiny shakespeare] > 3");
        yes("lambada_openai/acc@5shot >= 0.5");
        yes("städte = 7");
        yes("`odd name` = 4");
        yes("`and` = 1");

        // Texts.
        yes("group = 'ablation'");
        no("group = \"Ablation\"");
        yes("group = abl*");
        yes("group = \"*lat*\"");
        no("group = \"lat*\"");
        no("group = \"abl\"");
        yes("group != \"abl\"");
        yes("status = running");
        yes("running = status or status = running");
        yes("name ~ PYTHIA");
        yes("name ~ 160");
        yes("name ~ \"pythia*DEDUP\"");
        no("name ~ \"dedup*pythia\"");
        yes("stars = \"a\\*b\"");
        no("group = \"a\\*\"");
        yes("\"ablation\" = group");
        yes("beta < 1");
        yes("beta = 0.9");
        yes("step = \"1000\"");
        no("group < 3");

        // A list matches when one of its texts does.
        yes("tag = good");
        yes("tag = \"Wide Net\"");
        yes("tag ~ wide");
        no("tag = bad");
        yes("tag != bad");
        no("tag != good");
        yes("no_tags != good");

        // Words alone look into the name.
        yes("pythia");
        yes("160m");
        yes("pythia-160m*");
        yes("\"Pythia-160m\"");
        no("llama");
        yes("pythia and not llama");

        // Missing is neither.
        no("warmup < 3");
        no("warmup >= 3");
        no("warmup = 3");
        no("warmup != 3");
        no("warmup != \"x\"");
        no("lr < warmup");
        yes("not warmup < 3");

        // NaN and infinities are data.
        yes("broken = nan");
        no("broken != nan");
        no("broken < 3");
        no("broken >= 3");
        yes("lr != nan");
        yes("huge = inf");
        yes("huge > 1e300");
        yes("lr > -inf");

        // Functions.
        yes("has(fisher_trace)");
        no("has(nothing)");
        no("has(unheard_of)");
        yes("max( val/loss )=9");
        yes("at(train/loss, 1000) = 2");
        yes("mean(arc*/acc, piqa/acc) < 0.3");
        yes("min(val/loss) < max(val/loss)");
        yes("min(\"val/loss\") < 3");
    }

    void matching() {
        QFETCH(bool, expected);
        const auto filter = Filter::parse(QTest::currentDataTag());
        QVERIFY2(filter.has_value(), filter ? "" : filter.error().text().c_str());
        QCOMPARE(matches_row(*filter), expected);
    }

    void errors_data() {
        QTest::addColumn<QString>("column");
        QTest::addColumn<QString>("words");
        const auto row = [](const char* text, const char* column, const char* words) {
            QTest::newRow(text) << column << words;
        };
        row("lr <", "column 5", "ends here: expected a number, a quoted text or a name");
        row("lr < ", "column 6", "ends here");
        row("lr < and", "column 6", "“and” does not fit");
        row("lr 3", "column 4", "expected “and”, “or” or the end");
        row("min(loss)", "column 10", "a comparison");
        row("3", "column 2", "a comparison");
        row("(lr < 3", "column 8", "expected “)” for the parenthesis of column 1");
        row("lr < 3)", "column 7", "“)” does not fit here");
        row("()", "column 2", "“)” does not fit here");
        row("lr < 3 and", "column 11", "a name, a number");
        row("or lr", "column 1", "“or” does not fit");
        row("group = \"abl", "column 9", "never closed");
        row("loss[wiki < 3", "column 5", "never closed");
        row("lr ! 3", "column 4", "“!”");
        row("städte & 3", "column 8", "“&” has no meaning");
        row("größe < “x” y", "column 13", "expected “and”");
        row("lr < -x", "column 6", "no number");
        row("avg(loss) < 3", "column 1", "no function “avg”");
        row("has()", "column 5", "expected a name");
        row("has(a, b)", "column 6", "has(NAME)");
        row("at(loss) < 3", "column 8", "at(SERIES, STEP)");
        row("at(loss, x) < 3", "column 10", "a step");
        row("at(loss, 1.5) < 3", "column 10", "whole numbers");
        row("at(loss, 1e300) < 3", "column 10", "whole numbers");
        row("at(loss, nan) < 3", "column 10", "whole numbers");
        row("min(loss", "column 9", "ends here");
        row("group < \"x\"", "column 9", "compares numbers");
        row("lr < 3 not", "column 8", "“not” does not fit");
    }

    void errors() {
        QFETCH(QString, column);
        QFETCH(QString, words);
        const auto filter = Filter::parse(QTest::currentDataTag());
        QVERIFY(!filter.has_value());
        QCOMPARE(filter.error().kind, ErrorKind::usage);
        QCOMPARE(QString::fromStdString(filter.error().place), column);
        QVERIFY2(QString::fromStdString(filter.error().text()).contains(words), filter.error().text().c_str());
    }

    void hostile_text_data() {
        QTest::addColumn<QByteArray>("text");
        QTest::newRow("deep parentheses") << QByteArray(50000, '(');
        QTest::newRow("deep negation") << QByteArray("not ").repeated(10000) + "a";
        QTest::newRow("too long") << QByteArray(1 << 20, 'a');
    }

    void hostile_text() {
        QFETCH(QByteArray, text);
        QVERIFY(!Filter::parse(text.toStdString()).has_value());
    }

    void long_chains_are_flat() {
        std::string text = "lr < 1";
        for (int i = 0; i < 4000; ++i)
            text += " and lr < 1";
        const auto filter = Filter::parse(text);
        QVERIFY(filter.has_value());
        QVERIFY(matches_row(*filter));
    }

    void every_prefix_is_parsed_or_refused() {
        const std::string text = "not (lr <= 3e-4 or \"a\\\"b\" = group) and at(`x y`, 5) != nan and loss[ä b] ~ 'c'";
        QVERIFY(Filter::parse(text).has_value());
        int refused = 0;
        for (std::size_t length = 0; length < text.size(); ++length) {
            const auto filter = Filter::parse(std::string_view(text).substr(0, length));
            if (!filter) {
                QVERIFY(filter.error().place.starts_with("column "));
                ++refused;
            }
        }
        QVERIFY(refused > 20);
    }

    void names_are_listed() {
        const auto filter = Filter::parse("pythia and min(val/loss) < lr or not has(x)");
        const auto names = filter->names();
        QCOMPARE(names.size(), std::size_t(4));
        QCOMPARE(names[0].name, std::string("name"));
        QCOMPARE(names[1].function + ":" + names[1].name, std::string("min:val/loss"));
        QCOMPARE(names[2].name, std::string("lr"));
        QCOMPARE(names[3].function, std::string("has"));
        QCOMPARE(names[1].column, std::size_t(12));
        QCOMPARE(names[2].column, std::size_t(28));
        QCOMPARE(names[3].column, std::size_t(38));
    }
};

QTEST_APPLESS_MAIN(FilterTest)
#include "tst_filter.moc"
