#include "engine/demo/tree_grammar.h"

#include "engine/demo/random_distribution.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

namespace isoloss {

namespace {

constexpr int deepest = std::bit_width(static_cast<unsigned>(Language::longest_sentence)) - 1;
constexpr double random_own_share = .85;

Expected<void> check_symbol(const GrammarSymbol& symbol, const TreeGrammar::Level* next, std::size_t alphabet) {
    const std::string subject = "symbol \"" + symbol.name + "\"";
    if (next == nullptr) {
        if (!symbol.rules.empty()) return fail(ErrorKind::usage, subject + " of the last level has rules");
        return check_distribution(symbol.emission, alphabet, subject);
    }
    if (!symbol.emission.empty()) return fail(ErrorKind::usage, subject + " emits tokens above the last level");
    std::vector<double> probabilities;
    for (const GrammarRule& rule : symbol.rules) {
        if (rule.left >= next->size() || rule.right >= next->size())
            return fail(ErrorKind::usage, subject + " has a rule with a child that the next level does not have");
        probabilities.push_back(rule.probability);
    }
    return check_distribution(probabilities, symbol.rules.size(), subject);
}

} // namespace

Expected<TreeGrammar> TreeGrammar::make(std::vector<Level> levels) {
    if (levels.size() < 2) return fail(ErrorKind::usage, "a tree grammar needs a root and a level below it");
    if (levels.size() - 1 > static_cast<std::size_t>(deepest))
        return fail(ErrorKind::limit,
                    "a tree grammar's sentences have at most " + std::to_string(longest_sentence) + " tokens");
    if (levels.front().size() != 1) return fail(ErrorKind::usage, "a tree grammar has one root symbol");
    if (levels.back().empty() || levels.back().front().emission.empty())
        return fail(ErrorKind::usage, "the last level of a tree grammar emits tokens");
    const std::size_t alphabet = levels.back().front().emission.size();
    for (std::size_t level = 0; level < levels.size(); ++level)
        for (const GrammarSymbol& symbol : levels[level])
            ISOLOSS_TRY_VOID(check_symbol(symbol, level + 1 < levels.size() ? &levels[level + 1] : nullptr, alphabet));
    return TreeGrammar(std::move(levels));
}

Expected<TreeGrammar> TreeGrammar::random(const RandomGrammarShape& shape, RandomSource& random) {
    constexpr int most_symbols = 1000;
    if (shape.depth < 1 || shape.depth > deepest || shape.symbols_per_level < 1 ||
        shape.symbols_per_level > most_symbols || shape.alphabet < 1 || shape.rules_per_symbol < 1 ||
        shape.rules_per_symbol > shape.symbols_per_level * shape.symbols_per_level)
        return fail(ErrorKind::usage, "no grammar has this shape",
                    "Give a depth of 1 to " + std::to_string(deepest) +
                        ", at least one symbol, token and rule, and no more rules than pairs of symbols");
    const auto symbols = static_cast<std::size_t>(shape.symbols_per_level);
    const auto depth = static_cast<std::size_t>(shape.depth);
    std::vector<Level> levels(depth + 1);
    levels[0].push_back({"S", {}, {}});
    for (std::size_t level = 1; level <= depth; ++level)
        for (std::size_t symbol = 0; symbol < symbols; ++symbol)
            levels[level].push_back(
                {std::string(1, static_cast<char>('A' + level - 1)) + std::to_string(symbol), {}, {}});
    for (std::size_t level = 0; level < depth; ++level)
        for (GrammarSymbol& symbol : levels[level]) {
            const auto pairs = random_order(symbols * symbols, random);
            const auto probabilities = random_distribution(static_cast<std::size_t>(shape.rules_per_symbol), random);
            for (std::size_t i = 0; i < probabilities.size(); ++i)
                symbol.rules.push_back({probabilities[i], pairs[i] / symbols, pairs[i] % symbols});
        }
    auto emissions = random_emissions(symbols, static_cast<std::size_t>(shape.alphabet), random_own_share, random);
    for (std::size_t symbol = 0; symbol < symbols; ++symbol)
        levels[depth][symbol].emission = std::move(emissions[symbol]);
    return make(std::move(levels));
}

TreeGrammar::TreeGrammar(std::vector<Level> levels) : levels_(std::move(levels)) {
    for (std::size_t level = 1; level < depth(); ++level) {
        std::vector<std::string> names;
        for (const GrammarSymbol& symbol : levels_[level])
            names.push_back(symbol.name);
        const std::size_t size = std::size_t{1} << (depth() - level);
        for (std::size_t node = 0; node < std::size_t{1} << level; ++node)
            label_kinds_.push_back(
                {"span " + std::to_string(node * size) + "-" + std::to_string((node + 1) * size - 1), names});
    }
    for (const Level& level : levels_) {
        auto& of_level = rule_probabilities_.emplace_back();
        for (const GrammarSymbol& symbol : level) {
            auto& probabilities = of_level.emplace_back();
            for (const GrammarRule& rule : symbol.rules)
                probabilities.push_back(rule.probability);
        }
    }
}

LabelledSentence TreeGrammar::sample(RandomSource& random) const {
    LabelledSentence sentence;
    sentence.labels.reserve(label_kinds_.size());
    std::vector<std::size_t> symbols{0}, children;
    for (std::size_t level = 0; level < depth(); ++level) {
        children.clear();
        for (const std::size_t symbol : symbols) {
            const GrammarRule& rule = levels_[level][symbol].rules[random.choose(rule_probabilities_[level][symbol])];
            children.push_back(rule.left);
            children.push_back(rule.right);
        }
        symbols.swap(children);
        if (level + 1 < depth())
            for (const std::size_t symbol : symbols)
                sentence.labels.push_back(static_cast<int>(symbol));
    }
    sentence.tokens.reserve(symbols.size());
    for (const std::size_t symbol : symbols)
        sentence.tokens.push_back(static_cast<int>(random.choose(levels_.back()[symbol].emission)));
    return sentence;
}

std::span<const int> TreeGrammar::tokens_of(std::size_t level, std::size_t node, std::span<const int> tokens) const {
    const std::size_t size = std::size_t{1} << (depth() - level);
    return tokens.subspan(node * size, size);
}

std::vector<double> TreeGrammar::inside(std::size_t level, std::span<const int> tokens) const {
    std::vector<double> result(levels_[level].size(), 0);
    if (level == depth()) {
        for (std::size_t symbol = 0; symbol < result.size(); ++symbol)
            result[symbol] =
                tokens[0] == any_token ? 1 : levels_[level][symbol].emission[static_cast<std::size_t>(tokens[0])];
        return result;
    }
    const auto left = inside(level + 1, tokens.first(tokens.size() / 2));
    const auto right = inside(level + 1, tokens.last(tokens.size() / 2));
    for (std::size_t symbol = 0; symbol < result.size(); ++symbol)
        for (const GrammarRule& rule : levels_[level][symbol].rules)
            result[symbol] += rule.probability * left[rule.left] * right[rule.right];
    return result;
}

std::vector<double> TreeGrammar::outside(std::size_t level, std::size_t node, std::span<const int> tokens) const {
    if (level == 0) return {1};
    const auto parent = outside(level - 1, node / 2, tokens);
    const auto sibling = inside(level, tokens_of(level, node ^ 1, tokens));
    const bool is_left = node % 2 == 0;
    std::vector<double> result(levels_[level].size(), 0);
    for (std::size_t symbol = 0; symbol < parent.size(); ++symbol)
        for (const GrammarRule& rule : levels_[level - 1][symbol].rules) {
            const std::size_t own = is_left ? rule.left : rule.right;
            const std::size_t other = is_left ? rule.right : rule.left;
            result[own] += rule.probability * parent[symbol] * sibling[other];
        }
    return result;
}

double TreeGrammar::log_probability(std::span<const int> tokens) const {
    return std::log(inside(0, tokens)[0]);
}

std::vector<double> TreeGrammar::token_posterior(std::span<const int> tokens, int position) const {
    const auto weights = outside(depth(), static_cast<std::size_t>(position), tokens);
    std::vector<double> result(static_cast<std::size_t>(alphabet()), 0);
    for (std::size_t symbol = 0; symbol < weights.size(); ++symbol)
        for (std::size_t token = 0; token < result.size(); ++token)
            result[token] += weights[symbol] * levels_.back()[symbol].emission[token];
    normalise(result);
    return result;
}

std::vector<double> TreeGrammar::label_posterior(std::span<const int> tokens, int label_kind) const {
    // Level l begins at label kind 2^l − 2.
    const auto number = static_cast<unsigned>(label_kind) + 2;
    const auto level = static_cast<std::size_t>(std::bit_width(number)) - 1;
    const std::size_t node = number - (1u << level);
    auto result = outside(level, node, tokens);
    const auto below = inside(level, tokens_of(level, node, tokens));
    for (std::size_t symbol = 0; symbol < result.size(); ++symbol)
        result[symbol] *= below[symbol];
    normalise(result);
    return result;
}

std::vector<double> TreeGrammar::prefix_factor(std::span<const int> prefix) const {
    return inside(1, prefix);
}

std::vector<double> TreeGrammar::suffix_factor(std::span<const int> suffix) const {
    const auto right = inside(1, suffix);
    std::vector<double> result(right.size(), 0);
    for (const GrammarRule& rule : levels_[0][0].rules)
        result[rule.left] += rule.probability * right[rule.right];
    return result;
}

} // namespace isoloss
