#include "attention/online.h"

namespace sm {

const Temperature& no_temperature() {
  static const Temperature one(1);
  return one;
}

// 2^n for whole n <= 0, 0 where that is under 2⁻¹²⁶.
static f32x4 power_of_two(f32x4 n) {
  return shift_to_exponent(splat(0x1.8p23f + 127) + max(n, splat(-127)));
}

f32x4 Online::raise(f32x4 top) {
  const Reference before(no_temperature(), reference());
  const f32x4 old = peak_;
  peak_ = max(peak_, top);
  const Reference now(no_temperature(), reference());
  const f32x4 factor = power_of_two(before.unit - now.unit);
  const f32x4 moved = now.shift - before.shift;
  if (all_zero(moved)) return select_eq(old, splat(-infinity), splat(0), factor);
  float factors[4], by[4], units[4];
  store(factors, factor);
  store(by, moved);
  store(units, now.unit - before.unit);
  for (int l = 0; l < 4; ++l) {
    if (by[l] != 0) factors[l] = static_cast<float>(exp(-(by[l] + double{units[l]} * kLn2)));
  }
  return select_eq(old, splat(-infinity), splat(0), load(factors));
}

void Online::finish(float* lse, float* scale, float sink, bool one_row) const {
  const f32x4 own =
      with_exp(no_temperature(), reference(), [this](auto exp) { return exp(reference()); });
  float peaks[4], totals[4], lost[4], of_peak[4];
  store(peaks, peak_);
  store(totals, sum_.total);
  store(lost, sum_.lost);
  store(of_peak, own);
  for (int l = 0; l < (one_row ? 1 : 4); ++l) {
    const double total = one_row ? sum_.value() : static_cast<double>(totals[l]) - lost[l];
    // As a multiple of the peak's own exp: that of one key is then exactly its score.
    const double sum = peaks[l] + log(total / of_peak[l]);
    const bool none = peaks[l] == -infinity && total == 0;  // and not only NaN
    lse[l] = none ? -infinity : static_cast<float>(sum);
    scale[l] = none ? 0 : static_cast<float>(1 / (total * (1 + exp(sink - sum))));
  }
}

}  // namespace sm
