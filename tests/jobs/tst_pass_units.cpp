#include "engine/jobs/pass_units.h"
#include "engine/jobs/token_cache.h"
#include "tests/support/fake_backend.h"

#include <QTest>

using namespace isoloss;
using namespace isoloss::test;

namespace {

class CountingTokenizer final : public Tokenizer {
public:
    explicit CountingTokenizer(std::string hash) : hash_(std::move(hash)) {}

    Expected<TokenizedText> encode(std::string_view text) const override {
        ++calls;
        return TokenizedText{std::vector<std::int32_t>(text.size(), 1), std::vector<std::uint32_t>(text.size(), 1)};
    }

    std::string decode(const std::vector<std::int32_t>&) const override { return {}; }

    std::int64_t vocabulary() const override { return 2; }

    std::optional<std::int32_t> bos() const override { return std::nullopt; }

    std::optional<std::int32_t> eos() const override { return std::nullopt; }

    std::optional<std::int32_t> mask() const override { return std::nullopt; }

    bool adds_bos() const override { return false; }

    bool adds_eos() const override { return false; }

    std::string kind() const override { return "counting"; }

    std::string hash() const override { return hash_; }

    mutable int calls = 0;

private:
    std::string hash_;
};

} // namespace

class PassUnitsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void units_have_about_so_many_tokens_data() {
        QTest::addColumn<QList<qint64>>("lengths");
        QTest::addColumn<int>("tokens");
        QTest::addColumn<QList<qint64>>("ends");
        QTest::newRow("nothing") << QList<qint64>{} << 8 << QList<qint64>{};
        QTest::newRow("all fit") << QList<qint64>{4, 4} << 8 << QList<qint64>{2};
        QTest::newRow("padded to the longest") << QList<qint64>{5, 1, 1} << 10 << QList<qint64>{2, 3};
        QTest::newRow("one that is too long is alone") << QList<qint64>{50, 4, 4} << 8 << QList<qint64>{1, 3};
        QTest::newRow("rising") << QList<qint64>{1, 1, 6} << 8 << QList<qint64>{2, 3};
    }

    void units_have_about_so_many_tokens() {
        QFETCH(QList<qint64>, lengths);
        QFETCH(int, tokens);
        QFETCH(QList<qint64>, ends);
        QList<qint64> found;
        for (const std::size_t end : unit_ends(std::vector<std::int64_t>(lengths.begin(), lengths.end()), tokens))
            found += static_cast<qint64>(end);
        QCOMPARE(found, ends);
    }

    void units_that_are_there_are_not_computed() {
        FakeModel model({}, "cpu", ComputeType::float32, std::make_shared<FakeModelState>());
        std::map<std::int64_t, std::vector<double>> kept;
        PassUnits units(model, {{0, {1.5}}, {1, {1, 2, 3}}}, 64,
                        [&](std::int64_t unit, std::span<const double> numbers) -> Expected<void> {
                            kept[unit] = {numbers.begin(), numbers.end()};
                            return {};
                        });
        const auto one = [] { return Expected<PassUnits::Numbers>(PassUnits::Numbers{7}); };
        QCOMPARE(*units.numbers(0, 1, one), std::vector<double>{1.5});
        QVERIFY(!units.has_computed());
        QCOMPARE(*units.numbers(1, 1, one), std::vector<double>{7}); // of another size: not of this pass
        QCOMPARE(*units.numbers(2, 1, one), std::vector<double>{7});
        QVERIFY(units.has_computed());
        QCOMPARE(kept, (std::map<std::int64_t, std::vector<double>>{{1, {7}}, {2, {7}}}));
    }

    void a_text_is_encoded_once() {
        TokenCache cache;
        const CountingTokenizer tokenizer("h"), same("h"), other("o");
        QCOMPARE(cache.encode(tokenizer, "abc")->ids.size(), std::size_t{3});
        QCOMPARE(cache.encode(same, "abc")->ids.size(), std::size_t{3});
        QCOMPARE(tokenizer.calls + same.calls, 1);
        QCOMPARE(cache.encode(other, "abc")->ids.size(), std::size_t{3});
        QCOMPARE(other.calls, 1);
    }

    void the_cache_is_bounded() {
        TokenCache cache(40);
        const CountingTokenizer tokenizer("h");
        for (int round = 0; round < 2; ++round)
            for (const char* text : {"abcd", "abcdefgh"}) // the second has no room any more
                QCOMPARE(cache.encode(tokenizer, text)->ids.size(), std::strlen(text));
        QCOMPARE(tokenizer.calls, 3);
    }
};

QTEST_APPLESS_MAIN(PassUnitsTest)
#include "tst_pass_units.moc"
