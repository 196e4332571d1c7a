#include "engine/datasets/dataset.h"
#include "engine/datasets/image_data.h"
#include "engine/datasets/task_data.h"
#include "engine/datasets/text_data.h"
#include "engine/datasets/tokenizers/tokenizer.h"

#include <QDir>
#include <QFileInfo>
#include <QTemporaryDir>
#include <QTest>
#include <algorithm>
#include <numeric>

using namespace isoloss;

class DatasetsRealTest : public QObject {
    Q_OBJECT

    std::filesystem::path data_;

    static QString ids_text(const std::vector<std::int32_t>& ids) {
        QStringList list;
        for (const std::int32_t id : ids)
            list << QString::number(id);
        return list.join(QLatin1Char(' '));
    }

    static DatasetRecord described(const std::filesystem::path& file) {
        return describe_dataset(file).value_or(DatasetRecord{});
    }

private Q_SLOTS:

    void initTestCase() {
        const QByteArray folder = qgetenv("ISOLOSS_REAL_DATA");
        if (folder.isEmpty()) QSKIP("ISOLOSS_REAL_DATA does not name the folder with real files");
        data_ = folder.toStdString();
    }

    // Ids of two difficult texts, and number and fingerprint (h = h·1000003 + id + 1 modulo 2^61) of the ids of Tiny
    // Shakespeare (or of its first bytes), all from the quadratic Python implementation written from the definition.
    void tokenizers_data() {
        QTest::addColumn<QString>("path");
        QTest::addColumn<QString>("first");
        QTest::addColumn<QString>("second");
        QTest::addColumn<qsizetype>("bytes");
        QTest::addColumn<qsizetype>("tokens");
        QTest::addColumn<quint64>("fingerprint");
        const auto row = [](const char* name, const char* path, const char* first, const char* second, qsizetype bytes,
                            qsizetype tokens, quint64 fingerprint) {
            QTest::newRow(name) << QString::fromUtf8(path) << QString::fromUtf8(first) << QString::fromUtf8(second)
                                << bytes << tokens << fingerprint;
        };
        row("derived_stories260K_hf", "models/derived_stories260K_hf",
            "403 407 261 378 432 383 286 261 376 298 315 421 395 317 426 338 279 292 416 439 413 397 354 410 465 415 "
            "309 466 284 290 433 410 481 410 243 162 156 133 426 13 13 12 431 304 410 417 322 352 303 428 411 489 475 "
            "477 488 467 282 420 271 413 489 417 488 410 410 410 38 280 412 431 485 344 207 132 410 231 192 163 232 "
            "168 192",
            "278 327 285 404 424 285 263 292 285", 3000, 1841, 1730326467555941784ull);
        row("fake_gpt2", "models/hf_layout/fake_gpt2",
            "7454 2402 257 640 11 612 373 257 1310 2576 3706 20037 13 1375 1422 470 588 564 250 8940 447 251 7545 851 "
            "32485 13 628 197 1640 1312 287 2837 7 940 2599 3601 7 72 8 220 220 1303 40304 304 136 223 220 19526 254 "
            "25001 121",
            "21037 15064 10595", 0, 338025, 2201073332059468300ull);
        row("tiny_gpt2", "models/hf_layout/tiny_gpt2",
            "19 9 19 3 10 19 19 1 9 10 19 10 6 7 19 3 19 10 6 19 15 3 10 2 19 5 10 19 11 7 6 6 0 3 10 19 7 4 0 10 9 19 "
            "19 3 8 10 19 7 0 19 19 10 19 19 3 10 8 7 8 9 19 6 11 7 19 3 10 19 19 19 19 1 6 19 19 19 10 19 7 0 19 10 "
            "19 19 19 10 19 19 19 19 19 19 19 19 19 1 4 10 7 10 7 9 10 4 19 9 19 3 19 19 19 19 19 10 19 4 7 9 6 19 7 "
            "19 10 10 10 19 10 19 19 19 19 19 10 3 19 19 10 19 19 19 19 19 19",
            "0 1 2 15 10 9 3 2 15 10 2 7 8 15", 0, 1096620, 2150503140263441857ull);
        row("dolma2", "models/tokenizers/olmo/allenai_dolma2.json",
            "12805 5304 264 892 11 1070 574 264 2697 3828 7086 48390 13 3005 3287 956 1093 1054 10847 863 14403 2001 "
            "28584 382 2066 602 304 2134 7 605 1680 1194 1998 8 256 674 53050 384 54939 220 57668 53901",
            "15115 26627 22622", 0, 301829, 1564343230549580431ull);
        row("neox", "models/tokenizers/olmo/allenai_gpt-neox-olmo-dolma-v1_5.json",
            "10758 2220 247 673 13 627 369 247 1652 3226 4907 32817 15 1500 1904 626 751 773 12022 668 8463 1905 42908 "
            "15 535 186 1542 891 275 2491 9 740 2262 3379 9 74 10 50275 4 36241 3974 209 24553 34439",
            "12973 21629 14200", 0, 340240, 599127472061014888ull);
        // By the Python module of the SentencePiece library.
        row("sentencepiece", "models/tokenizers/sentencepiece/test_model.model",
            "323 135 449 11 171 5 105 22 11 544 939 478 17 4 277 25 41 6 471 144 24 32 15 110 4 0 60 227 0 402 31 46 4 "
            "0 4 0 6 0 57 54 4 25 20 390 179 16 995 357 351 394 224 944 995 25 394 4 0 78 19 57 0 4 0 4 0",
            "169 127 40 407 40 831 30", 0, 542233, 515253925736166912ull);
    }

    void tokenizers() {
        QFETCH(QString, path);
        QFETCH(QString, first);
        QFETCH(QString, second);
        QFETCH(qsizetype, bytes);
        QFETCH(qsizetype, tokens);
        QFETCH(quint64, fingerprint);
        std::filesystem::path folder = data_ / path.toStdString();
        QTemporaryDir linked;
        if (const QString suffix = QFileInfo(path).suffix(); !suffix.isEmpty()) {
            std::filesystem::create_symlink(folder,
                                            linked.filePath(QStringLiteral("tokenizer.") + suffix).toStdString());
            folder = linked.path().toStdString();
        }
        const auto tokenizer = load_tokenizer(folder);
        QVERIFY2(tokenizer, tokenizer ? "" : tokenizer.error().text().c_str());
        const std::string difficult =
            "Once upon a time, there was a little girl named Lily. She didn't like \xe2\x80\x9chot\xe2\x80\x9d milk "
            "\xe2\x80\x94 \xf0\x9f\x99\x82.\n\n\tfor i in range(10): print(i)   # caf\xc3\xa9 e\xcc\x81 "
            "\xe4\xbd\xa0\xe5\xa5\xbd";
        QCOMPARE(ids_text((*tokenizer)->encode(difficult)->ids), first);
        QCOMPARE(ids_text((*tokenizer)->encode("lower newer wider")->ids), second);
        const auto text = read_text_data(described(data_ / "text/tinyshakespeare/data/tinyshakespeare/input.txt"));
        QVERIFY(text);
        const std::string_view document = text->documents.at(0);
        const auto result =
            (*tokenizer)->encode(document.substr(0, bytes == 0 ? document.npos : static_cast<std::size_t>(bytes)));
        QVERIFY(result);
        QCOMPARE(static_cast<qsizetype>(result->ids.size()), tokens);
        quint64 hash = 0;
        for (const std::int32_t id : result->ids)
            hash = (hash * 1000003 + static_cast<quint64>(id) + 1) & ((1ull << 61) - 1);
        QCOMPARE(hash, fingerprint);
        const bool loses = path.contains(QStringLiteral("tiny_gpt2")) || path.contains(QStringLiteral("neox")) ||
                           path.contains(QStringLiteral("test_model")); // unknown tokens, NFC, NFKC
        if (!loses) QCOMPARE((*tokenizer)->decode((*tokenizer)->encode(difficult)->ids), difficult);
    }

    // Items: distinct doc_id below 1,000,000, counted with python; num_instances of the config.json beside each file.
    void tasks_data() {
        QTest::addColumn<QString>("task");
        QTest::addColumn<int>("items");
        QTest::addColumn<QString>("name");
        QTest::newRow("arc_challenge mc") << "arc_challenge/mc_5shot" << 299 << "arc_challenge_mc_5shot";
        QTest::newRow("arc_challenge rc") << "arc_challenge/rc_0shot" << 299 << "arc_challenge_rc_0shot";
        QTest::newRow("arc_easy") << "arc_easy/rc_0shot" << 570 << "arc_easy_rc_0shot";
        QTest::newRow("csqa") << "csqa/rc_0shot" << 1221 << "csqa_rc_0shot";
        QTest::newRow("hellaswag") << "hellaswag/mc_5shot" << 1000 << "hellaswag_mc_5shot";
        QTest::newRow("winogrande") << "winogrande/rc_0shot" << 1267 << "winogrande_rc_0shot";
    }

    void tasks() {
        QFETCH(QString, task);
        QFETCH(int, items);
        QFETCH(QString, name);
        const auto file = data_ / "tasks/olmo_oe_eval_requests" / task.toStdString() / "requests.jsonl.gz";
        const auto record = describe_dataset(file);
        QVERIFY2(record, record ? "" : record.error().text().c_str());
        QVERIFY(record->kind == DatasetKind::multiple_choice);
        QCOMPARE(QString::fromStdString(record->name), name);
        const auto data = read_choice_data(*record);
        QVERIFY2(data, data ? "" : data.error().text().c_str());
        QCOMPARE(data->items.size(), static_cast<std::size_t>(items));
        for (const ChoiceItem& item : data->items) {
            QVERIFY(item.gold && item.choices.size() >= 2);
            QCOMPARE(item.contexts.size(), item.choices.size());
            QCOMPARE(item.contexts[0] == item.contexts[1], !task.startsWith(QStringLiteral("winogrande")));
        }
    }

    // Rows, the classes and the sum of the pixels of the first picture counted with python.
    void pairs() {
        const DatasetRecord record = described(data_ / "tasks/blimp/adjunct_island.jsonl");
        QVERIFY(record.kind == DatasetKind::minimal_pairs);
        QCOMPARE(record.name, std::string("adjunct_island"));
        const auto data = read_choice_data(record);
        QVERIFY2(data, data ? "" : data.error().text().c_str());
        QCOMPARE(data->items.size(), std::size_t(1000));
        QCOMPARE(data->problems.count(), std::int64_t(0));
        QCOMPARE(data->items[0].continuations[1], std::string("Who should Derek hug Richard after shocking?"));
        QCOMPARE(*data->items[999].gold, 0);
    }

    void images() {
        const DatasetRecord record = described(data_ / "images/fashion_mnist/t10k-images-idx3-ubyte.gz");
        QVERIFY(record.kind == DatasetKind::labelled_images);
        QCOMPARE(record.name, std::string("fashion_mnist_t10k"));
        const auto images = read_image_data(record);
        QVERIFY2(images, images ? "" : images.error().text().c_str());
        QCOMPARE(images->count, std::int64_t(10000));
        QCOMPARE(images->height, std::int64_t(28));
        QCOMPARE(images->width, std::int64_t(28));
        QCOMPARE(images->classes.size(), std::size_t(10));
        for (std::int32_t one = 0; one < 10; ++one)
            QCOMPARE(std::count(images->labels.begin(), images->labels.end(), one), std::ptrdiff_t(1000));
        QCOMPARE(images->labels[0], 9); // an ankle boot
        QCOMPARE(std::accumulate(images->pixels.begin(), images->pixels.begin() + 28 * 28, std::int64_t(0)),
                 std::int64_t(33456));
        const auto labels = describe_dataset(data_ / "images/fashion_mnist/t10k-labels-idx1-ubyte.gz");
        QVERIFY(!labels);
        QVERIFY(labels.error().text().find("t10k-images-idx3-ubyte.gz") != std::string::npos);
    }

    void texts() {
        const auto c4 = read_text_data(described(data_ / "tasks/c4_samples/c4-sample.01.json.gz"));
        QVERIFY2(c4, c4 ? "" : c4.error().text().c_str());
        QVERIFY(c4->documents.size() > 1);
        QVERIFY(c4->documents[0].starts_with("The woman who died after falling from a bridge over the A21"));
        const auto record = describe_dataset(data_ / "text/tinyshakespeare/data/tinyshakespeare/input.txt");
        QVERIFY(record);
        QCOMPARE(record->name, std::string("tinyshakespeare"));
        QCOMPARE(record->bytes, std::int64_t(1115394));
    }
};

QTEST_APPLESS_MAIN(DatasetsRealTest)
#include "tst_datasets_real.moc"
