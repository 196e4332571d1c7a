#pragma once

#include "engine/base/error.h"
#include "engine/base/ids.h"
#include "engine/store/records.h"

#include <QString>
#include <vector>

namespace isoloss {

class Reader;

/// One line of the inspector: a name, what it is, and what lies under it.
struct DetailNode {
    QString name;
    QString value;
    std::vector<DetailNode> children;
    bool open = false; ///< unfolded at first
};

/// What the inspector shows. Immutable once made.
struct Details {
    QString title;
    QString subtitle;
    std::vector<RunRecord> runs; ///< that it is about: their tags can be edited, and the notes of a single one
    std::vector<DetailNode> nodes;
    bool has_items = false; ///< it is about a value that is stored item by item
};

/// The reader's thread, all of them.
Expected<Details> runDetails(Reader& reader, RunId run);
/// Config fields in which the runs differ, nested as they are; a child for each run, or of many runs for each value.
Expected<Details> runDifferences(Reader& reader, const std::vector<RunId>& runs);
Expected<Details> checkpointDetails(Reader& reader, CheckpointId checkpoint);
/// A value with its provenance and every earlier variant.
Expected<Details> valueDetails(Reader& reader, CheckpointId checkpoint, QuantityId quantity);

/// Nodes of a JSON object, nested as it is.
std::vector<DetailNode> jsonNodes(const std::string& json);

} // namespace isoloss
