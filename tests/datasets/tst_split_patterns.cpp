#include "engine/base/utf8.h"
#include "engine/datasets/tokenizers/known_patterns.h"
#include "engine/datasets/tokenizers/pre_tokenizer.h"
#include "engine/datasets/tokenizers/tokenizer.h"
#include "tests/support/safetensors_file.h"
#include "tests/support/small_tokenizers.h"

#include <QTemporaryDir>
#include <QTest>
#include <array>
#include <random>

using namespace isoloss;

// Patterns that are matched by hand against the regular expression, and long texts in parts against the whole.
class SplitPatternsTest : public QObject {
    Q_OBJECT

    static constexpr std::array<const char*, 4> patterns{
        R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)",
        R"('(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)",
        R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)",
        R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)"};

    static std::vector<TextRange> matches(std::string_view pattern, std::string_view text,
                                          SplitPattern::Matching matching) {
        std::vector<TextRange> found;
        TimeLimit limit = TimeLimit::none();
        const auto compiled = SplitPattern::compile(pattern, "file", "key", matching);
        if (!compiled || !compiled->find_all(text, {0u, static_cast<std::uint32_t>(text.size())}, limit, found))
            return {};
        return found;
    }

private Q_SLOTS:

    void by_hand_as_by_expression_data() {
        QTest::addColumn<QByteArray>("pattern");
        for (const char* pattern : patterns)
            QTest::newRow(QByteArray(pattern).left(60).constData()) << QByteArray(pattern);
    }

    void by_hand_as_by_expression() {
        QFETCH(QByteArray, pattern);
        QVERIFY(known_pattern(pattern.toStdString()) != nullptr);
        // What the patterns tell apart, and what looks like it.
        constexpr std::array<const char*, 44> parts{"a",
                                                    "B",
                                                    "s",
                                                    "t",
                                                    "re",
                                                    "VE",
                                                    "ll",
                                                    "d",
                                                    "'",
                                                    "'s",
                                                    "'S",
                                                    "'\xc5\xbf",
                                                    "\xc5\xbf",
                                                    " ",
                                                    "  ",
                                                    "\t",
                                                    "\n",
                                                    "\r\n",
                                                    "\r",
                                                    "\v",
                                                    "0",
                                                    "12",
                                                    "1234",
                                                    "\xc2\xbd",
                                                    "\xd9\xa3",
                                                    "\xe2\x85\xa7",
                                                    ".",
                                                    "!?",
                                                    "_",
                                                    "$",
                                                    "\xc2\xa0",
                                                    "\xe2\x80\x83",
                                                    "\xe3\x80\x80",
                                                    "\xe2\x80\x8d",
                                                    "\xe2\x80\xa8",
                                                    "\xc3\xa9",
                                                    "e\xcc\x81",
                                                    "\xe4\xbd\xa0",
                                                    "\xe0\xb8\xaa\xe0\xb8\xb1",
                                                    "\xd9\x85",
                                                    "\xf0\x9f\x99\x82",
                                                    "\xf0\x9d\x94\xb8",
                                                    "\xe1\xa0\x8e",
                                                    "\xc2\x85"};
        std::mt19937 random(20240815);
        for (int round = 0; round < 4000; ++round) {
            std::string text;
            for (std::size_t n = random() % 12; n-- > 0;)
                text += parts[random() % parts.size()];
            const auto expected = matches(pattern.toStdString(), text, SplitPattern::Matching::expression);
            const auto found = matches(pattern.toStdString(), text, SplitPattern::Matching::fastest);
            QVERIFY2(found == expected, QByteArray::fromStdString(text).toHex(' ').constData());
        }
    }

    // Every character by itself, before a letter and after a space.
    void every_character_data() { by_hand_as_by_expression_data(); }

    void every_character() {
        QFETCH(QByteArray, pattern);
        std::string text;
        for (std::uint32_t c = 1; c < 0x110000; c += c < 0x3000 ? 1 : 7) {
            if (c >= 0xd800 && c < 0xe000) continue;
            text += ' ';
            append_utf8(text, c);
            text += "a\n";
        }
        QVERIFY(matches(pattern.toStdString(), text, SplitPattern::Matching::fastest) ==
                matches(pattern.toStdString(), text, SplitPattern::Matching::expression));
    }

    void long_texts_in_parts() {
        const QTemporaryDir folder;
        for (const char* json : {test::bytes_tokenizer, test::split_tokenizer}) {
            test::write_bytes(folder.filePath(QStringLiteral("tokenizer.json")), json);
            const auto tokenizer = load_tokenizer(folder.path().toStdString());
            QVERIFY(tokenizer);
            // Lines are tokenized alike whatever comes before them, so the whole must be all of them.
            std::mt19937 random(7);
            std::string text;
            std::vector<std::int32_t> ids;
            std::vector<std::uint32_t> bytes;
            const std::array<std::string, 6> lines{"the lower the newer ",        "hello \xf0\x9f\x99\x82 x",
                                                   "    if (a) { it's; }",        "\xe4\xbd\xa0\xe5\xa5\xbd 12345",
                                                   "<|end|> the <sep> e\xcc\x81", "a\xff z"};
            while (text.size() < 1'500'000) {
                const std::string line =
                    lines[random() % lines.size()] + "." + std::string(random() % 200, 'x') + " y,";
                const auto part = (*tokenizer)->encode(line);
                QVERIFY(part);
                text += line;
                ids.insert(ids.end(), part->ids.begin(), part->ids.end());
                bytes.insert(bytes.end(), part->bytes.begin(), part->bytes.end());
            }
            const auto whole = (*tokenizer)->encode(text);
            QVERIFY(whole);
            std::size_t covered = 0;
            for (const std::uint32_t count : whole->bytes)
                covered += count;
            QCOMPARE(covered, text.size());
            QVERIFY(whole->ids == ids);
            QVERIFY(whole->bytes == bytes);
        }
    }
};

QTEST_APPLESS_MAIN(SplitPatternsTest)
#include "tst_split_patterns.moc"
