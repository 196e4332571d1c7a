#include "engine/importers/checkpoint_source.h"

#include "engine/base/file.h"
#include "engine/checkpoints/checkpoint_folder.h"
#include "engine/importers/run_joining.h"

#include <map>
#include <vector>

namespace isoloss {

namespace {

namespace fs = std::filesystem;

// Larger ones are hashed when they are first measured, where the bytes are read anyway.
constexpr std::uintmax_t largest_hashed_at_once = 64u << 20;

std::string hash_if_small(const fs::path& folder, const CancellationToken& cancellation) {
    std::uintmax_t bytes = 0;
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(folder, ignored))
        if (entry.is_regular_file(ignored)) bytes += entry.file_size(ignored);
    if (bytes >= largest_hashed_at_once) return {};
    const auto hash = checkpoint_content_hash(folder, cancellation);
    return hash ? *hash : std::string();
}

class CheckpointSource final : public Source {
public:
    CheckpointSource(fs::path folder, std::vector<fs::path> files)
        : folder_(std::move(folder)), files_(std::move(files)) {}

    std::string_view format() const override { return "checkpoint_folder"; }

    std::string title() const override { return "Checkpoint folder"; }

    std::vector<fs::path> files() const override {
        std::vector<fs::path> files{folder_};
        files.insert(files.end(), files_.begin(), files_.end());
        return files;
    }

    std::uint64_t bytes() const override { return 0; }

    Expected<void> read(SourceContext& context) const override {
        context.set_subject(folder_);
        const auto found = read_checkpoint_folder(folder_);
        if (!found) {
            context.skip(found.error());
            return {};
        }
        if (found->only_pickled_weights) {
            context.skip(folder_, {},
                         "the weights are pickled (pytorch_model.bin), which can run code and is never opened. Convert "
                         "them with save_pretrained(…, safe_serialization=True) and import the folder again");
            return {};
        }
        if (!found->has_weights) {
            context.skip(folder_, {}, "has a config but no weights. Add model.safetensors and import the folder again");
            return {};
        }
        auto subject = std::make_shared<RunSubject>();
        subject->name = found->run_name;
        subject->known_as = known_as_checkpoint_folder(found->run_folder);
        subject->identities = {identity::checkpoint_folder(found->run_folder)};
        RunFacts facts;
        facts.config = found->config;
        ImportedCheckpoint checkpoint;
        checkpoint.step = found->step;
        checkpoint.details.path = path_text(found->path);
        checkpoint.details.format = "huggingface";
        checkpoint.details.parameter_count = found->parameter_count;
        checkpoint.details.architecture = found->model_type;
        checkpoint.details.content_hash = hash_if_small(found->path, context.cancellation());
        if (context.stopped()) return {};
        context.count_file();
        context.count_note(found->step ? found->run_name + ": steps read from the " + found->step_source
                                       : found->run_name + ": no step given, taken as the run's last checkpoint");
        RunPart part;
        part.run = std::move(subject);
        part.facts.push_back(std::move(facts));
        part.checkpoints.push_back(std::move(checkpoint));
        return context.take(std::move(part));
    }

private:
    fs::path folder_;
    std::vector<fs::path> files_; ///< by which it was found
};

class CheckpointFinder final : public SourceFinder {
public:
    void look_at(FolderListing& listing) override {
        if (!looks_like_checkpoint_folder(listing.path())) return;
        std::vector<fs::path> files;
        for (FolderListing::Entry& entry : listing.entries()) {
            if (entry.neighbour || (entry.name != "config.json" && entry.path.extension() != ".safetensors")) continue;
            entry.claimed = true;
            files.push_back(entry.path);
        }
        if (!files.empty()) folders_.emplace(listing.path(), std::move(files));
    }

    std::vector<std::unique_ptr<Source>> take() override {
        std::vector<std::unique_ptr<Source>> sources;
        for (auto& [folder, files] : folders_)
            sources.push_back(std::make_unique<CheckpointSource>(folder, std::move(files)));
        return sources;
    }

private:
    std::map<fs::path, std::vector<fs::path>> folders_; ///< with the files by which each was found
};

} // namespace

std::unique_ptr<SourceFinder> checkpoint_finder() {
    return std::make_unique<CheckpointFinder>();
}

} // namespace isoloss
