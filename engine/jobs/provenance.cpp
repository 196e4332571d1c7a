#include "engine/jobs/provenance.h"

#include "engine/base/json.h"
#include "engine/base/number_text.h"

namespace isoloss {

void Provenance::add_literal(std::string_view name, std::string_view literal) {
    if (!members_.empty()) members_ += ',';
    members_ += json_quote(name);
    members_ += ':';
    members_ += literal;
}

void Provenance::add(std::string_view name, std::string_view value) {
    add_literal(name, json_quote(value));
}

void Provenance::add(std::string_view name, std::int64_t value) {
    add_literal(name, number_text(value));
}

void Provenance::add(std::string_view name, double value) {
    add_literal(name, number_text(value));
}

void Provenance::add(std::string_view name, bool value) {
    add_literal(name, value ? "true" : "false");
}

void Provenance::add_object(std::string_view name, const Provenance& object) {
    add_literal(name, object.text());
}

void Provenance::add(const Provenance& other) {
    if (!members_.empty() && !other.members_.empty()) members_ += ',';
    members_ += other.members_;
}

} // namespace isoloss
