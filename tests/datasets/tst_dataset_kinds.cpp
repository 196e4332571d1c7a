#include "engine/datasets/dataset.h"
#include "engine/datasets/image_data.h"
#include "engine/datasets/number_data.h"
#include "engine/datasets/task_data.h"
#include "engine/datasets/text_data.h"
#include "engine/datasets/token_data.h"
#include "tests/support/data_files.h"
#include "tests/support/safetensors_file.h"

#include <QDir>
#include <QTemporaryDir>
#include <fstream>

using namespace isoloss;
using namespace isoloss::test;

/// What is recognised by what, what is read of it, and what a person can say instead.
class DatasetKindsTest : public QObject {
    Q_OBJECT

    QTemporaryDir root_;

    std::filesystem::path write(const QString& name, const QByteArray& bytes) const {
        const QString path = root_.filePath(name);
        QDir().mkpath(QFileInfo(path).path());
        write_bytes(path, bytes);
        return path.toStdString();
    }

    static DatasetRecord described(const std::filesystem::path& path, const DatasetOptions& said = {}) {
        auto record = describe_dataset(path, said);
        if (!record) qWarning("%s", record.error().text().c_str());
        return record.value_or(DatasetRecord{});
    }

    static DatasetOptions as(DatasetKind kind) {
        DatasetOptions options;
        options.kind = kind;
        return options;
    }

    static QString counts_text(const DatasetRecord& record) {
        QStringList parts;
        const auto details = details_of(record);
        for (const auto& [what, number] : details->counts)
            parts += QString::number(number) + QLatin1Char(' ') + QString::fromStdString(what);
        return parts.join(QStringLiteral(", "));
    }

private Q_SLOTS:

    void recognised_data() {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QString>("kind");
        QTest::addColumn<QString>("counts");
        QTest::addColumn<QString>("note");
        const auto row = [](const char* title, const char* name, const QByteArray& bytes, const char* kind,
                            const char* counts, const char* note = "") {
            QTest::newRow(title) << QString::fromUtf8(name) << bytes << QString::fromUtf8(kind)
                                 << QString::fromUtf8(counts) << QString::fromUtf8(note);
        };
        row("plain text", "a.txt", "café", "text", "1 documents, 5 bytes, 4 characters");
        row("text rows", "a.jsonl", R"({"text":"ab"})", "text", "1 documents, 2 bytes, 2 characters", "first row");
        row("broken rows are left out", "b.jsonl", "{\"text\":\"ab\"}\nnonsense\n{\"text\":\"c\"}\n{\"text", "text",
            "2 documents, 3 bytes, 3 characters");
        row("pairs", "p.jsonl", R"({"sentence_good":"a b","sentence_bad":"b a","UID":"x","pairID":"0"})",
            "minimal_pairs", "1 items, 2 choices", "first row");
        row("members", "m.jsonl", "{\"input\":\"a\",\"label\":1}\n{\"input\":\"b\",\"label\":0}", "membership",
            "2 texts, 1 members, 1 non-members, 2 bytes, 2 characters", "the text is the field \"input\"");
        row("labels 0 and 1 of text", "l.jsonl", R"({"text":"a","label":1})", "labelled_text",
            "1 texts, 1 labels, 1 classes, 1 bytes, 1 characters", "say that it is membership");
        row("last word", "w.jsonl", R"({"context":"a b","target":"c"})", "last_word", "1 items");
        row("translation", "t.jsonl", R"({"translation":{"en":"hello","fr":"bonjour"}})", "parallel_text", "1 pairs",
            "translation.fr");
        row("source and target", "s.jsonl", R"({"src":"hello","tgt":"bonjour"})", "parallel_text", "1 pairs");
        row("two columns", "t.tsv", "hello\tbonjour\nyes\toui\n", "parallel_text", "2 pairs", "two columns");
        row("named columns", "n.csv", "source,target\n\"hello, you\",salut\n", "parallel_text", "1 pairs");
        row("embeddings", "e.jsonl", R"({"embedding":[1,2.5,NaN],"label":"x"})", "embeddings",
            "1 rows, 3 columns, 1 classes");
        row("table of numbers", "e.csv", "a,b,label\n1.5,2,x\n3,4.5,y\n", "embeddings", "2 rows, 2 columns, 2 classes",
            "the label is the column");
        row("numbers without names", "f.csv", "1.5,2\n3,4.5\n", "embeddings", "2 rows, 2 columns");
        row("predictions", "p.csv", "y_true,y_pred\n1,0.5\n0,0.25\n", "predictions", "2 rows, 1 columns, 2 classes");
        row("npy of ids", "t.npy", npy_bytes("<u2", "(4,)", raw_bytes<quint16>({5, 6, 50256, 7})), "tokens",
            "1 documents, 4 tokens, 50256 largest id", "uint16 of the shape (4)");
        row("npy of rows of ids", "r.npy", npy_bytes("<i4", "(2, 2)", raw_bytes<qint32>({1, 2, 3, 4})), "tokens",
            "2 documents, 4 tokens, 4 largest id", "each row is a document");
        row("npy of embeddings", "e.npy", npy_bytes("<f4", "(1, 2)", raw_bytes<float>({1, 2})), "embeddings",
            "1 rows, 2 columns");
        row("npy of predictions", "p.npy", npy_bytes("<f8", "(2,)", raw_bytes<double>({1, 2})), "predictions",
            "2 rows, 1 columns");
        row("npy of images", "i.npy", npy_bytes("|u1", "(1, 2, 2)", "abcd"), "labelled_images",
            "1 images, 2 height, 2 width, 1 channels, 0 classes");
        row("npz", "e.npz",
            zip_bytes({{"features.npy", npy_bytes("<f4", "(1, 2)", raw_bytes<float>({1, 2})), true, 0},
                       {"labels.npy", npy_bytes("<i8", "(1,)", raw_bytes<qint64>({3})), true, 0}}),
            "embeddings", "1 rows, 2 columns, 1 classes", "the embedding is the array features");
        row("uint16 ids", "t.bin", raw_bytes<quint16>({500, 600, 50256, 7}), "tokens",
            "1 documents, 4 tokens, 50256 largest id", "the ids are uint16");
        row("uint32 ids", "u.bin", raw_bytes<quint32>({500, 600, 100000, 7}), "tokens",
            "1 documents, 4 tokens, 100000 largest id", "the ids are uint32");
        row("text named .bin", "x.bin", "just words", "text", "1 documents, 10 bytes, 10 characters");
    }

    void recognised() {
        QFETCH(QString, name);
        QFETCH(QByteArray, bytes);
        QFETCH(QString, kind);
        QFETCH(QString, counts);
        QFETCH(QString, note);
        const DatasetRecord record = described(write(name, bytes));
        QCOMPARE(QString::fromUtf8(dataset_kind_name(record.kind).data()), kind);
        QCOMPARE(counts_text(record), counts);
        const auto details = details_of(record);
        QStringList notes;
        for (const std::string& one : details->notes)
            notes += QString::fromStdString(one);
        QVERIFY2(note.isEmpty() || notes.join(QLatin1Char('\n')).contains(note), qPrintable(notes.join('\n')));
        QCOMPARE(*dataset_hash(record), record.hash);
        QVERIFY(*dataset_state(record) == DatasetState::unchanged);
        // What is read goes by what is kept.
        const auto again = DatasetDetails::parse(record.details);
        QCOMPARE(again->json(), record.details);
    }

    void refused_data() {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QString>("words");
        const auto row = [](const char* title, const char* name, const QByteArray& bytes, const char* words) {
            QTest::newRow(title) << QString::fromUtf8(name) << bytes << QString::fromUtf8(words);
        };
        row("one picture", "a.png", png_bytes(1, 1, 0, "x"), "single picture|folder");
        row("labels without images", "b-labels-idx1-ubyte", idx_bytes(8, {8}, "abcdefgh"), "labels, not the images");
        row("odd bytes", "c.bin", QByteArray("\xff\x00\xfe", 3), "not a number of ids");
        row("negative id", "d.npy", npy_bytes("<i4", "(2,)", raw_bytes<qint32>({1, -2})), "token 1|-2");
        row("huge id", "e.npy", npy_bytes("<u4", "(1,)", raw_bytes<quint32>({4000000000u})), "token 0|4000000000");
        row("unknown arrays", "f.npz",
            zip_bytes({{"odd.npy", npy_bytes("<f4", "(1,)", raw_bytes<float>({1})), true, 0}}), "odd (1)");
        row("five dimensions", "g.npy", npy_bytes("<f4", "(1,1,1,1,1)", raw_bytes<float>({1})),
            "no data that is known");
        row("no good row", "h.jsonl", "{\"sentence_good\":\"a\",\"sentence_bad\":\"\"}", "line 1|empty");
        row("labels of no class", "i.jsonl", "{\"input\":\"a\",\"label\":1}\n{\"input\":\"a\",\"label\":2}\n", "");
    }

    void refused() {
        QFETCH(QString, name);
        QFETCH(QByteArray, bytes);
        QFETCH(QString, words);
        const auto record = describe_dataset(write(name, bytes));
        if (words.isEmpty()) {
            QVERIFY(record);
            QCOMPARE(details_of(*record)->problem_count, std::int64_t(1));
            return;
        }
        QVERIFY(!record);
        const QString text = QString::fromStdString(record.error().text());
        QVERIFY2(!record.error().remedy.empty() && !record.error().file.empty(), qPrintable(text));
        for (const QString& word : words.split(QLatin1Char('|')))
            QVERIFY2(text.contains(word), qPrintable(text));
    }

    void problems_are_told() {
        const DatasetRecord record =
            described(write(QStringLiteral("bad.jsonl"), "{\"text\":\"ab\"}\nnonsense\n{\"txt\":\"c\"}\n"));
        const auto details = details_of(record);
        QCOMPARE(details->problem_count, std::int64_t(2));
        QCOMPARE(details->problems.size(), std::size_t(2));
        QVERIFY(details->problems[0].starts_with("line 2"));
        QVERIFY(details->problems[1].starts_with("line 3"));
    }

    void said_kinds() {
        const auto text = write(QStringLiteral("said.jsonl"), "{\"text\":\"the cat sat\",\"label\":1}\n"
                                                              "{\"text\":\"on mats\",\"label\":0}\n");
        const DatasetRecord guessed = described(text);
        QVERIFY(guessed.kind == DatasetKind::labelled_text);
        const DatasetRecord members = described(text, as(DatasetKind::membership));
        QVERIFY(members.kind == DatasetKind::membership);
        QVERIFY(members.hash != guessed.hash); // other values come of it
        QCOMPARE(*dataset_hash(members), members.hash);
        const auto data = read_membership_data(members);
        QCOMPARE(data->texts, (std::vector<std::string>{"the cat sat", "on mats"}));
        QCOMPARE(data->is_member, (std::vector<bool>{true, false}));

        const auto words = read_last_word_data(described(text, as(DatasetKind::last_word)));
        QVERIFY2(words, words ? "" : words.error().text().c_str());
        QCOMPARE(words->items[0].context, std::string("the cat"));
        QCOMPARE(words->items[0].word, std::string(" sat"));
        QVERIFY(!describe_dataset(text, as(DatasetKind::embeddings)));

        const auto odd = write(QStringLiteral("odd.jsonl"), R"({"a":{"b":"good one"},"c":"bad one"})");
        DatasetOptions options = as(DatasetKind::minimal_pairs);
        const auto missing = describe_dataset(odd, options);
        QVERIFY(!missing);
        QVERIFY(missing.error().text().find("\"a\", \"c\"") != std::string::npos);
        options.fields = {{"good", "a.b"}, {"bad", "c"}};
        const auto pairs = read_choice_data(described(odd, options));
        QCOMPARE(pairs->items.at(0).continuations, (std::vector<std::string>{"good one", "bad one"}));
        options.fields["bad"] = "d";
        QVERIFY(!describe_dataset(odd, options));
    }

    void two_files() {
        const auto english = write(QStringLiteral("x.en"), "hello\nyes\n"),
                   french = write(QStringLiteral("x.fr"), "bonjour\noui\n");
        DatasetOptions options = as(DatasetKind::parallel_text);
        options.files = {french.string()};
        const DatasetRecord record = described(english, options);
        QCOMPARE(counts_text(record), QStringLiteral("2 pairs"));
        const auto pairs = read_parallel_data(record);
        QCOMPARE(pairs->target, (std::vector<std::string>{"bonjour", "oui"}));
        write(QStringLiteral("x.fr"), "bonjour\noui\nnon\n");
        QVERIFY(*dataset_state(record) == DatasetState::changed);
        QVERIFY(!describe_dataset(english, options));
        options.kind = DatasetKind::membership;
        QCOMPARE(counts_text(described(english, options)).section(',', 0, 2),
                 QStringLiteral("5 texts, 2 members, 3 non-members"));
        options.kind.reset();
        QVERIFY(!describe_dataset(english, options)); // two files mean nothing by themselves
        std::filesystem::remove(french);
        QVERIFY(*dataset_state(record) == DatasetState::missing);
    }

    void documents_of_tokens() {
        const auto file = write(QStringLiteral("docs.bin"), raw_bytes<quint16>({500, 600, 0, 700, 0, 800}));
        DatasetOptions options;
        options.end_of_document = 0;
        const DatasetRecord record = described(file, options);
        QCOMPARE(counts_text(record), QStringLiteral("3 documents, 6 tokens, 800 largest id"));
        const auto all = read_token_data(record);
        QCOMPARE(all->documents, (std::vector<std::vector<std::int32_t>>{{500, 600, 0}, {700, 0}, {800}}));
        const auto some = read_token_data(record, 4);
        QCOMPARE(some->documents, (std::vector<std::vector<std::int32_t>>{{500, 600, 0}, {700}}));
        QCOMPARE(some->tokens_in_all, std::int64_t(6));
        options.token_type = "uint32";
        QCOMPARE(read_token_data(described(file, options))->documents.at(0).at(0), 500 + 600 * 65536);
        options.token_type = "uint8";
        QVERIFY(!describe_dataset(file, options));
    }

    void a_header_of_llm_c() {
        QByteArray header = raw_bytes<qint32>({20240520, 1, 3});
        header.append(1024 - header.size(), '\0');
        const DatasetRecord record =
            described(write(QStringLiteral("fineweb.bin"), header + raw_bytes<quint16>({50256, 11, 12})));
        QCOMPARE(read_token_data(record)->documents, (std::vector<std::vector<std::int32_t>>{{50256, 11, 12}}));
    }

    void images_of_idx() {
        write(QStringLiteral("mnist/t-images-idx3-ubyte.gz"), deflated(idx_bytes(8, {3, 1, 2}, "abcdef"), 31));
        write(QStringLiteral("mnist/t-labels-idx1-ubyte.gz"), deflated(idx_bytes(8, {3}, "\x07\x03\x07"), 31));
        const DatasetRecord record = described(root_.filePath("mnist/t-images-idx3-ubyte.gz").toStdString());
        QCOMPARE(counts_text(record), QStringLiteral("3 images, 1 height, 2 width, 1 channels, 2 classes"));
        const auto images = read_image_data(record);
        QCOMPARE(images->classes, (std::vector<std::string>{"3", "7"}));
        QCOMPARE(images->labels, (std::vector<std::int32_t>{1, 0, 1}));
        QCOMPARE(images->pixels[5], std::uint8_t('f'));
    }

    void images_of_folders() {
        write(QStringLiteral("pets/dog/1.png"), png_bytes(2, 1, 0, "ab"));
        write(QStringLiteral("pets/cat/1.png"), png_bytes(2, 1, 0, "cd"));
        write(QStringLiteral("pets/cat/2.PNG"), png_bytes(1, 1, 0, "x")); // another size
        write(QStringLiteral("pets/cat/3.png"), "no picture");
        write(QStringLiteral("pets/readme.txt"), "hello");
        const DatasetRecord record = described(root_.filePath("pets").toStdString());
        QCOMPARE(record.name, std::string("pets"));
        const auto images = read_image_data(record);
        QVERIFY2(images, images ? "" : images.error().text().c_str());
        QCOMPARE(images->classes, (std::vector<std::string>{"cat", "dog"}));
        QCOMPARE(images->labels, (std::vector<std::int32_t>{0, 1}));
        QCOMPARE(images->problems.count(), std::int64_t(2));
        QVERIFY(*dataset_state(record) == DatasetState::unchanged);
        write(QStringLiteral("pets/dog/2.png"), png_bytes(2, 1, 0, "zz"));
        QVERIFY(*dataset_state(record) == DatasetState::changed);
        QDir().mkpath(root_.filePath("bare"));
        QVERIFY(!describe_dataset(root_.filePath("bare").toStdString()));
    }

    void images_with_channels_first() {
        const auto file = write(QStringLiteral("chw.npy"), npy_bytes("|u1", "(1, 3, 1, 2)", "rRgGbB"));
        const auto images = read_image_data(described(file));
        QCOMPARE(images->channels, 3);
        QCOMPARE(QByteArray(reinterpret_cast<const char*>(images->pixels.data()), 6), QByteArray("rgbRGB"));
    }

    void numbers() {
        const auto data =
            read_number_data(described(write(QStringLiteral("v.jsonl"), "{\"embedding\":[1,Infinity],\"label\":3}\n"
                                                                        "{\"embedding\":[1],\"label\":3}\n"
                                                                        "{\"embedding\":[2,-1],\"label\":\"x\"}\n")));
        QVERIFY2(data, data ? "" : data.error().text().c_str());
        QCOMPARE(data->values, (std::vector<double>{1, INFINITY, 2, -1}));
        QCOMPARE(data->labels, (std::vector<std::string>{"3", "x"}));
        QCOMPARE(data->problems.count(), std::int64_t(1));
    }

    void changed_and_missing() {
        const auto file = write(QStringLiteral("state.txt"), "one");
        const DatasetRecord record = described(file);
        QVERIFY(*dataset_state(record) == DatasetState::unchanged);
        write(QStringLiteral("state.txt"), "two!");
        QVERIFY(*dataset_state(record) == DatasetState::changed);
        std::filesystem::remove(file);
        QVERIFY(*dataset_state(record) == DatasetState::missing);
    }
};

QTEST_APPLESS_MAIN(DatasetKindsTest)
#include "tst_dataset_kinds.moc"
