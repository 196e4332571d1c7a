#pragma once

#include "app/commands/command.h"

#include <vector>

namespace isoloss {

/// Keeps the project up with the paths and prints what each change brought, until the token is cancelled.
void follow(Project& project, const std::vector<std::filesystem::path>& paths, const CommandContext& context,
            const CancellationToken& until);

} // namespace isoloss
