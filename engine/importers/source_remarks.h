#pragma once

#include "engine/importers/source.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace isoloss {

/// The half of a SourceContext that gathers what readers say for the report. One thread at a time.
class SourceRemarks : public SourceContext {
public:
    void count_file() override { ++files; }

    void skip(const std::filesystem::path& path, std::string place, std::string reason) override;
    void skip(const Error& error) override;

    void note(std::string text) override { notes.push_back(std::move(text)); }

    void count_note(const std::string& text) override { ++shared_notes[text]; }

    void not_recognised(const std::filesystem::path& path) override { unknown.push_back(path); }

    std::int64_t files = 0;
    std::vector<SkippedSource> skipped;
    std::vector<std::string> notes;
    std::map<std::string, int> shared_notes; ///< with the number of files that share them
    std::vector<std::filesystem::path> unknown;
};

/// "TEXT (N files)", or TEXT alone for one.
std::string shared_note(const std::string& text, int files);

} // namespace isoloss
