#pragma once

#include <string>

namespace CLI {
class App;
class Option;
} // namespace CLI

namespace isoloss {

struct CommandContext;

/// `isoloss import --list` and `--undo`: what was imported, and taking it back.
class ImportHistory {
public:
    /// Neither goes together with `paths`.
    void add_options(CLI::App& command, CLI::Option* paths);
    /// Whether one of the two was asked for.
    bool wanted() const;
    /// Answers the exit code.
    int run(const std::string& project, const CommandContext& context) const;

private:
    int list(const std::string& project, const CommandContext& context) const;
    int undo(const std::string& project, const CommandContext& context) const;

    bool list_ = false;
    bool force_ = false;
    CLI::Option* undo_ = nullptr;
    std::string number_; ///< of the import to undo; empty: the last one
};

} // namespace isoloss
