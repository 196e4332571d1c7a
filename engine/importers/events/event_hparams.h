#pragma once

#include "engine/importers/events/event_decoder.h"

#include <optional>
#include <span>

namespace isoloss {

/// Decodes the content of the hparams plugin: session start (hyperparameters, start time) and session end (status).
/// The experiment's description, which only lists what may be set, gives nothing.
std::optional<EventRunFacts> decode_hparams(std::span<const std::byte> plugin_data);

} // namespace isoloss
