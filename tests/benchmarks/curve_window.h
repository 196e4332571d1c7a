#pragma once

#include "tests/benchmarks/curve_load.h"
#include "ui/figures/curve_cache.h"
#include "ui/pages/curve_card.h"
#include "ui/ui_services.h"

#include <QCoreApplication>
#include <QElapsedTimer>
#include <QTemporaryDir>
#include <QThread>
#include <algorithm>

namespace isoloss::bench {

/// The chart of a metric as the Curves page has it, over a project file: points are queried on another thread and
/// drawn on yet others.
class CurveWindow {
public:
    explicit CurveWindow(QSize chart_size) : size_(chart_size) {
        UiOptions options;
        options.settingsFile = settings_.filePath(QStringLiteral("settings.ini"));
        services_ = std::make_unique<UiServices>(options);
    }

    /// Opens the project and shows all its curves; true once they are painted as they shall be.
    bool open(const std::filesystem::path& path) {
        require(services_->session().open(path));
        const auto reader = require(services_->session().project()->reader());
        const auto runs = require(reader->runs());
        auto scene = std::make_shared<CurveScene>();
        for (const RunRecord& run : runs)
            scene->runs.push_back(CurveRun::of(run));
        scene->series = std::make_shared<const SeriesIndex>(require(reader->series()));
        card_ = std::make_unique<CurveCard>(*services_, std::make_shared<CurveCache>(),
                                            CurveChart{load_metric, FigureChart::of(load_metric)});
        QObject::connect(card_.get(), &CurveCard::dataChanged, card_.get(), [this] { ++answers_; });
        card_->setScene(std::move(scene));
        card_->resize(size_);
        card_->show();
        card_->setActive(true);
        QCoreApplication::processEvents();
        card_->resize(size_ + size_ - chart().size()); // the card's head comes on top
        return wait_until_sharp(0, 60'000);
    }

    ChartView& chart() { return *card_->chart(); }

    int answers() const { return answers_; }

    /// Runs the event loop until an answer after the first `before` ones is painted, or none is to come because what
    /// was read before is enough; notes how long the loop was busy.
    bool wait_until_sharp(int before, int patience_ms = 5'000) {
        QElapsedTimer timer;
        timer.start();
        while ((answers_ <= before && (before == 0 || card_->isLoading())) || !chart().isSettled()) {
            if (timer.elapsed() > patience_ms) return false;
            turn();
            QThread::usleep(20);
        }
        return true;
    }

    /// Runs the event loop until what is at hand is painted at its place.
    bool wait_until_settled(int patience_ms = 5'000) {
        QElapsedTimer timer;
        timer.start();
        while (!chart().isSettled()) {
            if (timer.elapsed() > patience_ms) return false;
            turn();
            QThread::usleep(20);
        }
        return true;
    }

    /// One turn of the event loop.
    void turn() {
        QElapsedTimer timer;
        timer.start();
        QCoreApplication::processEvents();
        const double ms = static_cast<double>(timer.nsecsElapsed()) / 1e6;
        longest_turn_ = std::max(longest_turn_, ms);
    }

    /// Milliseconds for which the window could not react, at worst.
    double longest_turn() const { return longest_turn_; }

    void forget_turns() { longest_turn_ = 0; }

private:
    QSize size_;
    QTemporaryDir settings_;
    std::unique_ptr<UiServices> services_;
    std::unique_ptr<CurveCard> card_;
    int answers_ = 0;
    double longest_turn_ = 0;
};

} // namespace isoloss::bench
