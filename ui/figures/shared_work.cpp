#include "ui/figures/shared_work.h"

#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>

namespace isoloss {
namespace {

/// Outlives the caller where a helper comes late; then there is nothing left to take and `part` is not touched.
class SharedWork {
public:
    SharedWork(std::size_t parts, const std::function<void(std::size_t, Reader&)>& part) : parts_(parts), part_(part) {}

    /// Does parts until all are taken.
    void help(Reader& reader) {
        for (std::unique_lock lock(mutex_); next_ < parts_;) {
            const std::size_t index = next_++;
            lock.unlock();
            std::exception_ptr thrown;
            try {
                part_(index, reader);
            } catch (...) {
                thrown = std::current_exception();
            }
            lock.lock();
            if (thrown) {
                if (!thrown_) thrown_ = thrown;
                done_ += parts_ - next_; // nobody begins the rest
                next_ = parts_;
            }
            if (++done_ == parts_) all_done_.notify_all();
        }
    }

    void wait() {
        std::unique_lock lock(mutex_);
        all_done_.wait(lock, [this] { return done_ == parts_; });
        if (thrown_) std::rethrow_exception(thrown_);
    }

private:
    std::size_t parts_;
    const std::function<void(std::size_t, Reader&)>& part_;
    std::mutex mutex_;
    std::condition_variable all_done_;
    std::size_t next_ = 0, done_ = 0;
    std::exception_ptr thrown_;
};

} // namespace

void share_work(std::size_t parts, Reader& reader, const AskForHelp& ask,
                const std::function<void(std::size_t, Reader&)>& part) {
    const auto work = std::make_shared<SharedWork>(parts, part);
    if (ask && parts > 1) ask([work](Reader& own) { work->help(own); });
    work->help(reader);
    work->wait();
}

} // namespace isoloss
