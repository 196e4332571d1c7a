#include "engine/demo/entropy.h"
#include "engine/demo/hidden_markov.h"
#include "engine/demo/tree_grammar.h"

#include <QTest>
#include <cmath>
#include <functional>
#include <map>
#include <memory>
#include <numeric>
#include <set>

using namespace isoloss;

namespace {

using Tokens = std::vector<int>;

bool close(double actual, double expected, double tolerance) {
    return std::abs(actual - expected) <= tolerance;
}

/// S→AB .6 | BA .4; A→CD .7 | DC .3; B→CC .5 | DD .5; C→a .9, b .1; D→a .2, b .8.
TreeGrammar small_grammar() {
    return *TreeGrammar::make({{{"S", {{.6, 0, 1}, {.4, 1, 0}}, {}}},
                               {{"A", {{.7, 0, 1}, {.3, 1, 0}}, {}}, {"B", {{.5, 0, 0}, {.5, 1, 1}}, {}}},
                               {{"C", {}, {.9, .1}}, {"D", {}, {.2, .8}}}});
}

HiddenMarkov small_chain() {
    return *HiddenMarkov::make({{.5, .5}, {{.9, .1}, {.2, .8}}, {{.8, .2}, {.3, .7}}, 3});
}

TreeGrammar random_grammar(const RandomGrammarShape& shape, std::uint64_t seed) {
    RandomSource random(seed);
    return *TreeGrammar::random(shape, random);
}

HiddenMarkov random_chain(const RandomHiddenMarkovShape& shape, std::uint64_t seed) {
    RandomSource random(seed);
    return *HiddenMarkov::random(shape, random);
}

std::vector<Tokens> all_sentences(const Language& language) {
    std::vector<Tokens> sentences{{}};
    for (int position = 0; position < language.length(); ++position) {
        std::vector<Tokens> longer;
        for (const Tokens& sentence : sentences)
            for (int token = 0; token < language.alphabet(); ++token) {
                longer.push_back(sentence);
                longer.back().push_back(token);
            }
        sentences = std::move(longer);
    }
    return sentences;
}

/// p(tokens, labels) of every sentence with every hidden structure, by writing them all down.
using Joint = std::map<std::pair<Tokens, Tokens>, double>;

/// Derivations, expanded one level after the other; labels are the symbols of all levels between root and last.
Joint joint_of(const TreeGrammar& grammar) {
    const auto& levels = grammar.levels();
    Joint joint;
    std::function<void(std::size_t, Tokens, Tokens, Tokens, std::size_t, double)> expand =
        [&](std::size_t level, Tokens row, Tokens next, Tokens labels, std::size_t at, double p) {
            if (at == row.size() && level + 1 == levels.size()) {
                joint[{next, labels}] += p;
                return;
            }
            if (at == row.size()) {
                if (level + 2 < levels.size()) labels.insert(labels.end(), next.begin(), next.end());
                expand(level + 1, next, {}, labels, 0, p);
                return;
            }
            const GrammarSymbol& symbol = levels[level][static_cast<std::size_t>(row[at])];
            const auto go_on = [&](std::initializer_list<int> children, double probability) {
                Tokens longer = next;
                longer.insert(longer.end(), children);
                expand(level, row, longer, labels, at + 1, p * probability);
            };
            for (const GrammarRule& rule : symbol.rules)
                go_on({static_cast<int>(rule.left), static_cast<int>(rule.right)}, rule.probability);
            for (std::size_t token = 0; token < symbol.emission.size(); ++token)
                go_on({static_cast<int>(token)}, symbol.emission[token]);
        };
    expand(0, {0}, {}, {}, 0, 1);
    return joint;
}

/// Every sequence of states with every sentence; labels are the states.
Joint joint_of(const HiddenMarkov& chain) {
    const auto& [initial, transition, emission, length] = chain.parameters();
    Joint joint{{{}, 1}};
    for (int position = 0; position < length; ++position) {
        Joint longer;
        for (const auto& [known, p] : joint)
            for (std::size_t state = 0; state < initial.size(); ++state)
                for (std::size_t token = 0; token < emission[state].size(); ++token) {
                    auto [tokens, states] = known;
                    const double step =
                        states.empty() ? initial[state] : transition[static_cast<std::size_t>(states.back())][state];
                    tokens.push_back(static_cast<int>(token));
                    states.push_back(static_cast<int>(state));
                    longer[{tokens, states}] = p * step * emission[state][token];
                }
        joint = std::move(longer);
    }
    return joint;
}

struct Case {
    std::shared_ptr<const Language> language;
    Joint joint;
};

template <typename L>
Case make_case(L language) {
    Joint joint = joint_of(language);
    return {std::make_shared<L>(std::move(language)), std::move(joint)};
}

/// Sums the joint distribution by what `key` makes of its tokens and labels.
std::map<Tokens, double> sum_by(const Joint& joint, const std::function<Tokens(const Tokens&, const Tokens&)>& key) {
    std::map<Tokens, double> sums;
    for (const auto& [hidden, p] : joint)
        sums[key(hidden.first, hidden.second)] += p;
    return sums;
}

double entropy(const std::map<Tokens, double>& probabilities) {
    double sum = 0;
    for (const auto& [key, p] : probabilities)
        if (p > 0) sum -= p * std::log(p);
    return sum;
}

} // namespace

Q_DECLARE_METATYPE(Case)

class LanguagesTest : public QObject {
    Q_OBJECT

    static void small_languages() {
        QTest::addColumn<Case>("with");
        QTest::newRow("grammar of the description") << make_case(small_grammar());
        QTest::newRow("chain of the description") << make_case(small_chain());
        QTest::newRow("grammar of depth 1") << make_case(random_grammar({1, 3, 4, 4}, 1));
        QTest::newRow("grammar of depth 2") << make_case(random_grammar({2, 3, 5, 3}, 2));
        QTest::newRow("grammar of depth 3") << make_case(random_grammar({3, 2, 2, 2}, 3));
        QTest::newRow("more symbols than tokens") << make_case(random_grammar({2, 4, 3, 2}, 4));
        QTest::newRow("chain of even length") << make_case(random_chain({3, 4, 4}, 5));
        QTest::newRow("chain of odd length") << make_case(random_chain({4, 2, 5}, 6));
        QTest::newRow("chain of one token") << make_case(random_chain({3, 3, 1}, 7));
        QTest::newRow("chain of one state") << make_case(random_chain({1, 3, 4}, 8));
    }

private Q_SLOTS:

    // The values of the suite's description.
    void grammar_of_the_description() {
        const TreeGrammar grammar = small_grammar();
        QCOMPARE(grammar.length(), 4);
        QCOMPARE(grammar.alphabet(), 2);
        const auto entropy = exact_entropy(grammar);
        QVERIFY(entropy);
        QVERIFY(close(entropy->masked_token, .644347, 5e-7));
        QVERIFY(close(entropy->sentence, 2.670808, 5e-7));
        QCOMPARE(grammar.label_kinds().size(), std::size_t(2));
        QCOMPARE(grammar.label_kinds()[0].name, std::string("span 0-1"));
        QCOMPARE(grammar.label_kinds()[1].name, std::string("span 2-3"));
        QCOMPARE(grammar.label_kinds()[0].classes, (std::vector<std::string>{"A", "B"}));
        QVERIFY(close(*best_label_accuracy(grammar, 0), .79425, 5e-6));
        const auto posterior = grammar.token_posterior(Tokens{0, 0, 0, 0}, 1);
        QVERIFY(close(posterior[0], .354906, 5e-7));
        QVERIFY(close(posterior[1], .645094, 5e-7));
    }

    void chain_of_the_description() {
        const HiddenMarkov chain = small_chain();
        QVERIFY(close(exact_entropy(chain)->masked_token, .658773, 5e-7));
        QVERIFY(close(chain.token_posterior(Tokens{0, 1, 0}, 1)[0], .710238, 5e-7));
        QCOMPARE(chain.label_kinds()[1].name, std::string("state 1"));
        QVERIFY(close(*best_label_accuracy(chain, 1), .7889, 5e-5));
    }

    void spans_of_a_deeper_grammar() {
        const TreeGrammar grammar = random_grammar({}, 1);
        QCOMPARE(grammar.length(), 8);
        QStringList names;
        for (const LabelKind& kind : grammar.label_kinds())
            names << QString::fromStdString(kind.name);
        QCOMPARE(names.join(QLatin1Char(',')), QStringLiteral("span 0-3,span 4-7,span 0-1,span 2-3,span 4-5,span 6-7"));
        QCOMPARE(grammar.label_kinds()[1].classes, (std::vector<std::string>{"A0", "A1", "A2", "A3"}));
        QCOMPARE(grammar.label_kinds()[2].classes, (std::vector<std::string>{"B0", "B1", "B2", "B3"}));
    }

    void rules_of_random_grammars_data() {
        QTest::addColumn<int>("rules");
        for (const int rules : {1, 3, 4, 7, 16})
            QTest::addRow("%d rules", rules) << rules;
    }

    void rules_of_random_grammars() {
        QFETCH(int, rules);
        const TreeGrammar grammar = random_grammar({3, 4, 8, rules}, 9);
        const auto expected = static_cast<std::size_t>(rules);
        for (std::size_t level = 0; level < 3; ++level)
            for (const GrammarSymbol& symbol : grammar.levels()[level]) {
                QCOMPARE(symbol.rules.size(), expected);
                std::set<std::pair<std::size_t, std::size_t>> pairs;
                for (const GrammarRule& rule : symbol.rules)
                    pairs.insert({rule.left, rule.right});
                QCOMPARE(pairs.size(), expected);
            }
    }

    void probabilities_data() { small_languages(); }

    void probabilities() {
        QFETCH(Case, with);
        const Language& language = *with.language;
        const auto expected = sum_by(with.joint, [](const Tokens& tokens, const Tokens&) { return tokens; });
        double sum = 0;
        for (const Tokens& tokens : all_sentences(language)) {
            const double p = std::exp(language.log_probability(tokens));
            sum += p;
            QVERIFY(close(p, expected.at(tokens), 1e-12));
            const auto cut = static_cast<std::size_t>(language.cut());
            const auto prefix = language.prefix_factor(std::span(tokens).first(cut));
            const auto suffix = language.suffix_factor(std::span(tokens).subspan(cut));
            QVERIFY(close(std::inner_product(prefix.begin(), prefix.end(), suffix.begin(), 0.0), p, 1e-14));
        }
        QVERIFY(close(sum, 1, 1e-12));
        const Tokens unknown(static_cast<std::size_t>(language.length()), Language::any_token);
        QVERIFY(close(language.log_probability(unknown), 0, 1e-12));
    }

    void token_posteriors_data() { small_languages(); }

    void token_posteriors() {
        QFETCH(Case, with);
        const Language& language = *with.language;
        for (int position = 0; position < language.length(); ++position) {
            const auto at = static_cast<std::size_t>(position);
            const auto blanked = [&](Tokens tokens) {
                tokens[at] = Language::any_token;
                return tokens;
            };
            const auto sentences = sum_by(with.joint, [](const Tokens& tokens, const Tokens&) { return tokens; });
            const auto others =
                sum_by(with.joint, [&](const Tokens& tokens, const Tokens&) { return blanked(tokens); });
            for (const auto& [tokens, p] : sentences) {
                const double rest = others.at(blanked(tokens));
                const auto posterior = language.token_posterior(tokens, position);
                QVERIFY(close(posterior[static_cast<std::size_t>(tokens[at])], p / rest, 1e-12));
                QCOMPARE(language.token_posterior(blanked(tokens), position), posterior);
                QVERIFY(close(std::exp(language.log_probability(blanked(tokens))), rest, 1e-12));
            }
        }
    }

    void label_posteriors_data() { small_languages(); }

    void label_posteriors() {
        QFETCH(Case, with);
        const Language& language = *with.language;
        const auto sentences = sum_by(with.joint, [](const Tokens& tokens, const Tokens&) { return tokens; });
        for (std::size_t kind = 0; kind < language.label_kinds().size(); ++kind) {
            const auto labelled = sum_by(with.joint, [&](Tokens tokens, const Tokens& labels) {
                tokens.push_back(labels.at(kind));
                return tokens;
            });
            double best = 0;
            for (const auto& [tokens, p] : sentences) {
                const auto posterior = language.label_posterior(tokens, static_cast<int>(kind));
                QCOMPARE(posterior.size(), language.label_kinds()[kind].classes.size());
                double most = 0;
                for (std::size_t label = 0; label < posterior.size(); ++label) {
                    Tokens key = tokens;
                    key.push_back(static_cast<int>(label));
                    const auto found = labelled.find(key);
                    const double expected = found == labelled.end() ? 0 : found->second;
                    QVERIFY(close(posterior[label], expected / p, 1e-12));
                    most = std::max(most, expected);
                }
                best += most;
            }
            QVERIFY(close(*best_label_accuracy(language, static_cast<int>(kind)), best, 1e-12));
        }
    }

    void entropies_data() { small_languages(); }

    void entropies() {
        QFETCH(Case, with);
        const Language& language = *with.language;
        const auto sentences = sum_by(with.joint, [](const Tokens& tokens, const Tokens&) { return tokens; });
        double conditional = 0;
        for (int position = 0; position < language.length(); ++position)
            conditional += entropy(sentences) - entropy(sum_by(with.joint, [&](Tokens tokens, const Tokens&) {
                               tokens.erase(tokens.begin() + position);
                               return tokens;
                           }));
        const auto exact = exact_entropy(language);
        QVERIFY(exact);
        QVERIFY(close(exact->sentence, entropy(sentences), 1e-11));
        QVERIFY(close(exact->masked_token, conditional / language.length(), 1e-11));
    }

    void sampled_frequencies_data() { small_languages(); }

    void sampled_frequencies() {
        QFETCH(Case, with);
        constexpr int count = 40000;
        RandomSource random(11);
        std::map<std::pair<Tokens, Tokens>, int> seen;
        for (int i = 0; i < count; ++i) {
            const LabelledSentence sentence = with.language->sample(random);
            ++seen[{sentence.tokens, sentence.labels}];
        }
        // Pearson's χ² over sentence and labels together; what is expected less than five times is one class.
        double chi = 0, rare_expected = 0;
        int rare_seen = 0, total = 0, classes = 0;
        const auto add = [&](double expected, int times) {
            chi += (times - expected) * (times - expected) / expected;
            ++classes;
        };
        for (const auto& [hidden, p] : with.joint) {
            const auto found = seen.find(hidden);
            const int times = found == seen.end() ? 0 : found->second;
            total += times;
            if (p * count >= 5) {
                add(p * count, times);
            } else {
                rare_expected += p * count;
                rare_seen += times;
            }
        }
        QCOMPARE(total, count); // nothing came that cannot come
        if (rare_expected >= 5) add(rare_expected, rare_seen);
        const double freedom = classes - 1;
        QVERIFY2(std::abs(chi - freedom) < 4 * std::sqrt(2 * freedom),
                 qPrintable(QStringLiteral("%1 with %2 degrees of freedom").arg(chi).arg(freedom)));
        // Every token at every place within four standard errors.
        const Language& language = *with.language;
        for (std::size_t position = 0; position < static_cast<std::size_t>(language.length()); ++position) {
            const auto expected =
                sum_by(with.joint, [&](const Tokens& tokens, const Tokens&) { return Tokens{tokens[position]}; });
            for (const auto& [token, p] : expected) {
                double times = 0;
                for (const auto& [hidden, number] : seen)
                    if (hidden.first[position] == token[0]) times += number;
                QVERIFY(close(times / count, p, 4 * std::sqrt(p * (1 - p) / count)));
            }
        }
    }

    void same_seed_same_sentences() {
        const auto draw = [](std::uint64_t seed) {
            const TreeGrammar grammar = random_grammar({}, seed);
            const HiddenMarkov chain = random_chain({}, seed);
            RandomSource random(seed);
            std::vector<Tokens> drawn;
            for (int i = 0; i < 20; ++i)
                for (const Language* language :
                     {static_cast<const Language*>(&grammar), static_cast<const Language*>(&chain)}) {
                    const LabelledSentence sentence = language->sample(random);
                    drawn.push_back(sentence.tokens);
                    drawn.push_back(sentence.labels);
                }
            return drawn;
        };
        QCOMPARE(draw(5), draw(5));
        QVERIFY(draw(5) != draw(6));
    }

    // The floor is also the mean of −ln p(xₜ | rest) over sentences.
    void floor_of_the_suites_languages_data() {
        QTest::addColumn<std::shared_ptr<const Language>>("language");
        const auto row = [](const char* name, auto language) {
            QTest::newRow(name) << std::shared_ptr<const Language>(
                std::make_shared<decltype(language)>(std::move(language)));
        };
        row("grammar", random_grammar({}, 1));
        row("chain", random_chain({}, 1));
    }

    void floor_of_the_suites_languages() {
        QFETCH(std::shared_ptr<const Language>, language);
        const auto exact = exact_entropy(*language);
        QVERIFY(exact);
        constexpr int count = 5000;
        RandomSource random(12);
        double sum = 0, squares = 0, sentence_sum = 0, sentence_squares = 0;
        for (int i = 0; i < count; ++i) {
            const Tokens tokens = language->sample(random).tokens;
            double loss = 0;
            for (int position = 0; position < language->length(); ++position)
                loss -= std::log(language->token_posterior(
                    tokens, position)[static_cast<std::size_t>(tokens[static_cast<std::size_t>(position)])]);
            loss /= language->length();
            sum += loss;
            squares += loss * loss;
            const double surprise = -language->log_probability(tokens);
            sentence_sum += surprise;
            sentence_squares += surprise * surprise;
        }
        const auto error = [](double s, double s2) {
            return std::sqrt((s2 / count - s / count * s / count) / (count - 1));
        };
        QVERIFY(close(sum / count, exact->masked_token, 4 * error(sum, squares)));
        QVERIFY(close(sentence_sum / count, exact->sentence, 4 * error(sentence_sum, sentence_squares)));
        QVERIFY(exact->masked_token < exact->sentence / language->length());
    }

    void what_cannot_occur_has_no_posterior() {
        // Only "aa" and "bb".
        const TreeGrammar grammar =
            *TreeGrammar::make({{{"S", {{.5, 0, 0}, {.5, 1, 1}}, {}}}, {{"A", {}, {1, 0}}, {"B", {}, {0, 1}}}});
        QCOMPARE(grammar.log_probability(Tokens{0, 1}), -std::numeric_limits<double>::infinity());
        QCOMPARE(grammar.token_posterior(Tokens{0, 1}, 0), (std::vector<double>{0, 1}));
        const HiddenMarkov chain = *HiddenMarkov::make({{1, 0}, {{1, 0}, {0, 1}}, {{1, 0}, {0, 1}}, 3});
        QCOMPARE(chain.token_posterior(Tokens{1, 0, 0}, 1), (std::vector<double>{0, 0}));
        QCOMPARE(chain.label_posterior(Tokens{0, 1, 0}, 0), (std::vector<double>{0, 0}));
        QCOMPARE(exact_entropy(chain)->sentence, 0.0);
        QVERIFY(close(exact_entropy(grammar)->sentence, std::log(2.0), 1e-15));
    }

    void limits() {
        RandomSource random(1);
        const auto long_chain = HiddenMarkov::random({2, 3, 21}, random);
        QVERIFY(long_chain);
        QCOMPARE(exact_entropy(*long_chain).error().kind, ErrorKind::limit);
        QCOMPARE(best_label_accuracy(*long_chain, 0).error().kind, ErrorKind::limit);
        QCOMPARE(HiddenMarkov::random({2, 2, 65}, random).error().kind, ErrorKind::limit);
        QVERIFY(HiddenMarkov::random({2, 2, 64}, random));
    }

    void refused_grammars_data() {
        QTest::addColumn<std::vector<TreeGrammar::Level>>("levels");
        QTest::addColumn<QString>("reason");
        const TreeGrammar::Level root{{"S", {{1, 0, 0}}, {}}}, leaves{{"A", {}, {.5, .5}}};
        const auto row = [](const char* name, std::vector<TreeGrammar::Level> levels, const char* reason) {
            QTest::newRow(name) << std::move(levels) << QString::fromLatin1(reason);
        };
        row("one level", {root}, "a level below");
        row("two roots", {{root[0], root[0]}, leaves}, "one root");
        row("no tokens", {root, {{"A", {}, {}}}}, "emits tokens");
        row("a missing child", {{{"S", {{1, 0, 1}}, {}}}, leaves}, "does not have");
        row("rules that sum to .9", {{{"S", {{.9, 0, 0}}, {}}}, leaves}, "sum 0.9");
        row("no rules", {{{"S", {}, {}}}, leaves}, "sum 0");
        row("a negative share", {root, {{"A", {}, {1.5, -.5}}}}, "-0.5");
        row("another alphabet", {root, {leaves[0], {"B", {}, {1}}}}, "1 probabilities instead of 2");
        row("too deep", {root, root, root, root, root, root, root, leaves}, "at most 64 tokens");
    }

    void refused_grammars() {
        QFETCH(std::vector<TreeGrammar::Level>, levels);
        QFETCH(QString, reason);
        const auto grammar = TreeGrammar::make(levels);
        QVERIFY(!grammar);
        QVERIFY2(grammar.error().reason.find(reason.toStdString()) != std::string::npos,
                 grammar.error().text().c_str());
    }

    void refused_chains() {
        const HiddenMarkovParameters good = small_chain().parameters();
        for (const auto& spoil : std::vector<std::function<void(HiddenMarkovParameters&)>>{
                 [](auto& p) { p.length = 0; },
                 [](auto& p) {
                     p.initial = {.5, .4};
                 },
                 [](auto& p) { p.transition.pop_back(); }, [](auto& p) { p.transition[1] = {1}; },
                 [](auto& p) {
                     p.emission[1] = {.5, .25, .25};
                 },
                 [](auto& p) { p = {}; }}) {
            HiddenMarkovParameters bad = good;
            spoil(bad);
            const auto chain = HiddenMarkov::make(bad);
            QVERIFY(!chain);
            QCOMPARE(chain.error().kind, ErrorKind::usage);
        }
        RandomSource random(1);
        QVERIFY(!TreeGrammar::random({3, 1, 8, 3}, random)); // one symbol has one pair of children only
    }
};

QTEST_APPLESS_MAIN(LanguagesTest)
#include "tst_languages.moc"
