#pragma once

#include "engine/base/cancellation.h"
#include "engine/base/error.h"
#include "engine/base/ids.h"
#include "engine/series/series_view.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace isoloss {

class Reader;

enum class BandCentre { mean, median };

/// How wide a band is, of the n runs that have a value at an x:
/// - standard_deviation: mean ± s, s² = Σ(y − mean)² / (n − 1)
/// - standard_error: mean ± s / √n
/// - t_interval: mean ± t(0.975; n − 1) · s / √n, the 95 % interval of the mean of normal values
/// - min_max: from the least to the greatest
/// - percentiles: from percentile p to 100 − p, interpolated linearly between order statistics (Hyndman & Fan 1996,
///   type 7)
/// The first three lie about the mean whatever the centre line is, and are undefined for n = 1.
enum class BandSpread { none, standard_deviation, standard_error, t_interval, min_max, percentiles };

/// The band of the runs of one group. Each run is smoothed first. Where runs have no common x, every x of any of them
/// counts, and the others are interpolated linearly in x between their neighbouring points: never beyond their first
/// and last, nor over a value that is not finite or a restart. Of several values of a run at one x the last one that
/// was logged counts; with AttemptRule::split every attempt counts as a run.
struct BandRequest {
    std::vector<SeriesId> series; ///< one a run, each once
    std::uint64_t number = 0;     ///< answers of older numbers are stale
    CurveX x = CurveX::step;
    std::string x_series = {};                    ///< name of the series, with CurveX::series
    CurveScale scale = CurveScale::linear;        ///< of the x axis; a logarithmic one leaves out x ≤ 0
    double symlog_threshold = 1;                  ///< as in SeriesRequest
    std::optional<double> x_min = {}, x_max = {}; ///< none: everything
    int pixel_width = 1000;                       ///< columns on the screen
    Smoothing smoothing = {};
    AttemptRule attempts = AttemptRule::last_wins;
    BandCentre centre = BandCentre::mean;
    BandSpread spread = BandSpread::standard_deviation;
    double percentile = 25; ///< p of `percentiles`, 0 to 50
};

/// One unbroken stretch of a band, as buckets in the order of x: every x by itself, or all of one pixel column
/// together. It ends where no run has a value, or none goes on; within one pixel column such a gap does not show.
struct BandStretch {
    std::vector<double> x_first, x_last;
    std::vector<double> centre_min, centre_max, centre_first, centre_last;
    std::vector<double> low, high;              ///< the outermost within the bucket; NaN where they are undefined
    std::vector<std::uint32_t> n_least, n_most; ///< runs that have a value

    std::size_t size() const { return x_first.size(); }
};

/// What is drawn of one group: immutable, shared with the window. Everything is over the asked range; stretches have
/// one x more on each side of it where there is one.
struct BandView {
    std::uint64_t number = 0;
    std::vector<BandStretch> stretches;
    double x_min = 0, x_max = 0; ///< what the band covers
    double y_min = 0, y_max = 0; ///< over centre line and edges
    std::size_t runs = 0;        ///< that have a value
    std::int64_t nonfinite = 0;  ///< values left out because they are not finite
    std::size_t places = 0;      ///< x at which the band was evaluated
    /// The runs have so many x of their own that the band was evaluated, exactly, at one of them for each eighth of a
    /// pixel column. Its extremes may be missed.
    bool thinned = false;
    std::size_t damaged_chunks = 0; ///< that could not be read: their points are missing
    /// Runs left out because their x is not known, or goes to and fro so often that they have no value at an x.
    std::size_t runs_without_x = 0;
    XWords x; ///< of the first run that has one, else why it has none
};

/// Reads all points of the range. To draw again without reading keep a BandCache. The reader's thread; computes on
/// another one besides.
Expected<std::shared_ptr<const BandView>> group_band(Reader& reader, const BandRequest& request,
                                                     const CancellationToken& cancellation = {});

} // namespace isoloss
