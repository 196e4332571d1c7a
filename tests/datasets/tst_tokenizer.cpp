#include "engine/datasets/tokenizers/tokenizer.h"
#include "tests/support/safetensors_file.h"
#include "tests/support/small_tokenizers.h"

#include <QDir>
#include <QTemporaryDir>
#include <numeric>
#include <random>

using namespace isoloss;
using test::write_bytes;

class TokenizerTest : public QObject {
    Q_OBJECT

    QTemporaryDir root_;

    Expected<std::unique_ptr<Tokenizer>> load(const QByteArray& tokenizer_json, const QByteArray& config = {}) const {
        const QString folder = root_.filePath(QStringLiteral("one"));
        QDir(folder).removeRecursively();
        QDir().mkpath(folder);
        write_bytes(folder + QStringLiteral("/tokenizer.json"), tokenizer_json);
        if (!config.isEmpty()) write_bytes(folder + QStringLiteral("/tokenizer_config.json"), config);
        return load_tokenizer(folder.toStdString());
    }

    Expected<std::unique_ptr<Tokenizer>> load_gpt2(const QByteArray& vocabulary, const QByteArray& merges,
                                                   const QByteArray& config = {}) const {
        const QString folder = root_.filePath(QStringLiteral("gpt2"));
        QDir(folder).removeRecursively();
        QDir().mkpath(folder);
        write_bytes(folder + QStringLiteral("/vocab.json"), vocabulary);
        write_bytes(folder + QStringLiteral("/merges.txt"), merges);
        if (!config.isEmpty()) write_bytes(folder + QStringLiteral("/tokenizer_config.json"), config);
        return load_tokenizer(folder.toStdString());
    }

    static QString ids_text(const std::vector<std::int32_t>& ids) {
        QStringList list;
        for (const std::int32_t id : ids)
            list << QString::number(id);
        return list.join(QLatin1Char(' '));
    }

private Q_SLOTS:

    void difficult_texts_data() {
        QTest::addColumn<QByteArray>("json");
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QString>("ids");
        int number = 0;
        for (const test::TokenizedRow& row : test::tokenized_rows)
            QTest::addRow("%s %d", row.tokenizer, number++)
                << QByteArray(row.json) << QByteArray(row.text, row.text_size) << QString::fromLatin1(row.ids);
    }

    void difficult_texts() {
        QFETCH(QByteArray, json);
        QFETCH(QByteArray, text);
        QFETCH(QString, ids);
        const auto tokenizer = load(json);
        QVERIFY2(tokenizer, tokenizer ? "" : tokenizer.error().text().c_str());
        const auto result = (*tokenizer)->encode(text.toStdString());
        QVERIFY2(result, result ? "" : result.error().text().c_str());
        QCOMPARE(ids_text(result->ids), ids);
        QCOMPARE(result->bytes.size(), result->ids.size());
        const auto covered = std::accumulate(result->bytes.begin(), result->bytes.end(), std::size_t(0));
        QCOMPARE(covered, result->ids.empty() ? std::size_t(0) : static_cast<std::size_t>(text.size()));
    }

    void bytes_of_tokens() {
        const auto pieces = load(test::pieces_tokenizer);
        QVERIFY2(pieces, pieces ? "" : pieces.error().text().c_str());
        // "▁" is put before: "▁the" covers the three bytes of "the"; é falls back to two bytes; " " is "▁".
        const auto result = (*pieces)->encode("the\xc3\xa9 a</s>");
        QVERIFY(result);
        QCOMPARE(result->bytes, (std::vector<std::uint32_t>{3, 1, 1, 2, 4}));
        const auto bytes = load(test::bytes_tokenizer);
        QVERIFY(bytes);
        // "hello", " the", then white space that the token takes along, then four bytes of a face in three tokens.
        const auto other = (*bytes)->encode("hello the  <sep>  \xf0\x9f\x99\x82");
        QVERIFY(other);
        QCOMPARE(other->bytes, (std::vector<std::uint32_t>{5, 4, 9, 2, 1, 1}));
    }

    void decodes() {
        const std::pair<QByteArray, QByteArray> rows[]{
            {test::bytes_tokenizer, R"({"type": "ByteLevel"})"},
            {test::pieces_tokenizer, R"({"type": "Sequence", "decoders": [{"type": "Replace", "content": " ",
                "pattern": {"String": "\u2581"}}, {"type": "ByteFallback"}, {"type": "Fuse"},
                {"type": "Strip", "content": " ", "start": 1, "stop": 0}]})"}};
        for (const auto& [json, decoder] : rows) {
            const auto tokenizer = load("{\"decoder\":" + decoder + "," + json.mid(1));
            QVERIFY2(tokenizer, tokenizer ? "" : tokenizer.error().text().c_str());
            const std::string text = "hello the \xc3\xa9 \xf0\x9f\x99\x82";
            const auto result = (*tokenizer)->encode(text);
            QVERIFY(result);
            QCOMPARE((*tokenizer)->decode(result->ids), text);
            QCOMPARE((*tokenizer)->decode({-5, 1 << 20}), std::string());
        }
    }

    void describes_itself() {
        const auto pieces = load(test::pieces_tokenizer, R"({"eos_token":{"content":"</s>"}})");
        QVERIFY(pieces);
        QCOMPARE((*pieces)->kind(), std::string("BPE with byte fallback"));
        // Three special tokens, 256 bytes, 23 characters, 12 merges.
        QCOMPARE((*pieces)->vocabulary(), std::int64_t(294));
        QCOMPARE(*(*pieces)->bos(), 1);
        QCOMPARE(*(*pieces)->eos(), 2);
        QVERIFY((*pieces)->adds_bos());
        QCOMPARE((*pieces)->hash().size(), std::size_t(32));
        const auto off = load(test::pieces_tokenizer, R"({"add_bos_token":false,"tokenizer_class":"LlamaTokenizer"})");
        QVERIFY(off && !(*off)->adds_bos());
        QVERIFY((*off)->hash() != (*pieces)->hash());
        const auto bytes = load(test::bytes_tokenizer, R"({"bos_token":"<|end|>","add_bos_token":true})");
        QVERIFY(bytes && !(*bytes)->adds_bos());
        QCOMPARE((*bytes)->kind(), std::string("byte-level BPE"));
        QVERIFY((*bytes)->bos() && !(*bytes)->eos());
    }

    void the_mask_token_data() {
        QTest::addColumn<QByteArray>("file");
        QTest::addColumn<QByteArray>("json");
        QTest::addColumn<int>("id");
        const auto row = [](const char* title, const char* file, const char* json, int id) {
            QTest::newRow(title) << QByteArray(file) << QByteArray(json) << id;
        };
        row("text", "tokenizer_config.json", R"({"mask_token":"[MASK]"})", 2);
        row("object", "tokenizer_config.json", R"({"mask_token":{"content":"[MASK]","lstrip":true}})", 2);
        row("map", "special_tokens_map.json", R"({"mask_token":"[MASK]"})", 2);
        row("model", "config.json", R"({"mask_token_id":2})", 2);
        row("not in the vocabulary", "tokenizer_config.json", R"({"mask_token":"<mask>"})", -1);
        row("none", "tokenizer_config.json", R"({"mask_token":null})", -1);
    }

    void the_mask_token() {
        QFETCH(QByteArray, file);
        QFETCH(QByteArray, json);
        QFETCH(int, id);
        const QString folder = root_.filePath(QStringLiteral("masked"));
        QDir(folder).removeRecursively();
        QDir().mkpath(folder);
        write_bytes(folder + QStringLiteral("/tokenizer.json"), R"({"added_tokens":[{"id":2,"content":"[MASK]",
            "single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true}],"normalizer":null,
            "pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true},
            "post_processor":null,"model":{"type":"BPE","vocab":{"a":0,"b":1},"merges":[]}})");
        write_bytes(folder + QLatin1Char('/') + QString::fromLatin1(file), json);
        const auto tokenizer = load_tokenizer(folder.toStdString());
        QVERIFY2(tokenizer, tokenizer ? "" : tokenizer.error().text().c_str());
        QCOMPARE((*tokenizer)->mask().value_or(-1), id);
    }

    void vocabulary_and_merges_files() {
        // \u0120 is the space of byte-level BPE. Bytes without a token are left out, as by the fast tokenizer of
        // transformers; their bytes count for a neighbour.
        const auto tokenizer = load_gpt2(
            R"({"l":0,"o":1,"w":2,"e":3,"r":4,"lo":5,"low":6,"er":7,"\u0120":8,"\u0120low":9,"<e>":10})",
            "#version: 0.2\nl o\nlo w\ne r\n\xc4\xa0 low\n",
            R"({"bos_token":"<e>","add_bos_token":true,"added_tokens_decoder":{"10":{"content":"<e>","special":true}}})");
        QVERIFY2(tokenizer, tokenizer ? "" : tokenizer.error().text().c_str());
        const auto result = (*tokenizer)->encode("lower low<e>xlowx");
        QVERIFY(result);
        QCOMPARE(result->ids, (std::vector<std::int32_t>{6, 7, 9, 10, 6}));
        QCOMPARE(result->bytes, (std::vector<std::uint32_t>{3, 2, 4, 3, 5}));
        QVERIFY((*tokenizer)->adds_bos());
        QCOMPARE(*(*tokenizer)->bos(), 10);
    }

    void roberta_without_tokenizer_json() {
        const auto tokenizer = load_gpt2(R"({"<s>":0,"<pad>":1,"</s>":2,"a":3,"<mask>":4})", "",
                                         R"({"tokenizer_class":"RobertaTokenizer"})");
        QVERIFY2(tokenizer, tokenizer ? "" : tokenizer.error().text().c_str());
        QCOMPARE(*(*tokenizer)->bos(), 0);
        QCOMPARE(*(*tokenizer)->eos(), 2);
        QCOMPARE(*(*tokenizer)->mask(), 4);
        QVERIFY((*tokenizer)->adds_bos() && (*tokenizer)->adds_eos());
    }

    void a_very_long_word() {
        const auto tokenizer = load(test::bytes_tokenizer);
        QVERIFY(tokenizer);
        // "he"+"ll" = "hell", then "hello": one token for five bytes, over one word of a million.
        std::string text;
        for (int i = 0; i < 200'000; ++i)
            text += "hello";
        const auto result = (*tokenizer)->encode(text);
        QVERIFY(result);
        QCOMPARE(result->ids.size(), std::size_t(200'000));
        QVERIFY(std::all_of(result->bytes.begin(), result->bytes.end(), [](std::uint32_t n) { return n == 5; }));
    }

    // BAD_INPUTS.md row 75 and every part that is missing, broken or unknown.
    void refusals_data() {
        QTest::addColumn<QByteArray>("json");
        QTest::addColumn<QString>("words");
        const auto model = [](const char* name, const char* text, const char* words) {
            QTest::newRow(name) << "{\"model\":" + QByteArray(text) + "}" << QString::fromUtf8(words);
        };
        const auto part = [](const char* name, const char* text, const char* words) {
            QTest::newRow(name) << QByteArray("{") + text +
                                       ",\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[]}}"
                                << QString::fromUtf8(words);
        };
        QTest::newRow("cut JSON") << QByteArray("{\"model\":") << "line 1|not valid JSON";
        QTest::newRow("no model") << QByteArray("{}") << "key model|missing";
        model("model type", R"({"type":"Sorted","vocab":{}})", "model.type|\"Sorted\"|known are BPE, Unigram");
        model("score missing", R"({"type":"Unigram","vocab":[["a"]]})", "model.vocab[0]|score");
        model("unknown id outside", R"({"type":"Unigram","vocab":[["a",0]],"unk_id":1})", "model.unk_id|the id 1");
        model("longest word negative", R"({"type":"WordPiece","vocab":{"a":0},"max_input_chars_per_word":-1})",
              "max_input_chars_per_word|negative");
        model("no vocabulary", R"({"type":"BPE","merges":[]})", "model.vocab|missing");
        model("empty vocabulary", R"({"type":"BPE","vocab":{},"merges":[]})", "key vocab|no token");
        model("no merges", R"({"type":"BPE","vocab":{"a":0}})", "model.merges|missing");
        model("id a text", R"({"type":"BPE","vocab":{"a":"0"},"merges":[]})", "model.vocab|\"a\"|whole number");
        model("id negative", R"({"type":"BPE","vocab":{"a":-1},"merges":[]})", "model.vocab|\"a\"|-1");
        model("id too large", R"({"type":"BPE","vocab":{"a":4294967296},"merges":[]})", "model.vocab|4294967296");
        model("id twice", R"({"type":"BPE","vocab":{"a":0,"b":0},"merges":[]})", "the id 0 belongs to two tokens");
        model("token twice", R"({"type":"BPE","vocab":{"a":0,"a":1},"merges":[]})", "\"a\" occurs twice");
        model("merge of an unknown token", R"({"type":"BPE","vocab":{"a":0},"merges":["a b"]})", "merges[0]|\"b\"");
        model("merge without a result", R"({"type":"BPE","vocab":{"a":0,"b":1},"merges":["a b"]})",
              "merges[0]|gives \"ab\"");
        model("merge that makes nothing new", R"({"type":"BPE","vocab":{"a":0,"":1},"merges":[["a",""]]})",
              "merges[0]|empty");
        model("merge of three", R"({"type":"BPE","vocab":{"a":0},"merges":["a a a"]})", "model.merges[0]|neither");
        model("unknown token missing", R"({"type":"BPE","vocab":{"a":0},"merges":[],"unk_token":"<u>"})",
              "unk_token|\"<u>\"");
        model("dropout", R"({"type":"BPE","vocab":{"a":0},"merges":[],"dropout":0.1})", "model.dropout|random");
        model("prefix", R"({"type":"BPE","vocab":{"a":0,"b":1},"merges":["a b"],"continuing_subword_prefix":"##"})",
              "merges[0]|continuing_subword_prefix");
        part("normalizer", R"("normalizer":{"type":"Odd"})", "normalizer.type|\"Odd\"|known are");
        part("nested normalizer", R"("normalizer":{"type":"Sequence","normalizers":[{"type":"NFC"},{"type":"NFX"}]})",
             "normalizer.normalizers[1].type|\"NFX\"");
        part("charsmap no base64", R"("normalizer":{"type":"Precompiled","precompiled_charsmap":"?"})",
             "precompiled_charsmap|base64");
        part("charsmap cut", R"("normalizer":{"type":"Precompiled","precompiled_charsmap":"/////w=="})",
             "precompiled_charsmap|4294967295");
        // One unit that points to place 1023 of an array of one.
        part("charsmap that points outside",
             R"("normalizer":{"type":"Precompiled","precompiled_charsmap":"BAAAAAD8DwA="})",
             "precompiled_charsmap|points outside");
        part("pre-tokenizer", R"("pre_tokenizer":{"type":"Odd"})", "pre_tokenizer.type|\"Odd\"|known are");
        part("decoder", R"("decoder":{"type":"Odd"})", "decoder.type|\"Odd\"|known are");
        part("post-processor", R"("post_processor":{"type":"Odd"})", "post_processor.type|\"Odd\"|known are");
        part("two tokens before a text", R"("post_processor":{"type":"TemplateProcessing","single":[
             {"SpecialToken":{"id":"a"}},{"SpecialToken":{"id":"a"}},{"Sequence":{"id":"A"}}],
             "special_tokens":{"a":{"ids":[0]}}})",
             "post_processor|2 tokens");
        part("intersection of classes",
             R"("pre_tokenizer":{"type":"Split","pattern":{"Regex":"[a&&b]"},"behavior":"Isolated"})",
             "pattern.Regex|&&");
        part("split behavior", R"("pre_tokenizer":{"type":"Split","pattern":{"String":"a"},"behavior":"Odd"})",
             "behavior|\"Odd\"");
        part("split pattern", R"("pre_tokenizer":{"type":"Split","pattern":{"Regex":"a{2,1}"},"behavior":"Isolated"})",
             "pre_tokenizer.pattern.Regex|cannot be used");
        part("added token", R"("added_tokens":[{"id":5}])", "added_tokens[0]|content and an id");
        part("added token against the vocabulary", R"("added_tokens":[{"id":0,"content":"b"}])",
             "added_tokens[0]|contradicts");
    }

    void refusals() {
        QFETCH(QByteArray, json);
        QFETCH(QString, words);
        const auto tokenizer = load(json);
        QVERIFY(!tokenizer);
        const QString text = QString::fromStdString(tokenizer.error().text());
        QVERIFY2(text.contains(QStringLiteral("tokenizer.json")), qPrintable(text));
        QVERIFY(!tokenizer.error().remedy.empty());
        for (const QString& word : words.split(QLatin1Char('|')))
            QVERIFY2(text.contains(word), qPrintable(text));
    }

    // BAD_INPUTS.md row 75: exponential backtracking ends in an error.
    void pathological_pattern() {
        const auto tokenizer =
            load("{\"pre_tokenizer\":{\"type\":\"Sequence\",\"pretokenizers\":[{\"type\":\"Split\",\"pattern\":"
                 "{\"Regex\":\"(a|aa|a?)+(?=b)\"},\"behavior\":\"Isolated\"},{\"type\":\"ByteLevel\","
                 "\"add_prefix_space\":false,\"use_regex\":false}]},"
                 "\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[]}}");
        QVERIFY2(tokenizer, tokenizer ? "" : tokenizer.error().text().c_str());
        const auto result = (*tokenizer)->encode(std::string(5000, 'a'));
        QVERIFY(!result);
        QVERIFY(result.error().kind == ErrorKind::limit);
        QVERIFY(result.error().place.find("pattern.Regex") != std::string::npos);
    }

    void missing_files() {
        const QString empty = root_.filePath(QStringLiteral("empty"));
        QDir().mkpath(empty);
        const auto none = load_tokenizer(empty.toStdString());
        QVERIFY(!none);
        QVERIFY(none.error().kind == ErrorKind::not_found);
        for (const char* file : {"tokenizer.json", "vocab.json", "merges.txt", "tokenizer.model", "vocab.txt"})
            QVERIFY(none.error().reason.find(file) != std::string::npos);
        write_bytes(empty + QStringLiteral("/tokenizer.model"), "x");
        const auto model = load_tokenizer(empty.toStdString());
        QVERIFY(!model);
        QVERIFY(model.error().kind == ErrorKind::damaged);
        QVERIFY(model.error().file.ends_with("tokenizer.model"));
        const auto merges = load_gpt2(R"({"a":0})", "#version: 0.2\na\n");
        QVERIFY(!merges);
        QCOMPARE(merges.error().place, std::string("line 2"));
        QVERIFY(merges.error().file.ends_with("merges.txt"));
        const auto vocabulary = load_gpt2("[1]", "");
        QVERIFY(!vocabulary);
        QVERIFY(vocabulary.error().file.ends_with("vocab.json"));
    }

    // Whatever bytes change, the answer is a tokenizer that works or an error.
    void mutated_files() {
        const QByteArray original = test::pieces_tokenizer;
        std::mt19937 random(20240608);
        int refused = 0, read = 0;
        for (int round = 0; round < 200; ++round) {
            QByteArray bytes = original;
            for (unsigned i = 0; i < 1 + random() % 3; ++i)
                bytes[static_cast<qsizetype>(random() % static_cast<unsigned>(bytes.size()))] =
                    static_cast<char>(random() & 0x7f);
            const auto tokenizer = load(bytes);
            if (!tokenizer) {
                ++refused;
                QVERIFY(!tokenizer.error().reason.empty());
                continue;
            }
            ++read;
            const auto result = (*tokenizer)->encode("the and \xf0\x9f\x99\x82 on");
            QVERIFY(result);
            QCOMPARE(result->ids.size(), result->bytes.size());
        }
        QVERIFY(refused > 20 && read > 0);
    }
};

QTEST_APPLESS_MAIN(TokenizerTest)
#include "tst_tokenizer.moc"
