#include "engine/demo/entropy.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace isoloss {

namespace {

constexpr std::uint64_t most_halves = 65'536;
constexpr std::uint64_t most_sentences = 1u << 20;

enum class Half { prefix, suffix };

/// The factors of all forms of a half, the first component of every form, then the second of every form, and so on.
struct Factors {
    std::size_t forms = 0;
    std::vector<std::vector<double>> components;
};

/// Neumaier's sum: the error does not grow with the number of terms.
class CompensatedSum {
public:
    void add(double term) {
        const double next = sum_ + term;
        lost_ += std::abs(sum_) >= std::abs(term) ? (sum_ - next) + term : (term - next) + sum_;
        sum_ = next;
    }

    double value() const { return sum_ + lost_; }

private:
    double sum_ = 0, lost_ = 0;
};

/// alphabet^length, nothing when that is above the cap.
std::optional<std::uint64_t> count_strings(int alphabet, int length, std::uint64_t cap) {
    std::uint64_t count = 1;
    for (int i = 0; i < length && count <= cap; ++i)
        count *= static_cast<std::uint64_t>(alphabet);
    return count <= cap ? std::optional(count) : std::nullopt;
}

/// Counts on in the tokens, the last one fastest; any_token stays. False after the last string.
bool next_string(std::vector<int>& tokens, int alphabet) {
    for (auto token = tokens.rbegin(); token != tokens.rend(); ++token) {
        if (*token == Language::any_token) continue;
        if (++*token < alphabet) return true;
        *token = 0;
    }
    return false;
}

/// `unknown`: a position within the half that is summed over.
Factors factors_of(const Language& language, Half half, std::optional<int> unknown = std::nullopt) {
    const int length = half == Half::prefix ? language.cut() : language.length() - language.cut();
    std::vector<int> tokens(static_cast<std::size_t>(length), 0);
    if (unknown) tokens[static_cast<std::size_t>(*unknown)] = Language::any_token;
    Factors factors;
    do {
        const auto factor = half == Half::prefix ? language.prefix_factor(tokens) : language.suffix_factor(tokens);
        factors.components.resize(factor.size());
        for (std::size_t k = 0; k < factor.size(); ++k)
            factors.components[k].push_back(factor[k]);
        ++factors.forms;
    } while (next_string(tokens, language.alphabet()));
    return factors;
}

/// −Σ p ln p over all pairs of a prefix and a suffix, p their dot product.
double entropy_of_products(const Factors& prefixes, const Factors& suffixes) {
    constexpr std::size_t block = 512; // suffixes whose probabilities lie in the nearest cache at once
    std::array<double, block> probabilities;
    CompensatedSum sum;
    for (std::size_t begin = 0; begin < suffixes.forms; begin += block) {
        const std::size_t size = std::min(block, suffixes.forms - begin);
        for (std::size_t prefix = 0; prefix < prefixes.forms; ++prefix) {
            probabilities.fill(0);
            for (std::size_t k = 0; k < suffixes.components.size(); ++k) {
                const double factor = prefixes.components[k][prefix];
                const double* const other = suffixes.components[k].data() + begin;
                for (std::size_t i = 0; i < size; ++i)
                    probabilities[i] += factor * other[i];
            }
            double of_block = 0;
            for (std::size_t i = 0; i < size; ++i)
                if (probabilities[i] > 0) of_block -= probabilities[i] * std::log(probabilities[i]);
            sum.add(of_block);
        }
    }
    return sum.value();
}

} // namespace

Expected<LanguageEntropy> exact_entropy(const Language& language) {
    const int longer_half = std::max(language.cut(), language.length() - language.cut());
    if (!count_strings(language.alphabet(), longer_half, most_halves))
        return fail(ErrorKind::limit,
                    "half a sentence of " + std::to_string(longer_half) + " tokens out of " +
                        std::to_string(language.alphabet()) + " has more than " + std::to_string(most_halves) +
                        " forms",
                    "Choose a shorter sentence or fewer tokens");
    const Factors prefixes = factors_of(language, Half::prefix), suffixes = factors_of(language, Half::suffix);
    LanguageEntropy entropy;
    entropy.sentence = entropy_of_products(prefixes, suffixes);
    CompensatedSum conditional;
    for (int position = 0; position < language.length(); ++position) {
        const double of_others =
            position < language.cut()
                ? entropy_of_products(factors_of(language, Half::prefix, position), suffixes)
                : entropy_of_products(prefixes, factors_of(language, Half::suffix, position - language.cut()));
        conditional.add(entropy.sentence - of_others);
    }
    entropy.masked_token = conditional.value() / language.length();
    return entropy;
}

Expected<double> best_label_accuracy(const Language& language, int label_kind) {
    if (!count_strings(language.alphabet(), language.length(), most_sentences))
        return fail(ErrorKind::limit,
                    "there are more than " + std::to_string(most_sentences) + " sentences of " +
                        std::to_string(language.length()) + " tokens out of " + std::to_string(language.alphabet()),
                    "Estimate it from sampled sentences and label_posterior");
    std::vector<int> tokens(static_cast<std::size_t>(language.length()), 0);
    CompensatedSum right;
    do
        right.add(std::exp(language.log_probability(tokens)) *
                  std::ranges::max(language.label_posterior(tokens, label_kind)));
    while (next_string(tokens, language.alphabet()));
    return right.value();
}

} // namespace isoloss
