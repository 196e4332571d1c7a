#pragma once

#include "engine/base/progress.h"

#include <string>

namespace isoloss {

/// A progress line on a terminal; nothing when standard error is piped or the user asked for quiet. One thread.
class TerminalProgress {
public:
    explicit TerminalProgress(bool quiet);
    ~TerminalProgress(); ///< clears the line

    ProgressFunction function();
    void show(const Progress& progress);

private:
    bool enabled_;
    bool shown_ = false;
};

/// "1.2 GB", "48.2 k tokens/s", "2 min left": for people.
std::string progress_text(const Progress& progress);

} // namespace isoloss
