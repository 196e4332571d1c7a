#pragma once

#include "engine/base/error.h"
#include "engine/datasets/dataset_details.h"

#include <filesystem>

namespace isoloss {

// Each looks at a file of its format and fills in format, reading and notes; `details.said` is known.

/// Whole numbers of one or two dimensions are tokens, bytes of three and four are images, floating-point rows are
/// embeddings.
Expected<void> detect_npy(const std::filesystem::path& path, DatasetDetails& details);
/// Arrays by their names: images, embeddings or predictions, with labels.
Expected<void> detect_npz(const std::filesystem::path& path, DatasetDetails& details);
/// Images or their labels; the other file is looked for beside it.
Expected<void> detect_idx(const std::filesystem::path& path, DatasetDetails& details);
Expected<void> detect_raw_tokens(const std::filesystem::path& path, DatasetDetails& details);
/// A folder of pictures for each class.
Expected<void> detect_picture_folders(const std::filesystem::path& path, DatasetDetails& details);

} // namespace isoloss
