#include "engine/importers/imported_quantity.h"

namespace isoloss {

Expected<QuantityId> ensure_imported_quantity(WriteSession& store, QuantityRecord record) {
    ISOLOSS_TRY(const auto known, store.find_quantity(record.key));
    if (known) {
        if (known->version == record.version && known->shots == record.shots) return known->id;
        if (known->shots != record.shots) record.key += record.shots ? "@0shot" : "@?shot";
        if (known->version != record.version) record.key += " v" + (record.version.empty() ? "?" : record.version);
    }
    return store.ensure_quantity(record);
}

} // namespace isoloss
