// The softmax of rows whose scores come in pieces, four rows in four lanes.
#pragma once

#include "core/temperature.h"

namespace sm {

// What has been seen: the peak, and the sum of exp in units near exp(peak). A unit is a power of
// two as long as scores are within ±1024, so that moving to a larger one rounds nothing.
class Online {
 public:
  // Takes up scores of which top are the largest. Returns the factor by which sums made so far
  // shrink.
  f32x4 raise(f32x4 top);
  void add(f32x4 exps) { sum_.add(exps); }
  void shrink(f32x4 factor) {
    sum_.total = sum_.total * factor;
    sum_.lost = sum_.lost * factor;
  }

  // The peaks, as with_exp takes them: 0 where nothing has been seen.
  f32x4 reference() const { return select_eq(peak_, splat(-infinity), splat(0), peak_); }

  // For each row its log-sum-exp, and what its exps are multiplied by to be weights when a sink
  // takes its share; -infinity is no sink. All four lanes may be one row seen four keys at a time.
  void finish(float* lse, float* scale, float sink, bool one_row) const;

 private:
  f32x4 peak_ = splat(-infinity);
  Sum sum_;
};

// exp without a temperature.
const Temperature& no_temperature();

}  // namespace sm
