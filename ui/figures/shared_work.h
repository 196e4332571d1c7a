#pragma once

#include <cstddef>
#include <functional>

namespace isoloss {

class Reader;

/// Asks other threads to help: each that is free calls the function once, with a reader of its own, now, later or
/// never. Empty where there is nobody. Any thread.
using AskForHelp = std::function<void(std::function<void(Reader&)>)>;

/// Calls part(0, …) … part(parts − 1, …), each once, on this thread with `reader` and on those that help with theirs;
/// returns when all are done. Throws what a part throws, after the others that were begun.
void share_work(std::size_t parts, Reader& reader, const AskForHelp& ask,
                const std::function<void(std::size_t, Reader&)>& part);

} // namespace isoloss
