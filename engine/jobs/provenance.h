#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace isoloss {

/// A flat JSON object that is written member by member, in the order of the calls.
class Provenance {
public:
    void add(std::string_view name, std::string_view value);
    void add(std::string_view name, std::int64_t value);
    void add(std::string_view name, double value);
    void add(std::string_view name, bool value);
    void add_object(std::string_view name, const Provenance& object);
    /// All members of another one.
    void add(const Provenance& other);

    std::string text() const { return "{" + members_ + "}"; }

private:
    void add_literal(std::string_view name, std::string_view literal);

    std::string members_;
};

} // namespace isoloss
