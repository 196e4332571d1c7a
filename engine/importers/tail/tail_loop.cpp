#include "engine/importers/tail/tail_loop.h"

#include "engine/base/file.h"
#include "engine/base/log.h"
#include "engine/store/project.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <system_error>

namespace isoloss {

namespace fs = std::filesystem;

namespace {

constexpr std::chrono::seconds longest_wait{600};
constexpr std::chrono::seconds place_retry{10};
constexpr std::chrono::seconds until_gone{2}; ///< a file that is written anew is away for a moment
constexpr std::chrono::seconds folder_quiet{1};
constexpr int most_folder_tries = 3; ///< for a file of which nothing comes
constexpr std::size_t most_kept_remarks = 1000;

bool is_there(const fs::path& path) {
    std::error_code ignored;
    return fs::exists(path, ignored);
}

// Where importing finds it: what lies behind a link to a folder goes by its own name.
fs::path real_path(const fs::path& path) {
    std::error_code missing;
    const fs::path folder = fs::canonical(path.parent_path(), missing);
    return missing ? path : folder / path.filename();
}

// A database tells of its changes through the files beside it.
fs::path chief_file(const fs::path& path) {
    for (const std::string_view suffix : {"-wal", "-shm", "-journal"}) {
        const std::string text = path.string();
        if (!text.ends_with(suffix)) continue;
        fs::path database = text.substr(0, text.size() - suffix.size());
        if (is_there(database)) return database;
    }
    return path;
}

bool brought_something(const ImportReport& report) {
    return report.brought_something() ||
           std::ranges::any_of(report.news, [](const RunNews& news) { return news.said != RunStatus::unknown; });
}

template <typename T>
void append_some(std::vector<T>& to, const std::vector<T>& more) {
    const std::size_t room = most_kept_remarks - std::min(most_kept_remarks, to.size());
    to.insert(to.end(), more.begin(), more.begin() + static_cast<std::ptrdiff_t>(std::min(room, more.size())));
}

} // namespace

WatchedFolder* TailLoop::shown(const fs::path& place) {
    const auto found = std::ranges::find(status_.folders, place, &WatchedFolder::path);
    return found == status_.folders.end() ? nullptr : &*found;
}

void TailLoop::tell_status() {
    for (WatchedFolder& folder : status_.folders)
        folder.polled_because = watch_.polled_because(folder.path);
    if (options_.on_status) options_.on_status(status_);
}

void TailLoop::set_problem(const fs::path& place, std::optional<Error> problem) {
    WatchedFolder* folder = shown(place);
    if (!folder) return;
    if (problem && (!folder->problem || folder->problem->text() != problem->text())) log::warn("{}", problem->text());
    folder->problem = std::move(problem);
}

void TailLoop::add(const fs::path& named, LiveTail::Keep keep) {
    std::error_code error;
    const fs::path canonical = fs::canonical(named, error);
    const fs::path place = error ? named : canonical;
    const bool kept = keep == LiveTail::Keep::in_project;
    if (kept) {
        const auto enter = [&](WriteSession& store) { return store.add_watched_folder(path_text(place)); };
        if (const auto done = project_.writer().submit(enter, Durability::full).get(); !done)
            log::error("{}", done.error().text());
    }
    if (WatchedFolder* known = shown(place)) {
        known->kept = known->kept || kept;
        if (Place& state = places_.at(place); state.is_undone) {
            state = {};
            known->problem.reset();
        }
    } else {
        status_.folders.push_back({place, kept, {}, {}});
        places_.emplace(place, Place{});
    }
    tell_status();
}

void TailLoop::remove(const fs::path& place) {
    const auto leave = [&](WriteSession& store) { return store.remove_watched_folder(path_text(place)); };
    if (const auto done = project_.writer().submit(leave, Durability::full).get(); !done)
        log::error("{}", done.error().text());
    watch_.remove(place);
    files_.forget(place);
    folders_.forget(place);
    places_.erase(place);
    std::erase_if(status_.folders, [&](const WatchedFolder& folder) { return folder.path == place; });
    tell_status();
}

std::chrono::milliseconds TailLoop::patience() const {
    const Time now = clock_.now();
    Time until = now + longest_wait;
    for (const auto* schedule : {&files_, &folders_})
        if (const auto next = schedule->next()) until = std::min(until, *next);
    for (const auto& [place, state] : places_)
        if (!state.is_current && !state.is_undone) until = std::min(until, state.retry);
    for (const auto& [path, when] : gone_)
        until = std::min(until, when);
    auto left = std::chrono::ceil<std::chrono::milliseconds>(until - now);
    if (const auto next = runs_.next()) {
        const double seconds = std::clamp(*next - clock_.utc(), 0.0, 600.0);
        left = std::min(left, std::chrono::milliseconds(static_cast<std::int64_t>(1000 * seconds) + 1));
    }
    return std::max(left, std::chrono::milliseconds(0));
}

void TailLoop::turn(const std::vector<FolderEvent>& events, const CancellationToken& cancellation) {
    for (const FolderEvent& event : events) {
        const bool wanted = std::ranges::any_of(
            places_, [&](const auto& place) { return place.second.is_current && lies_in(event.path, place.first); });
        if (wanted) take(event);
    }
    bring_up_to_date(cancellation);
    read_due(files_, true, cancellation);
    read_due(folders_, false, cancellation);
    look_for_the_gone();
    store_verdicts();
}

void TailLoop::take(const FolderEvent& event) {
    switch (event.kind) {
    case FolderEvent::Kind::changed:
        gone_.erase(event.path);
        files_.changed(chief_file(real_path(event.path)), clock_.now());
        break;
    case FolderEvent::Kind::gone:
        files_.forget(real_path(event.path));
        folders_.forget(real_path(event.path));
        gone_.emplace(event.path, clock_.now() + until_gone);
        break;
    case FolderEvent::Kind::lost:
        if (const auto place = places_.find(event.path); place != places_.end()) place->second.is_current = false;
        break;
    }
}

// Watches before it imports, so that nothing falls between the two.
void TailLoop::bring_up_to_date(const CancellationToken& cancellation) {
    for (auto& [place, state] : places_) {
        if (state.is_current || state.is_undone || state.retry > clock_.now() || cancellation.cancelled()) continue;
        state.retry = clock_.now() + place_retry;
        status_.importing = place;
        watch_.remove(place); // after lost events there may be folders that it does not know
        auto watched = watch_.add(place);
        tell_status();
        Expected<void> done = watched;
        if (watched) {
            const auto report = import({place}, true, cancellation);
            done = report ? Expected<void>() : fail(report.error());
        }
        if (cancellation.cancelled()) {
            state.retry = clock_.now();
        } else if (done) {
            state.is_current = true;
            if (const auto begun = runs_.begin(place, clock_.utc()); !begun) log::error("{}", begun.error().text());
        }
        set_problem(place, done || cancellation.cancelled() ? std::nullopt : std::optional(done.error()));
        status_.importing.clear();
        if (!done && done.error().kind == ErrorKind::cancelled && !cancellation.cancelled()) return leave_undone();
        tell_status();
    }
}

void TailLoop::read_due(TailSchedule& schedule, bool with_subfolders, const CancellationToken& cancellation) {
    std::vector<fs::path> paths;
    for (const fs::path& path : schedule.take_due(clock_.now())) {
        if (is_there(path))
            paths.push_back(path);
        else
            schedule.forget(path);
    }
    if (paths.empty()) return;
    const Time begin = clock_.now();
    const auto report = import(paths, with_subfolders, cancellation);
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.now() - begin);
    if (cancellation.cancelled()) {
        for (const fs::path& path : paths)
            schedule.changed(path, clock_.now());
    } else if (report) {
        runs_.wrote(*report, clock_.utc());
        settle(schedule, paths, *report, took);
    } else {
        settle_failure(schedule, paths, report.error());
    }
}

void TailLoop::settle(TailSchedule& schedule, const std::vector<fs::path>& paths, const ImportReport& report,
                      std::chrono::milliseconds took) {
    using Outcome = TailSchedule::Outcome;
    const Time now = clock_.now();
    for (const fs::path& path : paths) {
        const bool is_fruitless = std::ranges::find(report.fruitless, path) != report.fruitless.end();
        const bool is_skipped =
            std::ranges::find(report.skipped, path_text(path), &SkippedSource::path) != report.skipped.end();
        if (!is_fruitless && !is_skipped) {
            schedule.settle(path, Outcome::taken, now, took);
            told_.erase(path_text(path));
            if (missed_.erase(path) > 0)
                if (const auto begun = runs_.begin(path, clock_.utc()); !begun) log::error("{}", begun.error().text());
            continue;
        }
        const int tries = schedule.settle(path, is_fruitless ? Outcome::nothing : Outcome::failed, now, took);
        // It may be a part of something that is only found as a folder: a checkpoint that is being saved.
        std::error_code ignored;
        if (is_fruitless && &schedule == &files_ && tries <= most_folder_tries && !fs::is_directory(path, ignored))
            folders_.changed(path.parent_path(), now, folder_quiet);
    }
}

// The person has taken back what the tail has read: it must not read it again by itself, now or when the project is
// opened the next time.
void TailLoop::leave_undone() {
    import_.reset();
    total_ = {};
    const auto leave = [&](WriteSession& store) -> Expected<void> {
        for (const auto& [place, state] : places_)
            ISOLOSS_TRY_VOID(store.remove_watched_folder(path_text(place)));
        return {};
    };
    if (const auto done = project_.writer().submit(leave, Durability::full).get(); !done)
        log::error("{}", done.error().text());
    for (auto& [place, state] : places_) {
        watch_.remove(place);
        files_.forget(place);
        folders_.forget(place);
        state = {false, true, {}};
        shown(place)->kept = false;
        set_problem(place, Error{ErrorKind::cancelled,
                                 path_text(place),
                                 {},
                                 "its import was undone",
                                 "Watch it again to import it anew"});
    }
    tell_status();
}

void TailLoop::settle_failure(TailSchedule& schedule, const std::vector<fs::path>& paths, const Error& error) {
    if (error.kind == ErrorKind::cancelled) return leave_undone();
    // A path went away since it was looked at; the others are not to blame.
    if (error.kind == ErrorKind::not_found) {
        for (const fs::path& path : paths)
            if (is_there(path)) schedule.changed(path, clock_.now());
        return;
    }
    for (const fs::path& path : paths)
        schedule.settle(path, TailSchedule::Outcome::failed, clock_.now());
    for (const auto& [place, state] : places_)
        set_problem(place, error);
    tell_status();
}

void TailLoop::look_for_the_gone() {
    const Time now = clock_.now();
    for (auto at = gone_.begin(); at != gone_.end();) {
        if (at->second > now) {
            ++at;
            continue;
        }
        const fs::path path = at->first;
        at = gone_.erase(at);
        if (is_there(path)) {
            files_.changed(path, now);
            continue;
        }
        missed_.insert(path);
        if (const auto told = runs_.vanished(path); !told) log::error("{}", told.error().text());
        if (const auto place = places_.find(path); place != places_.end()) {
            watch_.remove(path);
            place->second = {false, false, now + place_retry};
            set_problem(path, Error{ErrorKind::not_found,
                                    path_text(path),
                                    {},
                                    "is no longer there",
                                    "It is watched again when it comes back"});
            tell_status();
        }
    }
}

void TailLoop::store_verdicts() {
    if (const auto stored = runs_.store_verdicts(clock_.utc()); !stored) log::error("{}", stored.error().text());
}

Expected<ImportReport> TailLoop::import(const std::vector<fs::path>& paths, bool with_subfolders,
                                        const CancellationToken& cancellation) {
    ImportOptions options;
    options.cancellation = cancellation;
    options.into = import_;
    options.only_if_new = true;
    options.with_subfolders = with_subfolders;
    for (const auto& [place, state] : places_)
        options.roots.push_back(place);
    auto report = import_paths(project_, paths, options);
    if (report) account(*report);
    return report;
}

// Tells what the report brought and adds it to the whole.
void TailLoop::account(ImportReport& report) {
    if (report.import) import_ = report.import;
    ImportReport news = report;
    std::erase_if(news.skipped, [&](const SkippedSource& skipped) {
        if (skipped.path.empty()) return true; // "the import was stopped"
        if (std::ranges::find(report.fruitless, fs::path(skipped.path)) != report.fruitless.end()) return true;
        std::string& before = told_[skipped.path];
        if (before == skipped.place + skipped.reason) return true;
        before = skipped.place + skipped.reason;
        return false;
    });
    const bool brought = brought_something(news);
    if (brought) {
        status_.last_change = clock_.utc();
        for (const auto& [place, state] : places_)
            if (state.is_current) set_problem(place, std::nullopt);
    }
    if (!brought && news.skipped.empty()) return;
    total_ += news;
    total_.files += news.files;
    append_some(total_.skipped, news.skipped);
    append_some(total_.notes, news.notes);
    if (options_.on_news) options_.on_news(news);
    tell_status();
}

void TailLoop::finish() {
    if (!import_) return;
    const auto enter = [&](WriteSession& store) { return store.finish_import(*import_, total_.json()); };
    if (const auto done = project_.writer().submit(enter, Durability::bulk).get(); !done)
        log::error("{}", done.error().text());
}

} // namespace isoloss
