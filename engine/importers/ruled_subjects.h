#pragma once

#include "engine/importers/import_mapping.h"
#include "engine/importers/run_part.h"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>

namespace isoloss {

/// Applies a person's rules for names (HOUSE.md, joining rule 4) to the parts of one source: a run whose name, or whose
/// place where that fails, fits a rule is the run that the rule names, and its checkpoints without a step have the
/// rule's. One thread.
class RuledSubjects {
public:
    explicit RuledSubjects(const ImportMapping& mapping) : rules_(mapping.runs) {}

    void apply(RunPart& part);

private:
    struct Ruled {
        std::shared_ptr<const RunSubject> before; ///< keeps the address that ruled_ is ordered by
        std::shared_ptr<const RunSubject> after;
        std::optional<std::int64_t> step;
    };

    const std::vector<RunRule>& rules_;
    std::map<const RunSubject*, Ruled> ruled_;
};

} // namespace isoloss
