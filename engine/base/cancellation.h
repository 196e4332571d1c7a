#pragma once

#include <atomic>
#include <memory>

namespace isoloss {

/// The listening end of a cancellation: cheap to copy, checked between blocks of work. Any thread.
class CancellationToken {
public:
    CancellationToken() = default; ///< never cancelled

    bool cancelled() const { return flag_ && flag_->load(std::memory_order_relaxed); }

private:
    friend class CancellationSource;

    explicit CancellationToken(std::shared_ptr<const std::atomic<bool>> flag) : flag_(std::move(flag)) {}

    std::shared_ptr<const std::atomic<bool>> flag_;
};

/// The side that asks for the stop. Any thread.
class CancellationSource {
public:
    CancellationToken token() const { return CancellationToken(flag_); }

    void cancel() { flag_->store(true, std::memory_order_relaxed); }

private:
    std::shared_ptr<std::atomic<bool>> flag_ = std::make_shared<std::atomic<bool>>(false);
};

} // namespace isoloss
