#include "engine/importers/ruled_subjects.h"

#include "engine/importers/run_joining.h"

namespace isoloss {

void RuledSubjects::apply(RunPart& part) {
    if (rules_.empty() || !part.run) return;
    Ruled& ruled = ruled_[part.run.get()];
    if (!ruled.before) {
        ruled.before = ruled.after = part.run;
        auto name = apply_run_rules(rules_, part.run->name);
        if (!name) name = apply_run_rules(rules_, part.run->identities.front().key);
        if (name) {
            auto subject = std::make_shared<RunSubject>(*part.run);
            subject->name = name->run;
            subject->identities.insert(subject->identities.begin(), identity::ruled_run(name->run));
            ruled.after = std::move(subject);
            ruled.step = name->step;
        }
    }
    part.run = ruled.after;
    if (!ruled.step) return;
    for (ImportedCheckpoint& checkpoint : part.checkpoints)
        if (!checkpoint.step) checkpoint.step = ruled.step;
}

} // namespace isoloss
