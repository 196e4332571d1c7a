#include "engine/importers/name_table.h"

#include <QTest>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

using namespace isoloss;

class NameTableTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void nothing_is_found_in_an_empty_table() {
        const NameTable table;
        QCOMPARE(table.find("a"), NameTable::none);
        QCOMPARE(table.find(""), NameTable::none);
        QCOMPARE(table.size(), std::size_t(0));
    }

    void strange_names() {
        const std::vector<std::string> names{"", std::string("a\0b", 3), "a", std::string(1 << 20, 'x'), "\xff\xfe",
                                             "b"};
        NameTable table;
        for (std::size_t i = 0; i < names.size(); ++i)
            QCOMPARE(table.add(names[i]), std::uint32_t(i));
        for (std::size_t i = 0; i < names.size(); ++i) {
            QCOMPARE(table.find(names[i]), std::uint32_t(i));
            QCOMPARE(table[static_cast<std::uint32_t>(i)], std::string_view(names[i]));
        }
        QCOMPARE(table.find(std::string((1 << 20) - 1, 'x')), NameTable::none);
    }

    // As the standard's map has them, and where they were when the table was small.
    void many_names() {
        constexpr std::uint32_t count = 50'000;
        NameTable table;
        std::unordered_map<std::string, std::uint32_t> expected;
        table.add("first");
        const std::string_view first = table[0];
        for (std::uint32_t i = 1; i < count; ++i) {
            const std::string name = "layer_" + std::to_string(i * 7919u % count) + "/norm";
            QCOMPARE(table.find(name), NameTable::none);
            expected.emplace(name, table.add(name));
        }
        QCOMPARE(table.size(), std::size_t(count));
        QCOMPARE(expected.size(), std::size_t(count - 1));
        for (const auto& [name, number] : expected) {
            QCOMPARE(table.find(name), number);
            QCOMPARE(table[number], std::string_view(name));
        }
        QCOMPARE(first, std::string_view("first"));
        QVERIFY(first.data() == table[0].data());
    }
};

QTEST_APPLESS_MAIN(NameTableTest)
#include "tst_name_table.moc"
