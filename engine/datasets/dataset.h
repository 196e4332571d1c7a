#pragma once

#include "engine/base/error.h"
#include "engine/datasets/dataset_details.h"
#include "engine/store/records.h"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace isoloss {

/// Looks at the content and fills name (file stem), kind, hash, size and details: what was guessed from what, counts,
/// and the lines that are left out. Reads all of it; may take as long as that takes. Fails when nothing of it can be
/// used.
///
/// The hash is that of the file's bytes; where there are several files, or a person has said how to read them, that
/// of all hashes and of what was said.
Expected<DatasetRecord> describe_dataset(const std::filesystem::path& path, const DatasetOptions& said = {});

/// What is known of a data set; found anew in its files where the record does not say.
Expected<DatasetDetails> details_of(const DatasetRecord& dataset);

/// Whether the files are still what the record says.
enum class DatasetState { unchanged, changed, missing };

/// The hash of the files as they are now.
Expected<std::string> dataset_hash(const DatasetRecord& dataset);
/// By size and time of the files where these are known, else by their hash.
Expected<DatasetState> dataset_state(const DatasetRecord& dataset);

/// "text", "multiple choice", "labelled text", for sentences.
std::string_view dataset_kind_words(DatasetKind kind);
/// Fails with usage, saying what the data set is, when it is none of these kinds.
Expected<void> expect_kind(const DatasetRecord& dataset, const DatasetDetails& details,
                           std::initializer_list<DatasetKind> kinds);

} // namespace isoloss
