#include "attention/online.h"

namespace sm {

static const Temperature& no_temperature() {
  static const Temperature one = temperature_of(nullptr, 0, 0);  // as in PlainExp
  return one;
}

// In two steps, as in core/exps.h: what is left of a score takes its place.
f32x4 exps(float* s, size_t rows, size_t stride, f32x4 peak) {
  const Reference at(no_temperature(), peak);
  const Reduce reduced(no_temperature().exp);
  const f32x4 shift = at.shift, rounder = at.rounder, lowest = at.lowest;
  float power[cache_tile * 4];
  float* const end = power + rows * 4;
  for (float *p = s, *t = power; t != end; p += stride, t += 4) {
    const Reduced v = reduced(load(p) - shift, rounder, lowest);
    store(p, v.r);
    store(t, v.power);
  }
  const Series series;
  f32x4 sum = splat(0);
  for (const float* t = power; t != end; s += 4 * stride, t += 16) {
    const auto next = [=](size_t r) {
      const f32x4 e = series({load(s + r * stride), load(t + r * 4)});
      store(s + r * stride, e);
      return e;
    };
    const f32x4 a = next(0), ab = a + next(1), c = next(2);
    sum = sum + (ab + (c + next(3)));
  }
  return sum;
}

f32x4 exp_of_peak(f32x4 peak) {
  float same[16];
  for (size_t i = 0; i < 16; i += 4) store(same + i, peak);
  exps(same, 4, 4, peak);
  return load(same);
}

f32x4 Online::take(float* s, size_t rows, size_t stride, f32x4 top) {
  const f32x4 factor = raise(top);
  sum_.total = sum_.total * factor;
  sum_.lost = sum_.lost * factor;
  sum_.add(exps(s, rows, stride, reference()));
  return factor;
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
  float peaks[4], totals[4], lost[4], of_peak[4];
  store(peaks, peak_);
  store(totals, sum_.total);
  store(lost, sum_.lost);
  store(of_peak, exp_of_peak(reference()));
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
