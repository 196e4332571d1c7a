#include "engine/datasets/tokenizers/tokenizer.h"
#include "tests/support/safetensors_file.h"
#include "tests/support/small_tokenizers.h"

#include <QDir>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QSet>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>
#include <random>

using namespace isoloss;

// Ids against readings of the definitions in plain Python and against the SentencePiece library's own Python module,
// on difficult texts and on random ones.
class TokenizerOracleTest : public QObject {
    Q_OBJECT

    QTemporaryDir root_;
    QList<QString> texts_;
    QJsonObject sentencepiece_; ///< what the trained models make of the texts; empty without the Python module

    static QByteArray python(const QString& program, const char* script, const QString& folder) {
        QProcess process;
        process.start(program, {QStringLiteral(ISOLOSS_ORACLE_DIR "/") + QString::fromLatin1(script), folder});
        if (!process.waitForFinished(100'000) || process.exitCode() != 0) return {};
        return process.readAllStandardOutput();
    }

    static QString ids_text(const std::vector<std::int32_t>& ids) {
        QStringList list;
        for (const std::int32_t id : ids)
            list << QString::number(id);
        return list.join(QLatin1Char(' '));
    }

    static QString ids_text(const QJsonValue& ids) {
        QStringList list;
        for (const auto& id : ids.toArray())
            list << QString::number(id.toInt());
        return list.join(QLatin1Char(' '));
    }

    QJsonArray texts() const {
        QJsonArray list;
        for (const QString& text : texts_)
            list.append(text);
        return list;
    }

    void compare(const QString& folder, const QJsonValue& expected) const {
        const auto tokenizer = load_tokenizer(folder.toStdString());
        QVERIFY2(tokenizer, tokenizer ? "" : tokenizer.error().text().c_str());
        for (qsizetype i = 0; i < texts_.size(); ++i) {
            const auto result = (*tokenizer)->encode(texts_[i].toStdString());
            QVERIFY2(result, result ? "" : result.error().text().c_str());
            QVERIFY2(ids_text(result->ids) == ids_text(expected.toArray().at(i)),
                     qPrintable(QStringLiteral("text %1 \"%2\": %3 instead of %4")
                                    .arg(i)
                                    .arg(texts_[i], ids_text(result->ids), ids_text(expected.toArray().at(i)))));
            std::size_t covered = 0;
            for (const std::uint32_t bytes : result->bytes)
                covered += bytes;
            if (!result->ids.empty()) QCOMPARE(covered, texts_[i].toStdString().size());
        }
    }

    static QByteArray unigram(bool byte_fallback) {
        std::mt19937 random(5);
        QStringList entries{QStringLiteral("[\"<unk>\",0]"), QStringLiteral("[\"▁\",-2.5]")};
        QSet<QString> known;
        const QString letters = QStringLiteral("abdehilnorstw");
        for (const QChar letter : letters)
            entries << QStringLiteral("[\"%1\",%2]").arg(letter).arg(-3.0 - 0.1 * static_cast<double>(random() % 30));
        while (entries.size() < 150) {
            QString piece;
            if (random() % 3 == 0) piece += QStringLiteral("▁");
            for (std::size_t n = 2 + random() % 3; n-- > 0;)
                piece += letters[static_cast<qsizetype>(random() % static_cast<std::size_t>(letters.size()))];
            if (known.contains(piece)) continue;
            known.insert(piece);
            entries << QStringLiteral("[\"%1\",%2]").arg(piece).arg(-4.0 - 0.25 * static_cast<double>(random() % 12));
        }
        for (int byte = 0x80; byte_fallback && byte < 0x100; ++byte)
            entries << QStringLiteral("[\"<0x%1>\",-9]").arg(QString::number(byte, 16).toUpper());
        return R"({"pre_tokenizer":{"type":"Metaspace","replacement":"▁","prepend_scheme":"always","split":true},"model":{
            "type":"Unigram","unk_id":0,"byte_fallback":)" +
               QByteArray(byte_fallback ? "true" : "false") + ",\"vocab\":[" + entries.join(QLatin1Char(',')).toUtf8() +
               "]}}";
    }

    static QByteArray word_piece() {
        QStringList tokens{QStringLiteral("[UNK]")};
        for (const QChar letter : QStringLiteral("abdehilnorstw012ß.,'!你"))
            tokens << letter << QStringLiteral("##") + letter;
        tokens << QStringLiteral("the") << QStringLiteral("##er") << QStringLiteral("low") << QStringLiteral("##est")
               << QStringLiteral("wi") << QStringLiteral("##de") << QStringLiteral("hello") << QStringLiteral("##lo");
        QJsonObject vocabulary;
        for (qsizetype i = 0; i < tokens.size(); ++i)
            vocabulary.insert(tokens[i], static_cast<int>(i));
        const QJsonObject model{{QStringLiteral("type"), QStringLiteral("WordPiece")},
                                {QStringLiteral("unk_token"), QStringLiteral("[UNK]")},
                                {QStringLiteral("continuing_subword_prefix"), QStringLiteral("##")},
                                {QStringLiteral("max_input_chars_per_word"), 20},
                                {QStringLiteral("vocab"), vocabulary}};
        return R"({"normalizer":{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":null,
            "lowercase":true},"pre_tokenizer":{"type":"BertPreTokenizer"},"model":)" +
               QJsonDocument(model).toJson(QJsonDocument::Compact) + "}";
    }

private Q_SLOTS:

    void initTestCase() {
        for (const char* text : {"",
                                 " ",
                                 "   ",
                                 "the lower",
                                 "  the  lowest ",
                                 "\n\n\tthe\r\n",
                                 "it's WE'LL 'tis",
                                 "12 345 6789 ½ ٣",
                                 "你好，世界 the 你",
                                 "🙂 👩‍👧 🏳️‍🌈",
                                 "e\xcc\x81 é ä a\xcc\x88",
                                 "مرحبا שלום",
                                 "for (int i = 0; i < 3; ++i) {\n    x += i;\n}",
                                 "<s> </s> <unk> [UNK] <0x41>",
                                 "▁the▁ lower",
                                 "\xe2\x80\x8b\xc2\xa0\xe3\x80\x80x",
                                 "ﬁ Ⅷ ① ｈｅｌｌｏ",
                                 "สวัสดี हिन्दी",
                                 "naïve café — “quoted” …",
                                 "wider...newer?!",
                                 "\x01\x7f",
                                 "ßẞ İ"})
            texts_ << QString::fromUtf8(text);
        texts_ << QString(500, QLatin1Char('a')) << QStringLiteral("hello").repeated(60);
        std::mt19937 random(11);
        const QStringList parts{"the", "lo", "w",  "er", " ", "  ", "hello", "st",
                                "\n",  "é",  "你", "1",  "'", ".",  "X",     "🙂"};
        for (int i = 0; i < 60; ++i) {
            QString text;
            for (std::size_t n = random() % 25; n-- > 0;)
                text += parts[static_cast<qsizetype>(random() % static_cast<std::size_t>(parts.size()))];
            texts_ << text;
        }
        test::write_bytes(root_.filePath(QStringLiteral("texts.json")), QJsonDocument(texts()).toJson());
        for (const char* program : {"/usr/bin/python3", "python3"}) {
            if (!sentencepiece_.isEmpty()) break;
            sentencepiece_ =
                QJsonDocument::fromJson(python(QString::fromLatin1(program), "train_sentencepiece.py", root_.path()))
                    .object();
        }
    }

    void definitions_data() {
        QTest::addColumn<QByteArray>("json");
        QJsonObject bytes = QJsonDocument::fromJson(test::bytes_tokenizer).object();
        bytes.remove(QStringLiteral("added_tokens"));
        QTest::newRow("byte-level BPE") << QJsonDocument(bytes).toJson();
        QTest::newRow("Unigram") << unigram(false);
        QTest::newRow("Unigram with bytes") << unigram(true);
        QTest::newRow("WordPiece") << word_piece();
    }

    void definitions() {
        QFETCH(QByteArray, json);
        if (QStandardPaths::findExecutable(QStringLiteral("python3")).isEmpty()) QSKIP("python3 is not installed");
        const QString folder = root_.filePath(QStringLiteral("definition"));
        QDir().mkpath(folder);
        test::write_bytes(folder + QStringLiteral("/tokenizer.json"), json);
        test::write_bytes(folder + QStringLiteral("/texts.json"), QJsonDocument(texts()).toJson());
        const QByteArray answer = python(QStringLiteral("python3"), "tokenizers.py", folder);
        QVERIFY(!answer.isEmpty());
        compare(folder, QJsonDocument::fromJson(answer).object().value(QStringLiteral("ids")));
    }

    void sentencepiece_data() {
        QTest::addColumn<QString>("name");
        for (const char* name : {"llama", "t5", "bare"})
            QTest::newRow(name) << QString::fromLatin1(name);
    }

    void sentencepiece() {
        QFETCH(QString, name);
        if (sentencepiece_.isEmpty()) QSKIP("Python's module sentencepiece is not installed");
        const QString folder = root_.filePath(name);
        // Control symbols would be cut out of the texts, which the library does not do.
        test::write_bytes(folder + QStringLiteral("/tokenizer_config.json"), R"({"added_tokens_decoder":{"0":{
            "content":"never in a text"}}})");
        compare(folder, sentencepiece_.value(name).toObject().value(QStringLiteral("ids")));
    }

    void sentencepiece_settings() {
        if (sentencepiece_.isEmpty()) QSKIP("Python's module sentencepiece is not installed");
        const QString folder = root_.filePath(QStringLiteral("llama"));
        const auto load = [&](const QByteArray& config) {
            test::write_bytes(folder + QStringLiteral("/tokenizer_config.json"), config);
            return load_tokenizer(folder.toStdString());
        };
        const auto ids = [](const Expected<std::unique_ptr<Tokenizer>>& tokenizer, const char* text) {
            return (*tokenizer)->encode(text)->ids;
        };
        const auto legacy = load(R"({"tokenizer_class":"LlamaTokenizer","bos_token":"<s>","eos_token":"</s>"})");
        QVERIFY2(legacy, legacy ? "" : legacy.error().text().c_str());
        QCOMPARE(*(*legacy)->bos(), 1);
        QCOMPARE(*(*legacy)->eos(), 2);
        QVERIFY((*legacy)->adds_bos() && !(*legacy)->adds_eos());
        QCOMPARE((*legacy)->decode(ids(legacy, "the lower é")), std::string("the lower é"));
        // Every piece between special tokens gets a space before it; without legacy the first one alone.
        auto expected = ids(legacy, "the");
        QCOMPARE(ids(legacy, "the</s>the"), (std::vector<std::int32_t>{expected[0], 2, expected[0]}));
        const auto modern = load(R"({"tokenizer_class":"LlamaTokenizer","bos_token":"<s>","eos_token":"</s>",
            "legacy":false,"add_bos_token":false,"add_eos_token":true})");
        QVERIFY2(modern, modern ? "" : modern.error().text().c_str());
        QVERIFY(!(*modern)->adds_bos() && (*modern)->adds_eos());
        QCOMPARE(ids(modern, "the lower"), ids(legacy, "the lower"));
        const auto joined = ids(modern, "the</s>the");
        QCOMPARE(joined[0], expected[0]);
        QCOMPARE(joined[1], 2);
        QCOMPARE((*modern)->decode(joined), std::string("the</s>the"));
        QCOMPARE(ids(modern, "the</s> the"), (std::vector<std::int32_t>{expected[0], 2, expected[0]}));
        const auto other = load(R"({"tokenizer_class":"XLMRobertaTokenizer"})");
        QVERIFY(!other);
        QVERIFY(other.error().kind == ErrorKind::unsupported);
    }

    // Whatever bytes of a .model change, the answer is a tokenizer that works or an error.
    void damaged_models() {
        if (sentencepiece_.isEmpty()) QSKIP("Python's module sentencepiece is not installed");
        const QString folder = root_.filePath(QStringLiteral("damaged"));
        QDir().mkpath(folder);
        std::mt19937 random(3);
        int refused = 0;
        for (const char* name : {"llama", "t5"}) {
            QFile file(root_.filePath(QString::fromLatin1(name) + QStringLiteral("/tokenizer.model")));
            QVERIFY(file.open(QIODevice::ReadOnly));
            const QByteArray original = file.readAll();
            for (int round = 0; round < 150; ++round) {
                QByteArray bytes = original;
                if (round % 10 == 0)
                    bytes.truncate(static_cast<qsizetype>(random() % static_cast<unsigned>(bytes.size())));
                // Some at the beginning, where the pieces are, some anywhere.
                for (int i = 0; i < 4 && !bytes.isEmpty(); ++i) {
                    const auto size =
                        static_cast<unsigned>(round % 2 == 0 ? std::min<qsizetype>(bytes.size(), 3000) : bytes.size());
                    bytes[static_cast<qsizetype>(random() % size)] = static_cast<char>(random());
                }
                test::write_bytes(folder + QStringLiteral("/tokenizer.model"), bytes);
                const auto tokenizer = load_tokenizer(folder.toStdString());
                if (!tokenizer) {
                    ++refused;
                    QVERIFY(!tokenizer.error().reason.empty());
                    continue;
                }
                for (const QString& text : texts_)
                    (void)(*tokenizer)->encode(text.toStdString());
            }
        }
        QVERIFY(refused > 20);
    }
};

QTEST_APPLESS_MAIN(TokenizerOracleTest)
#include "tst_tokenizer_oracle.moc"
