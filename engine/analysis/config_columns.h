#pragma once

#include "engine/analysis/config_fields.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace isoloss {

/// The configs of many runs, field by field. Filled run by run; then immutable, any thread.
class ConfigColumns {
public:
    /// A run and its value, in the order of the runs.
    using Column = std::vector<std::pair<std::uint32_t, ConfigValue>>;

    /// `run` counts up from call to call.
    void add(std::size_t run, std::string_view json);

    /// Each field of any run once, in the order in which they were met.
    const std::vector<std::string>& fields() const { return fields_; }

    /// nullptr when no run has the field.
    const Column* column(std::string_view field) const;
    const ConfigValue* value(std::size_t run, std::string_view field) const;

private:
    struct Hash {
        using is_transparent = void;

        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
    };

    std::vector<std::string> fields_;
    std::vector<Column> columns_; ///< by field
    std::unordered_map<std::string, std::size_t, Hash, std::equal_to<>> index_;
};

} // namespace isoloss
