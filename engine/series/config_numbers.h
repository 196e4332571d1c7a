#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace isoloss {

/// A positive number of a config and where it stands.
struct ConfigNumber {
    std::string path; ///< "model.n_params"
    double value = 0;
};

/// The positive numbers of a run's config, nested as it was logged, found by the last part of their name. What is about
/// evaluation ("eval.batch_size") is left out.
class ConfigNumbers {
public:
    /// A text that is no JSON object has no numbers.
    explicit ConfigNumbers(std::string_view config);

    /// By the first of these names that there is; of several the least nested. Names in lower case with _ for - and
    /// space.
    std::optional<ConfigNumber> find(std::span<const std::string_view> names) const;

private:
    struct Entry {
        std::string name; ///< as find() takes it
        std::size_t depth = 0;
        ConfigNumber number;
    };

    std::vector<Entry> entries_;
};

/// The last part of a name in lower case with _ for - and space: "train/Tokens seen" is "tokens_seen".
std::string plain_name(std::string_view name);

} // namespace isoloss
