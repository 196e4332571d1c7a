#pragma once

#include "engine/importers/source_remarks.h"

#include <cstdint>
#include <filesystem>
#include <limits>
#include <map>
#include <set>
#include <string>

namespace isoloss::test {

/// Keeps what parts say of their sources; stops after some looks, and breaks off after some parts as a killed program
/// does.
class StoppingContext final : public SourceRemarks {
public:
    Expected<std::optional<SourceRecord>> known(std::string_view name) override {
        const auto found = sources_.find(std::string(name));
        return found == sources_.end() ? std::nullopt : std::optional(found->second);
    }

    Expected<void> take(RunPart part) override {
        if (parts_left-- <= 0) return fail(ErrorKind::cancelled, "killed");
        points += static_cast<std::int64_t>(part.points.size());
        for (const auto& column : part.points.parts())
            attempts.insert(column.attempt);
        for (const SourceRecord& source : part.sources)
            sources_[source.path] = source;
        return {};
    }

    bool stopped() const override { return --looks_left <= 0; }

    CancellationToken cancellation() const override { return {}; }

    const ImportOptions& options() const override { return options_; }

    void set_subject(const std::filesystem::path&) override {}

    void advance(std::uint64_t) override {}

    mutable int looks_left = 0;
    int parts_left = std::numeric_limits<int>::max();
    std::int64_t points = 0;
    std::set<std::uint32_t> attempts;

private:
    std::map<std::string, SourceRecord> sources_;
    ImportOptions options_;
};

} // namespace isoloss::test
