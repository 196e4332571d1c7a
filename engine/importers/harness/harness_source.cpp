#include "engine/importers/harness/harness_source.h"

#include "engine/importers/harness/harness_reader.h"
#include "engine/importers/harness/harness_samples.h"

#include <algorithm>
#include <map>
#include <set>

namespace isoloss {

namespace {

namespace fs = std::filesystem;

class HarnessSource final : public Source {
public:
    explicit HarnessSource(HarnessFiles files) : files_(std::move(files)) {}

    std::string_view format() const override { return harness_results_format; }

    std::string title() const override { return "Evaluation harness results"; }

    std::vector<fs::path> files() const override { return files_.files(); }

    std::uint64_t bytes() const override { return files_.bytes; }

    Expected<void> read(SourceContext& context) const override { return read_harness(context, files_); }

private:
    HarnessFiles files_;
};

// Samples lie beside their results and carry the same time in their name; without one they belong to the only results
// file of the folder. A results file that is named alone still has its samples, and samples have their results.
class HarnessFinder final : public SourceFinder {
public:
    void look_at(FolderListing& listing) override {
        std::vector<FolderListing::Entry*> samples;
        std::set<std::string> times; ///< of samples that were named
        for (FolderListing::Entry& entry : listing.entries()) {
            if (!entry.regular || entry.claimed) continue;
            const auto name = samples_name(entry.name);
            if (!name) continue;
            samples.push_back(&entry);
            if (!entry.neighbour) times.insert(name->time);
        }
        std::vector<HarnessFiles> found;
        std::size_t neighbours = 0;
        for (FolderListing::Entry& entry : listing.entries()) {
            if (!entry.regular || entry.claimed || entry.path.extension() != ".json") continue;
            ++neighbours;
            const std::string stem = entry.path.stem().string();
            const bool has_named_samples = std::any_of(times.begin(), times.end(), [&](const std::string& time) {
                return !time.empty() && stem.ends_with(time);
            });
            if (entry.neighbour && !has_named_samples) continue;
            entry.claimed = true;
            found.push_back({entry.path, {}, entry.size});
        }
        for (HarnessFiles& files : found) {
            const std::string stem = files.results.stem().string();
            for (FolderListing::Entry* entry : samples) {
                const auto name = samples_name(entry->name);
                if (name->time.empty() ? neighbours != 1 : !stem.ends_with(name->time)) continue;
                entry->claimed = true;
                files.samples.push_back(entry->path);
                files.bytes += entry->size;
            }
            files_.emplace(files.results, std::move(files));
        }
    }

    std::vector<std::unique_ptr<Source>> take() override {
        std::vector<std::unique_ptr<Source>> sources;
        for (auto& [path, files] : files_)
            sources.push_back(std::make_unique<HarnessSource>(std::move(files)));
        return sources;
    }

private:
    std::map<fs::path, HarnessFiles> files_;
};

} // namespace

std::unique_ptr<SourceFinder> harness_finder() {
    return std::make_unique<HarnessFinder>();
}

} // namespace isoloss
