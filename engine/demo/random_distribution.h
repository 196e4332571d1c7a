#pragma once

#include "engine/base/error.h"
#include "engine/base/random.h"

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace isoloss {

/// The numbers 0 … size − 1 in random order.
std::vector<std::size_t> random_order(std::size_t size, RandomSource& random);

/// A draw from the symmetric Dirichlet distribution with parameter 3: uneven, but rarely with a share near 0.
std::vector<double> random_distribution(std::size_t size, RandomSource& random);

/// One distribution over the alphabet per symbol. The tokens are dealt out to the symbols in random order, evenly (more
/// symbols than tokens share them); a symbol gives `own_share` to its own tokens and the rest to all, each in random
/// proportions. So a token points to its symbol and leaves a doubt that only the context can settle.
std::vector<std::vector<double>> random_emissions(std::size_t symbols, std::size_t alphabet, double own_share,
                                                  RandomSource& random);

/// Refuses what is not `size` numbers ≥ 0 with the sum 1 (to 10⁻⁹); `name` begins the reason.
Expected<void> check_distribution(std::span<const double> probabilities, std::size_t size, std::string_view name);

/// Divides by the sum; zeros stay zeros.
void normalise(std::vector<double>& weights);

} // namespace isoloss
