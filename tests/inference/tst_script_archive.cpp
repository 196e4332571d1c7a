#include "engine/inference/script_archive.h"
#include "engine/inference/zip_directory.h"
#include "tests/support/safetensors_file.h"
#include "tests/support/zip_file.h"

#include <QTemporaryDir>

using namespace isoloss;
using namespace isoloss::test;

namespace {

std::vector<ZipPart> module_parts() {
    return {{.name = "m/data.pkl", .data = "\x80\x02."},
            {.name = "m/code/__torch__.py", .data = "packed", .method = 8, .unpacked = 100},
            {.name = "m/data/0", .data = "1234"},
            {.name = "m/constants.pkl", .data = "\x80\x02)."}};
}

std::vector<ZipPart> with(ZipPart part) {
    auto parts = module_parts();
    parts.push_back(std::move(part));
    return parts;
}

} // namespace

// Modules of TorchScript are looked through before anything of them is opened (BAD_INPUTS.md rows 73 and 74).
class ScriptArchiveTest : public QObject {
    Q_OBJECT

    QTemporaryDir folder_;

    Expected<ScriptArchive> read(const std::string& bytes) const {
        const QString path = folder_.filePath("model.pt");
        write_bytes(path, QByteArray::fromStdString(bytes));
        return read_script_archive(path.toStdString());
    }

private Q_SLOTS:

    void a_module() {
        for (const bool zip64 : {false, true}) {
            const auto archive = read(zip_bytes(module_parts(), zip64));
            QVERIFY2(archive, archive ? "" : archive.error().text().c_str());
            QCOMPARE(archive->hash.size(), 64u);
            QCOMPARE(archive->bytes, zip_bytes(module_parts(), zip64));
        }
        auto parts = module_parts();
        for (ZipPart& part : parts)
            part.in_zip64 = true;
        const std::string bytes = zip_bytes(parts, true);
        const auto entries = read_zip_directory(bytes, "m.pt");
        QVERIFY2(entries, entries ? "" : entries.error().text().c_str());
        QCOMPARE(entries->size(), 4u);
        QCOMPARE(entries->at(1).name, std::string("m/code/__torch__.py"));
        QCOMPARE(entries->at(1).packed, 6u);
        QCOMPARE(entries->at(1).unpacked, 100u);
        QCOMPARE(entries->at(1).end - entries->at(1).begin, 30 + 19 + 6u);
    }

    void refused_data() {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<int>("kind");
        QTest::addColumn<QString>("words");
        const auto row = [](const char* name, const std::string& bytes, ErrorKind kind, const char* words) {
            QTest::newRow(name) << QByteArray::fromStdString(bytes) << static_cast<int>(kind) << QString(words);
        };
        using Kind = ErrorKind;
        const std::string good = zip_bytes(module_parts());
        row("73 pickled as torch.save writes it",
            zip_bytes({{.name = "archive/data.pkl", .data = "cos\nsystem\n"}, {.name = "archive/data/0", .data = "1"}}),
            Kind::untrusted, "pickled|never opens|safetensors.torch.save_file");
        row("73 pickled as torch.save wrote it", "\x80\x02\x8a\x0a", Kind::untrusted, "pickled|never opens");
        row("74 bomb", zip_bytes(with({.name = "m/code/a.py", .data = "x", .method = 8, .unpacked = 0xfffffff0})),
            Kind::limit, "m/code/a.py|unpacks to more than|exhaust memory");
        auto many = module_parts();
        for (int i = 0; i < 300; ++i)
            many.push_back({.name = "m/code/" + std::to_string(i), .data = "x", .method = 8, .unpacked = 1 << 20});
        row("74 bomb of many small ones", zip_bytes(many), Kind::limit, "m/code/255|unpacks to more than");
        row("74 packed weights", zip_bytes(with({.name = "m/data/1", .data = "x", .method = 8, .unpacked = 9})),
            Kind::damaged, "m/data/1|is packed");
        row("74 overlap",
            zip_bytes(with({.name = "m/data.pkl2", .data = "x", .offset = 0, .name_there = "m/data.pkl"})),
            Kind::damaged, "m/data.pkl2|called otherwise");
        auto overlapping = module_parts();
        std::string inner = zip_bytes({{.name = "m/inner", .data = "1"}}).substr(0, 30 + 7 + 1);
        overlapping[2].data = inner;
        overlapping.push_back({.name = "m/inner", .data = "1"});
        overlapping.back().offset = static_cast<std::int64_t>(zip_bytes(overlapping).find(inner));
        row("74 entry inside another", zip_bytes(overlapping), Kind::damaged, "m/inner|overlaps");
        row("74 duplicate", zip_bytes(with({.name = "m/data.pkl", .data = "x"})), Kind::damaged,
            "m/data.pkl|occurs twice");
        for (const char* name : {"m/../../x", "/etc/passwd", "m/..", "..\\x", "C:x", "m/./x"})
            row(("74 traversal " + std::string(name)).c_str(), zip_bytes(with({.name = name})), Kind::damaged,
                "leads out of the archive");
        row("74 NUL in a name", zip_bytes(with({.name = std::string("m/a\0b", 5)})), Kind::damaged, "leads out");
        row("74 another folder", zip_bytes(with({.name = "n/code/x.py"})), Kind::damaged,
            "n/code/x.py|outside the module's folder");
        row("encrypted", zip_bytes(with({.name = "m/x", .flags = 1})), Kind::damaged, "m/x|encrypted");
        row("method", zip_bytes(with({.name = "m/code/x", .method = 12})), Kind::damaged, "m/code/x|method 12");
        row("two sizes", zip_bytes(with({.name = "m/x", .data = "1", .unpacked = 5})), Kind::damaged, "two sizes");
        row("offset beyond", zip_bytes(with({.name = "m/x", .offset = 1 << 20})), Kind::damaged,
            "m/x|not where it is said to be");
        row("trailing", good + "x", Kind::damaged, "follows the end");
        row("cut", good.substr(0, good.size() - 30), Kind::damaged, "no directory");
        row("front cut", good.substr(1), Kind::damaged, "not where it is said to be");
        row("empty", "", Kind::damaged, "no zip archive");
        row("text", "hello", Kind::damaged, "no zip archive");
        row("no entries", zip_bytes({}), Kind::unsupported, "no TorchScript module");
        row("another archive", zip_bytes({{.name = "a/b.txt"}}), Kind::unsupported, "no TorchScript module");
    }

    void refused() {
        QFETCH(QByteArray, bytes);
        QFETCH(int, kind);
        QFETCH(QString, words);
        const auto archive = read(bytes.toStdString());
        QVERIFY(!archive);
        const QString text = QString::fromStdString(archive.error().text());
        QVERIFY2(static_cast<int>(archive.error().kind) == kind, qPrintable(text));
        QVERIFY2(text.contains("model.pt"), qPrintable(text));
        QVERIFY(!archive.error().remedy.empty());
        for (const QString& word : words.split('|'))
            QVERIFY2(text.contains(word), qPrintable(text));
    }

    // Every cut of a good archive is refused, and none is read beyond its end.
    void every_cut() {
        const std::string good = zip_bytes(module_parts(), true);
        for (std::size_t size = 0; size < good.size(); ++size)
            QVERIFY(!read_zip_directory(std::string_view(good).substr(0, size), "m.pt"));
    }

    // Every byte in its turn is something else: refused or read, but never beyond the end.
    void every_byte() {
        const std::string good = zip_bytes(module_parts(), true);
        for (std::size_t i = 0; i < good.size(); ++i)
            for (const unsigned flip : {0x01u, 0x80u, 0xffu}) {
                std::string changed = good;
                changed[i] = static_cast<char>(static_cast<unsigned char>(changed[i]) ^ flip);
                const auto entries = read_zip_directory(changed, "m.pt");
                if (!entries) continue;
                for (const ZipEntry& entry : *entries)
                    QVERIFY(entry.begin < entry.end && entry.end <= good.size());
            }
    }
};

QTEST_APPLESS_MAIN(ScriptArchiveTest)
#include "tst_script_archive.moc"
