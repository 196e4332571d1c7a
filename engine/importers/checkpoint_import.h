#pragma once

#include "engine/base/error.h"
#include "engine/importers/import_session.h"

#include <filesystem>

namespace isoloss {

/// Imports one checkpoint folder in the Hugging Face layout: run, step, parameter count, path, and its config as the
/// run's config. Folders without weights and those with pickled weights only are reported with what to do. Fails only
/// when the project cannot be written.
Expected<void> import_checkpoint_folder(ImportSession& session, const std::filesystem::path& folder);

} // namespace isoloss
