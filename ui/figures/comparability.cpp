#include "ui/figures/comparability.h"

#include "engine/base/json.h"
#include "engine/store/reader.h"

#include <algorithm>
#include <set>

namespace isoloss {
namespace {

/// Per-token losses change with the tokenizer, losses per byte or character do not.
bool depends_on_tokenizer(const QuantityRecord& quantity) {
    return quantity.metric == "loss" || quantity.metric == "perplexity";
}

} // namespace

Expected<std::string> comparability_warning(Reader& reader, const CheckpointTable& table, std::string_view key) {
    const QuantityColumn* column = table.column(key);
    if (column == nullptr) return std::string();
    ISOLOSS_TRY(const std::vector<QuantityRecord> quantities, reader.quantities());
    const auto quantity = std::find_if(quantities.begin(), quantities.end(),
                                       [&](const QuantityRecord& candidate) { return candidate.key == column->key; });
    if (quantity == quantities.end() || quantity->kind != QuantityKind::measured) return std::string();
    std::set<ValueId> shown;
    for (const Cell& cell : column->cells)
        if (cell.value) shown.insert(cell.value_id);
    ISOLOSS_TRY(const std::vector<ValueRecord> values, reader.values(std::nullopt, quantity->id));
    std::set<std::string> data, tokenizers;
    for (const ValueRecord& value : values) {
        if (!shown.contains(value.id)) continue;
        const Expected<rapidjson::Document> provenance = parse_json(value.provenance, column->key);
        if (!provenance) continue;
        if (const auto hash = json_string(*provenance, "data_hash")) data.emplace(*hash);
        if (const auto hash = json_string(*provenance, "tokenizer_hash")) tokenizers.emplace(*hash);
    }
    if (data.size() > 1)
        return column->title + " was measured on " + std::to_string(data.size()) + " versions of the data";
    if (tokenizers.size() > 1 && depends_on_tokenizer(*quantity))
        return column->title + " was measured with " + std::to_string(tokenizers.size()) +
               " tokenizers and cannot be compared between them; use bits per byte";
    return std::string();
}

} // namespace isoloss
