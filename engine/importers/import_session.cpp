#include "engine/importers/import_session.h"

#include "engine/base/file.h"
#include "engine/importers/ruled_subjects.h"
#include "engine/importers/source_remarks.h"
#include "engine/store/reader.h"

#include <algorithm>
#include <exception>
#include <map>
#include <mutex>
#include <thread>

namespace isoloss {

namespace {

constexpr std::int64_t most_points_of_transaction = std::int64_t{1} << 21;
constexpr std::size_t most_bytes_of_transaction = std::size_t{16} << 20; // the log holds all of it
constexpr std::int64_t most_values_of_transaction = 100'000;
// How long a transaction stays open for readers that are held up; others who write wait as long.
constexpr std::chrono::milliseconds patience{50};
constexpr unsigned most_readers = 8;

} // namespace

// What the reading threads tell of their progress; reported by the thread that imports.
struct ImportSession::Progress {
    std::atomic<std::uint64_t> done = 0;
    std::mutex mutex;
    std::string subject;
};

class ImportSession::Context final : public SourceRemarks {
public:
    Context(ImportSession& session, std::size_t number)
        : session_(session), number_(number), rules_(session.options_.mapping) {}

    /// `reader`: of the thread that reads.
    Expected<void> read(Reader& reader) {
        reader_ = &reader;
        try {
            return session_.sources_[number_]->read(*this);
        } catch (const std::exception& exception) {
            skip(session_.sources_[number_]->files().front(), {},
                 std::string("could not be read: ") + exception.what());
        }
        return {};
    }

    Expected<std::optional<SourceRecord>> known(std::string_view name) override { return reader_->source(name); }

    Expected<void> take(RunPart part) override {
        rules_.apply(part);
        if (session_.queue_.give(number_, std::move(part))) return {};
        return fail(ErrorKind::cancelled, "the import has ended");
    }

    EventColumns spare_columns() override { return session_.queue_.spare(); }

    bool stopped() const override { return session_.options_.cancellation.cancelled(); }

    CancellationToken cancellation() const override { return session_.options_.cancellation; }

    const ImportOptions& options() const override { return session_.options_; }

    void set_subject(const std::filesystem::path& path) override {
        const std::lock_guard lock(session_.progress_->mutex);
        session_.progress_->subject = path_text(path.filename());
    }

    void advance(std::uint64_t bytes) override { session_.progress_->done += bytes; }

    std::optional<Error> failure; ///< of the project

private:
    ImportSession& session_;
    const std::size_t number_;
    RuledSubjects rules_;
    Reader* reader_ = nullptr;
};

ImportSession::ImportSession(Project& project, const ImportOptions& options,
                             std::vector<std::unique_ptr<Source>> sources)
    : project_(project), options_(options), sources_(std::move(sources)), queue_(sources_.size()), writer_(options_),
      progress_(std::make_unique<Progress>()) {
    for (std::size_t i = 0; i < sources_.size(); ++i)
        contexts_.push_back(std::make_unique<Context>(*this, i));
}

ImportSession::~ImportSession() = default;

Expected<void> ImportSession::begin() {
    if (project_.read_only())
        return fail({ErrorKind::busy,
                     path_text(project_.path()),
                     {},
                     "the project is open for reading only: " + project_.read_only_reason(),
                     "Close the other instance or import into another project"});
    import_ = options_.into;
    if (import_ || options_.only_if_new) return {};
    return project_.writer().submit([this](WriteSession& store) { return enter(store); }, Durability::bulk).get();
}

Expected<void> ImportSession::enter(WriteSession& store) {
    ISOLOSS_TRY(import_, store.begin_import(named_));
    return {};
}

Expected<void> ImportSession::run(const std::vector<std::filesystem::path>& paths) {
    for (const auto& path : paths)
        named_.push_back(path_text(path));
    ISOLOSS_TRY_VOID(begin());
    std::vector<std::thread> readers;
    const std::size_t wanted = std::clamp(std::thread::hardware_concurrency(), 1u, most_readers);
    for (std::size_t i = 0; i < std::min(wanted, sources_.size()); ++i)
        readers.emplace_back([this] { read_sources(); });
    auto stored = store_parts();
    if (!stored) queue_.abort();
    for (std::thread& reader : readers)
        reader.join();
    for (const auto& context : contexts_)
        if (stored && context->failure) stored = fail(*context->failure);
    ISOLOSS_TRY_VOID(std::move(stored));
    collect();
    return {};
}

void ImportSession::read_sources() {
    auto reader = project_.reader();
    for (;;) {
        const std::size_t number = next_source_++;
        if (number >= sources_.size()) return;
        if (!options_.cancellation.cancelled()) {
            Context& context = *contexts_[number];
            auto read = reader ? context.read(**reader) : fail(reader.error());
            if (!read && read.error().kind != ErrorKind::cancelled) context.failure = std::move(read.error());
        }
        queue_.finish(number);
    }
}

Expected<void> ImportSession::store_parts() {
    std::uint64_t total = 0;
    for (const auto& source : sources_)
        total += source->bytes();
    ProgressReporter reporter(options_.progress, "bytes", total);
    const auto tell = [&] {
        {
            const std::lock_guard lock(progress_->mutex);
            reporter.set_subject(progress_->subject);
        }
        reporter.advance_to(progress_->done);
    };
    while (queue_.wait()) {
        tell();
        ISOLOSS_TRY_VOID(store_some());
        tell();
    }
    reporter.flush();
    return {};
}

// One transaction. The last parts of a source may still be on their way when its patience ends: it commits what it has.
Expected<void> ImportSession::store_some() {
    const auto take_parts = [this](WriteSession& store) -> Expected<void> {
        if (import_)
            store.continue_import(*import_);
        else
            ISOLOSS_TRY_VOID(enter(store));
        const std::int64_t enough_points = writer_.added().points + most_points_of_transaction;
        const std::int64_t enough_values = writer_.added().values + writer_.added().items + most_values_of_transaction;
        while (store.pending_bytes() < most_bytes_of_transaction && writer_.added().points < enough_points &&
               writer_.added().values + writer_.added().items < enough_values) {
            auto part = queue_.take(patience);
            if (!part) break;
            ISOLOSS_TRY_VOID(writer_.write(store, *part));
            queue_.give_back(std::move(part->points));
        }
        return {};
    };
    return project_.writer().submit(take_parts, Durability::bulk).get();
}

void ImportSession::collect() {
    static_cast<ImportContent&>(report) = writer_.added();
    report.import = import_;
    report.news = writer_.news();
    std::map<std::string, int> shared_notes;
    for (const auto& context : contexts_) {
        report.files += context->files;
        std::move(context->skipped.begin(), context->skipped.end(), std::back_inserter(report.skipped));
        std::move(context->notes.begin(), context->notes.end(), std::back_inserter(report.notes));
        for (const auto& [text, files] : context->shared_notes)
            shared_notes[text] += files;
        not_recognised.insert(not_recognised.end(), context->unknown.begin(), context->unknown.end());
    }
    report.skipped.insert(report.skipped.end(), writer_.refused().begin(), writer_.refused().end());
    for (const std::string& text : writer_.notes())
        report.notes.push_back(text);
    for (const auto& [text, files] : shared_notes)
        report.notes.push_back(shared_note(text, files));
}

} // namespace isoloss
