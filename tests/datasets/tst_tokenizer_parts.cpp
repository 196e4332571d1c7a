#include "engine/datasets/tokenizers/tokenizer.h"
#include "tests/support/safetensors_file.h"

#include <QDir>
#include <QTemporaryDir>
#include <QTest>

using namespace isoloss;

// The parts of a tokenizer one by one. Where only normaliser and pre-tokenizer are asked for, the model is WordLevel
// with an unknown token, and the words are told by the bytes that they cover.
class TokenizerPartsTest : public QObject {
    Q_OBJECT

    QTemporaryDir root_;

    Expected<std::unique_ptr<Tokenizer>> load(const QByteArray& tokenizer_json) const {
        test::write_bytes(root_.filePath(QStringLiteral("tokenizer.json")), tokenizer_json);
        return load_tokenizer(root_.path().toStdString());
    }

    // Letters that every text below is made of, and an unknown token.
    static QByteArray characters_model() {
        QByteArray vocabulary = "\"<unk>\":0";
        int id = 1;
        const auto add = [&](const QString& token) {
            vocabulary += ",\"" +
                          (token == QStringLiteral("\"") || token == QStringLiteral("\\") ? "\\" : QByteArray()) +
                          token.toUtf8() + "\":" + QByteArray::number(id++);
        };
        for (char c = ' '; c <= '~'; ++c)
            add(QString(QLatin1Char(c)));
        for (const char* other : {"▁", "é", "ﬁ", "①", "你", "好", "़", "क", "ß", "ı", "̇", "̈", "ѫ", "ä", "Ġ", "Ã", "©"})
            add(QString::fromUtf8(other));
        return "{\"type\":\"BPE\",\"unk_token\":\"<unk>\",\"vocab\":{" + vocabulary + "},\"merges\":[]}";
    }

    static QString decoded(const Tokenizer& tokenizer, const std::vector<std::int32_t>& ids) {
        return QString::fromStdString(tokenizer.decode(ids));
    }

private Q_SLOTS:

    void normalizers_data() {
        QTest::addColumn<QByteArray>("normalizer");
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("changed");
        const auto row = [](const char* name, const char* normalizer, const char* text, const char* changed) {
            QTest::newRow(name) << QByteArray(normalizer) << QString::fromUtf8(text) << QString::fromUtf8(changed);
        };
        row("none", "null", "aB", "aB");
        row("NFC", R"({"type":"NFC"})", "aa\xcc\x88 ä", "aä ä");
        row("NFD", R"({"type":"NFD"})", "äx", "a\xcc\x88x");
        row("NFKC", R"({"type":"NFKC"})", "ﬁ①a\xcc\x88", "fi1ä");
        row("NFKD", R"({"type":"NFKD"})", "ﬁä", "fia\xcc\x88");
        row("Lowercase", R"({"type":"Lowercase"})", "ABÄ İx", "abä i\xcc\x87x");
        row("StripAccents", R"({"type":"StripAccents"})", "a\xcc\x88 ä", "a ä");
        row("Strip", R"({"type":"Strip","strip_left":true,"strip_right":true})", " \t a b \xe3\x80\x80", "a b");
        row("Strip left", R"({"type":"Strip","strip_left":true,"strip_right":false})", "  a ", "a ");
        row("Replace", R"({"type":"Replace","pattern":{"String":"aa"},"content":"b"})", "aaaaa", "bba");
        row("Replace a pattern", R"({"type":"Replace","pattern":{"Regex":" {2,}"},"content":"▁"})", "a   b c", "a▁b c");
        row("Replace empty matches", R"({"type":"Replace","pattern":{"Regex":"x*"},"content":"-"})", "axxb", "-a-b-");
        row("Prepend", R"({"type":"Prepend","prepend":"▁"})", " a", "▁ a");
        row("BERT", R"({"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":null,
            "lowercase":true})",
            "\tÄ\x01 B你好\xe2\x80\x8b", " a b 你  好 ");
        row("BERT cased", R"({"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":false,
            "strip_accents":null,"lowercase":false})",
            "Ä\xef\xbf\xbd你", "Ä你");
        row("Nmt", R"({"type":"Nmt"})", "a\x01\tb\xe2\x80\x8b\xef\xbb\xbf▁", "a b   ");
        row("ByteLevel", R"({"type":"ByteLevel"})", "é ", "Ã©Ġ");
        row("Sequence", R"({"type":"Sequence","normalizers":[{"type":"NFD"},{"type":"StripAccents"},
            {"type":"Lowercase"}]})",
            "ÄB", "ab");
        // A double array with one rule, "a" → "bc", written by hand: the root's children begin at unit 256, where the
        // unit of the byte 0x61 has a leaf in unit 512.
        row("Precompiled", R"({"type":"Precompiled","precompiled_charsmap":"%1"})", "xay", "xbcy");
    }

    void normalizers() {
        QFETCH(QByteArray, normalizer);
        QFETCH(QString, text);
        QFETCH(QString, changed);
        std::string units(4 * 768, '\0');
        const auto put = [&](std::size_t unit, std::uint32_t value) {
            for (std::size_t i = 0; i < 4; ++i)
                units[4 * unit + i] = static_cast<char>(value >> 8 * i);
        };
        put(0, 256u << 10);
        put(256 ^ 0x61, ((256u ^ 0x61u ^ 512u) << 10) | 1u << 8 | 0x61u);
        QByteArray map("\0\x0c\0\0", 4);
        map += QByteArray::fromStdString(units) + QByteArray("bc\0", 3);
        normalizer.replace("%1", map.toBase64());
        const auto tokenizer = load("{\"normalizer\":" + normalizer +
                                    ",\"decoder\":{\"type\":\"Fuse\"},\"model\":" + characters_model() + "}");
        QVERIFY2(tokenizer, tokenizer ? "" : tokenizer.error().text().c_str());
        const auto result = (*tokenizer)->encode(text.toStdString());
        const auto expected = load("{\"decoder\":{\"type\":\"Fuse\"},\"model\":" + characters_model() + "}");
        QVERIFY(result && expected);
        QCOMPARE(decoded(**tokenizer, result->ids),
                 decoded(**expected, (*expected)->encode(changed.toStdString())->ids));
        std::uint32_t covered = 0;
        for (const std::uint32_t bytes : result->bytes)
            covered += bytes;
        QCOMPARE(covered, static_cast<std::uint32_t>(text.toUtf8().size()));
    }

    void pre_tokenizers_data() {
        QTest::addColumn<QByteArray>("pre_tokenizer");
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("words"); ///< the bytes of the text that the words cover, with bars between
        const auto row = [](const char* name, const char* pre_tokenizer, const char* text, const char* words) {
            QTest::newRow(name) << QByteArray(pre_tokenizer) << QString::fromUtf8(text) << QString::fromUtf8(words);
        };
        row("none", "null", "a b", "a b");
        row("GPT-2", R"({"type":"ByteLevel","add_prefix_space":false,"use_regex":true})", "it's  a\n\nb 12x!?",
            "it|'s| | a|\n|\n|b| 12|x|!?");
        row("removed", R"({"type":"Split","pattern":{"String":"-"},"behavior":"Removed","invert":false})",
            "The-final--countdown", "The|-final|--countdown");
        row("isolated", R"({"type":"Split","pattern":{"String":"-"},"behavior":"Isolated","invert":false})",
            "The-final--countdown", "The|-|final|-|-|countdown");
        row("previous", R"({"type":"Split","pattern":{"String":"-"},"behavior":"MergedWithPrevious","invert":false})",
            "The-final--countdown", "The-|final-|-|countdown");
        row("next", R"({"type":"Split","pattern":{"String":"-"},"behavior":"MergedWithNext","invert":false})",
            "The-final--countdown", "The|-final|-|-countdown");
        row("contiguous", R"({"type":"Split","pattern":{"String":"-"},"behavior":"Contiguous","invert":false})",
            "The-final--countdown", "The|-|final|--|countdown");
        row("inverted", R"({"type":"Split","pattern":{"Regex":"\\w+"},"behavior":"Removed","invert":true})", "ab, cd",
            "ab|, cd");
        row("empty matches",
            R"x({"type":"Split","pattern":{"Regex":"(?=[A-Z])"},"behavior":"Isolated","invert":false})x", "oneTwoThree",
            "one|Two|Three");
        row("class within a class",
            R"({"type":"Split","pattern":{"Regex":" ?[^(\\s|[.,!?])]+"},"behavior":"Isolated","invert":false})",
            "a (b.c", "a| (|b|.|c");
        row("digits", R"({"type":"Digits","individual_digits":true})", "a12½", "a|1|2|½");
        row("runs of digits", R"({"type":"Digits","individual_digits":false})", "a12½b", "a|12½|b");
        row("punctuation", R"({"type":"Punctuation"})", "a,b$…", "a|,|b|$|…");
        row("words", R"({"type":"Whitespace"})", "a_1 é!? ⓐ", "a_1| é|!?| ⓐ");
        row("white space", R"({"type":"WhitespaceSplit"})",
            " a\t\xc2\xa0"
            "b ",
            " a|\t\xc2\xa0"
            "b ");
        row("delimiter", R"({"type":"CharDelimiterSplit","delimiter":"|"})", "a|b", "a/|b");
        row("BERT", R"({"type":"BertPreTokenizer"})", "don't stop", "don|'|t| stop");
        row("marks", R"({"type":"Metaspace","replacement":"▁","prepend_scheme":"always"})", "a  b c", "a| | b| c");
        row("marks without words", R"({"type":"Metaspace","replacement":"▁","split":false})", "a b", "a b");
        row("words with marks", R"({"type":"Sequence","pretokenizers":[{"type":"WhitespaceSplit"},
            {"type":"Metaspace","replacement":"▁","add_prefix_space":true}]})",
            "a b", "a |b");
        row("something after bytes", R"({"type":"Sequence","pretokenizers":[
            {"type":"ByteLevel","add_prefix_space":false,"use_regex":true},{"type":"Digits","individual_digits":true}]})",
            "a12", "a|1|2");
    }

    void pre_tokenizers() {
        QFETCH(QByteArray, pre_tokenizer);
        QFETCH(QString, text);
        QFETCH(QString, words);
        const auto tokenizer = load("{\"pre_tokenizer\":" + pre_tokenizer +
                                    ",\"model\":{\"type\":\"WordLevel\",\"vocab\":{\"?\":0},\"unk_token\":\"?\"}}");
        QVERIFY2(tokenizer, tokenizer ? "" : tokenizer.error().text().c_str());
        const QByteArray bytes = text.toUtf8();
        const auto result = (*tokenizer)->encode(bytes.toStdString());
        QVERIFY(result);
        QByteArrayList found;
        qsizetype at = 0;
        for (const std::uint32_t count : result->bytes) {
            found << bytes.mid(at, count);
            at += count;
        }
        const char bar = text.contains(QLatin1Char('|')) ? '/' : '|';
        QCOMPARE(QString::fromUtf8(found.join(bar)), words);
    }

    void first_words_alone_get_a_mark() {
        const auto tokenizer = load(R"({"added_tokens":[{"id":3,"content":"<s>","special":true,"normalized":false}],
            "pre_tokenizer":{"type":"Metaspace","replacement":"▁","prepend_scheme":"first","split":true},
            "model":{"type":"WordLevel","vocab":{"?":0,"▁a":1,"a":2,"<s>":3},"unk_token":"?"}})");
        QVERIFY2(tokenizer, tokenizer ? "" : tokenizer.error().text().c_str());
        QCOMPARE((*tokenizer)->encode("a<s>a<s> a")->ids, (std::vector<std::int32_t>{1, 3, 2, 3, 1}));
    }

    void models_data() {
        QTest::addColumn<QByteArray>("model");
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QString>("ids");
        QTest::addColumn<QString>("bytes");
        const auto row = [](const char* name, const char* model, const char* text, const char* ids, const char* bytes) {
            QTest::newRow(name) << QByteArray(model) << QByteArray(text) << QString::fromLatin1(ids)
                                << QString::fromLatin1(bytes);
        };
        // The example in the documentation of the Rust crate, with its unknown.
        constexpr auto unigram = R"({"type":"Unigram","unk_id":0,"vocab":[["<unk>",0],["a",0],["b",0],["c",0],["d",0],
            ["cd",1],["ab",2],["abc",5],["abcd",10]]})";
        row("Unigram", unigram, "abcdacdxx", "8 1 5 0", "4 1 2 2");
        row("Unigram ties", R"({"type":"Unigram","unk_id":0,"vocab":[["<unk>",0],["a",-1],["aa",-2]]})", "aaa", "1 2",
            "1 2");
        // 0.7 + 0.7 > 1.2; unknown: −3 − 10 each, so two known letters win over one unknown.
        row("Unigram scores", R"({"type":"Unigram","unk_id":0,"vocab":[["<unk>",0],["a",0.7],["aa",1.2],["b",-3]]})",
            "aab", "1 1 3", "1 1 1");
        row("Unigram with bytes", R"({"type":"Unigram","unk_id":0,"byte_fallback":true,
            "vocab":[["<unk>",0],["a",-1],["<0xC3>",-2],["<0xA9>",-2]]})",
            "a\xc3\xa9\xc3\xa9"
            "b",
            "1 0", "1 5");
        row("Unigram, all bytes known", R"({"type":"Unigram","unk_id":0,"byte_fallback":true,
            "vocab":[["<unk>",0],["a",-1],["<0xC3>",-2],["<0xA9>",-2]]})",
            "\xc3\xa9"
            "a",
            "2 3 1", "1 1 1");
        constexpr auto pieces = R"({"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##",
            "max_input_chars_per_word":6,"vocab":{"[UNK]":0,"un":1,"##aff":2,"##able":3,"##a":4,"é":5}})";
        row("WordPiece", pieces, "unaff", "1 2", "2 3");
        row("WordPiece back off", pieces, "unab", "0", "4");
        row("WordPiece too long", pieces, "unaaaaa", "0", "7");
        row("WordPiece as long as allowed", pieces, "unaaaa", "1 4 4 4 4", "2 1 1 1 1");
        row("WordLevel", R"({"type":"WordLevel","unk_token":"?","vocab":{"?":7,"word":3}})", "word", "3", "4");
        row("WordLevel unknown", R"({"type":"WordLevel","unk_token":"?","vocab":{"?":7,"word":3}})", "words", "7", "5");
        row("BPE with affixes", R"({"type":"BPE","vocab":{"a":0,"##b":1,"##b</w>":2,"ab":3,"abb</w>":4},
            "merges":["a ##b","ab ##b</w>"],"continuing_subword_prefix":"##","end_of_word_suffix":"</w>"})",
            "abb", "4", "3");
        row("ids with a gap", R"({"type":"BPE","vocab":{"a":0,"b":5},"merges":[]})", "ab", "0 5", "1 1");
    }

    void models() {
        QFETCH(QByteArray, model);
        QFETCH(QByteArray, text);
        const auto tokenizer = load("{\"model\":" + model + "}");
        QVERIFY2(tokenizer, tokenizer ? "" : tokenizer.error().text().c_str());
        const auto result = (*tokenizer)->encode(text.toStdString());
        QVERIFY2(result, result ? "" : result.error().text().c_str());
        const auto list = [](const auto& numbers) {
            QStringList all;
            for (const auto number : numbers)
                all << QString::number(number);
            return all.join(QLatin1Char(' '));
        };
        QTEST(list(result->ids), "ids");
        QTEST(list(result->bytes), "bytes");
    }

    void words_without_a_token_need_an_unknown_one() {
        for (const char* model : {R"({"type":"Unigram","vocab":[["a",0]]})", R"({"type":"WordPiece","vocab":{"a":0}})",
                                  R"({"type":"WordLevel","vocab":{"a":0},"unk_token":"<unk>"})"}) {
            const auto tokenizer = load("{\"model\":" + QByteArray(model) + "}");
            QVERIFY2(tokenizer, tokenizer ? "" : tokenizer.error().text().c_str());
            QVERIFY((*tokenizer)->encode("a"));
            const auto result = (*tokenizer)->encode("b");
            QVERIFY(!result);
            QVERIFY(result.error().kind == ErrorKind::damaged && !result.error().remedy.empty());
        }
    }

    void bert_without_tokenizer_json() {
        const QString folder = root_.filePath(QStringLiteral("bert"));
        QDir().mkpath(folder);
        test::write_bytes(folder + QStringLiteral("/vocab.txt"),
                          "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nhello\n##s\nworld\n,\nhel\r\n");
        const auto tokenizer = load_tokenizer(folder.toStdString());
        QVERIFY2(tokenizer, tokenizer ? "" : tokenizer.error().text().c_str());
        QCOMPARE((*tokenizer)->encode("H\xc3\xa9llos, [MASK] worl Hel")->ids,
                 (std::vector<std::int32_t>{5, 6, 8, 4, 1, 9}));
        QCOMPARE((*tokenizer)->decode({5, 6, 8, 7}), std::string("hellos, world"));
        QCOMPARE((*tokenizer)->kind(), std::string("WordPiece"));
        QCOMPARE(*(*tokenizer)->bos(), 2);
        QCOMPARE(*(*tokenizer)->eos(), 3);
        QCOMPARE(*(*tokenizer)->mask(), 4);
        QVERIFY((*tokenizer)->adds_bos() && (*tokenizer)->adds_eos());
        test::write_bytes(folder + QStringLiteral("/tokenizer_config.json"), R"({"do_lower_case": false})");
        const auto cased = load_tokenizer(folder.toStdString());
        QVERIFY(cased);
        QCOMPARE((*cased)->encode("Hello hello")->ids, (std::vector<std::int32_t>{1, 5}));
    }

    void post_processors_data() {
        QTest::addColumn<QByteArray>("processor");
        QTest::addColumn<int>("bos");
        QTest::addColumn<int>("eos");
        const auto row = [](const char* name, const char* processor, int bos, int eos) {
            QTest::newRow(name) << QByteArray(processor) << bos << eos;
        };
        row("none", "null", -1, -1);
        row("BERT", R"({"type":"BertProcessing","sep":["[SEP]",2],"cls":["[CLS]",1]})", 1, 2);
        row("RoBERTa", R"({"type":"RobertaProcessing","sep":["</s>",2],"cls":["<s>",0],"trim_offsets":true,
            "add_prefix_space":false})",
            0, 2);
        row("T5", R"({"type":"TemplateProcessing","single":[{"Sequence":{"id":"A","type_id":0}},
            {"SpecialToken":{"id":"</s>","type_id":0}}],"special_tokens":{"</s>":{"id":"</s>","ids":[1]}}})",
            -1, 1);
        row("Llama 3", R"({"type":"Sequence","processors":[{"type":"ByteLevel"},{"type":"TemplateProcessing","single":[
            {"SpecialToken":{"id":"b","type_id":0}},{"Sequence":{"id":"A","type_id":0}}],
            "special_tokens":{"b":{"id":"b","ids":[2]}}}]})",
            2, -1);
    }

    void post_processors() {
        QFETCH(QByteArray, processor);
        QFETCH(int, bos);
        QFETCH(int, eos);
        const auto tokenizer = load("{\"post_processor\":" + processor +
                                    ",\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0,\"b\":1,\"c\":2},\"merges\":[]}}");
        QVERIFY2(tokenizer, tokenizer ? "" : tokenizer.error().text().c_str());
        QCOMPARE((*tokenizer)->bos().value_or(-1), bos);
        QCOMPARE((*tokenizer)->eos().value_or(-1), eos);
        QCOMPARE((*tokenizer)->adds_bos(), bos >= 0);
        QCOMPARE((*tokenizer)->adds_eos(), eos >= 0);
    }
};

QTEST_APPLESS_MAIN(TokenizerPartsTest)
#include "tst_tokenizer_parts.moc"
