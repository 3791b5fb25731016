// The softmax of rows whose scores come in pieces, four rows in four lanes.
#pragma once

#include "core/temperature.h"

namespace sm {

// Scores become their exps, in the units Reference chooses for rows of these peaks; rows of them, a
// multiple of four up to cache_tile, step by stride. Returns their sums.
f32x4 exps(float* s, size_t rows, size_t stride, f32x4 peak);
// The exp of a peak in its own unit.
f32x4 exp_of_peak(f32x4 peak);

// What has been seen: the peak, and the sum of exp in units near exp(peak). A unit is a power of
// two as long as scores are within ±1024, so that moving to a larger one rounds nothing.
class Online {
 public:
  // Takes up rows of scores of which top are the largest, and makes exps of them. Returns the
  // factor by which sums made so far shrink.
  f32x4 take(float* s, size_t rows, size_t stride, f32x4 top);

  // For each row its log-sum-exp, and what its exps are multiplied by to be weights when a sink
  // takes its share; -infinity is no sink. All four lanes may be one row seen four keys at a time.
  void finish(float* lse, float* scale, float sink, bool one_row) const;

 private:
  f32x4 peak_ = held(-infinity);
  Sum sum_;

  // The peaks, 0 where nothing has been seen.
  f32x4 reference() const { return select_eq(peak_, splat(-infinity), splat(0), peak_); }
  f32x4 raise(f32x4 top);
};

}  // namespace sm
