#include "engine/importers/harness_quantities.h"

namespace isoloss {

Expected<QuantityId> ensure_harness_quantity(WriteSession& store, const HarnessScore& score) {
    QuantityRecord record;
    record.key = quantity_key(score);
    record.kind = QuantityKind::imported;
    record.metric = score.metric;
    record.subject = score.task;
    record.filter = score.filter;
    record.shots = score.shots;
    record.version = score.version;
    record.unit = unit_of_metric(score.metric);
    record.direction = score.direction;
    ISOLOSS_TRY(const auto known, store.find_quantity(record.key));
    if (known) {
        if (known->version == score.version && known->shots == score.shots) return known->id;
        if (known->shots != score.shots) record.key += score.shots ? "@0shot" : "@?shot";
        if (known->version != score.version) record.key += " v" + (score.version.empty() ? "?" : score.version);
    }
    return store.ensure_quantity(record);
}

} // namespace isoloss
