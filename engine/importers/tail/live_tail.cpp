#include "engine/importers/tail/live_tail.h"

#include "engine/base/cancellation.h"
#include "engine/base/log.h"
#include "engine/importers/tail/tail_loop.h"
#include "engine/store/project.h"

#include <exception>
#include <mutex>
#include <thread>
#include <utility>

namespace isoloss {

std::chrono::steady_clock::time_point TailClock::now() const {
    return std::chrono::steady_clock::now();
}

double TailClock::utc() const {
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

struct LiveTail::Impl {
    struct Command {
        std::filesystem::path place;
        std::optional<Keep> keep; ///< none: remove
    };

    Impl(Project& opened, TailOptions given) : project(opened), options(std::move(given)) {
        if (!options.watch) options.watch = system_folder_watch();
        if (!options.clock) options.clock = std::make_shared<TailClock>();
        // What others ask for is kept here; the loop's callbacks go on to the owner's.
        loop_options.on_news = options.on_news;
        loop_options.on_status = [this](const TailStatus& now) {
            {
                const std::lock_guard lock(mutex);
                status = now;
            }
            if (options.on_status) options.on_status(now);
        };
    }

    void work() noexcept;
    void load(TailLoop& loop);
    void obey(TailLoop& loop);
    void command(Command wanted);

    Project& project;
    TailOptions options;
    TailOptions loop_options;

    mutable std::mutex mutex;
    std::vector<Command> commands;
    TailStatus status;
    bool stopping = false;
    CancellationSource reading; ///< of what is read now

    std::thread thread;
};

void LiveTail::Impl::load(TailLoop& loop) {
    if (options.kept_folders == TailOptions::KeptFolders::leave) return;
    const auto reader = project.reader();
    const auto kept = reader ? (*reader)->watched_folders() : fail(reader.error());
    if (!kept) return log::error("{}", kept.error().text());
    for (const std::string& folder : *kept)
        loop.add(folder, Keep::in_project);
}

void LiveTail::Impl::obey(TailLoop& loop) {
    std::vector<Command> wanted;
    {
        const std::lock_guard lock(mutex);
        wanted.swap(commands);
        if (!stopping) reading = CancellationSource();
    }
    for (const Command& command : wanted) {
        if (command.keep)
            loop.add(command.place, *command.keep);
        else
            loop.remove(command.place);
    }
}

void LiveTail::Impl::work() noexcept {
    constexpr std::chrono::seconds after_a_fault{1};
    const auto guarded = [](const auto& step) {
        try {
            step();
            return true;
        } catch (const std::exception& exception) {
            log::error("Following the watched folders failed: {}", exception.what());
        } catch (...) {
            log::error("Following the watched folders failed");
        }
        return false;
    };
    TailLoop loop(project, *options.watch, *options.clock, loop_options);
    guarded([&] { load(loop); });
    bool well = true;
    for (;;) {
        guarded([&] { obey(loop); });
        CancellationToken token;
        {
            const std::lock_guard lock(mutex);
            if (stopping) break;
            token = reading.token();
        }
        well = guarded([&] {
            const auto patience = std::max<std::chrono::milliseconds>(
                loop.patience(), well ? std::chrono::milliseconds(0) : after_a_fault);
            loop.turn(options.watch->wait(patience), token);
        });
    }
    guarded([&] { loop.finish(); });
}

void LiveTail::Impl::command(Command wanted) {
    {
        const std::lock_guard lock(mutex);
        // Nobody waits for the import of a folder that is no longer wanted.
        if (!wanted.keep) reading.cancel();
        commands.push_back(std::move(wanted));
    }
    options.watch->wake();
}

LiveTail::LiveTail(Project& project, TailOptions options) : impl_(std::make_unique<Impl>(project, std::move(options))) {
    impl_->thread = std::thread([impl = impl_.get()] { impl->work(); });
}

LiveTail::~LiveTail() {
    {
        const std::lock_guard lock(impl_->mutex);
        impl_->stopping = true;
        impl_->reading.cancel();
    }
    impl_->options.watch->wake();
    impl_->thread.join();
}

void LiveTail::watch(const std::filesystem::path& place, Keep keep) {
    impl_->command({place, keep});
}

void LiveTail::unwatch(const std::filesystem::path& place) {
    impl_->command({place, std::nullopt});
}

TailStatus LiveTail::status() const {
    const std::lock_guard lock(impl_->mutex);
    return impl_->status;
}

} // namespace isoloss
