// How the scores of a row are brought to where exp is exact: at any temperature, and however large
// they are.
#pragma once

#include "shapes.h"
#include "simd/elementary.h"
#include "simd/row.h"

namespace sm {

constexpr bool finite(float x) { return x - x == 0; }

// A temperature and its exp. Outside [1/4, 4] scores are first multiplied by a power of two, which
// is exact.
struct Temperature {
  float t, scale;
  bool positive;  // neither 0 nor infinite: then there is an exp to speak of
  Exp exp;

  constexpr explicit Temperature(float asked)
      : t(asked > 0 && asked < 0x1p-126f ? 0x1p-126f : asked),
        scale(scale_of(t)),
        positive(t > 0 && finite(t)),
        exp(positive ? static_cast<double>(t) * scale : 1) {}

 private:
  static constexpr float scale_of(float t) {
    if (!(t > 0 && finite(t)) || (t >= 0.25f && t <= 4)) return 1;
    const int n = static_cast<int>(__builtin_bit_cast(uint32_t, t) >> 23) - 127;
    return static_cast<float>(power_of_two(n > 126 ? -126 : n < -126 ? 126 : -n));
  }
};

// What is asked of row r; t is null when it is 1 for all.
inline float temperature_at(const float* t, int rules, size_t r) {
  return t == nullptr ? 1 : t[rules & Rule::row_temperature ? r : 0];
}

// The temperature of row r.
Temperature temperature_of(const float* t, int rules, size_t r);

// peak / t, which is 0 for a peak of 0 and at an infinite temperature, and not NaN.
double peak_over(float peak, float t);

// Four rows with a score near the peak of each, finite, lane by lane; or one in all lanes. A row is
// brought to where exp is exact:
//
//   z = (x - shift) scale,   exp(x / t) = exp(z / t) in units of 2^unit, about exp(top / t)
//
// Small scores are not shifted, since x - shift would round; what is large enough to need the shift
// is also so large that x - shift is exact wherever exp((x - shift) / t) is not 0 (Sterbenz 1974).
struct Reference {
  f32x4 shift, unit, rounder, lowest;

  Reference(const Temperature& t, f32x4 top);
};

// Whether exps in the unit of a score have room for those of a peak, and for their sum.
inline bool near(float peak, float score, const Temperature& t) {
  return static_cast<double>(peak) - score <= 64.0 * t.t;
}

// log of the unit of a row, as Reference has it.
inline double log_unit(float unit, float shift, const Temperature& t) {
  return unit * kLn2 + peak_over(shift, t.t);
}

// Calls body with the exp of these rows, a function of four scores. The one for rows with nothing
// to shift or scale is leaner.
template <class Body>
inline auto with_exp(const Temperature& t, f32x4 peak, Body body) {
  const Reference rows(t, peak);
  const Reduce reduced(t.exp);
  const Series series;
  const f32x4 shift = rows.shift, rounder = rows.rounder, lowest = rows.lowest;
  if (t.t == 1 && all_zero(shift)) {
    return body([=](f32x4 x) { return series(reduced(x, rounder, lowest)); });
  }
  const f32x4 scale = splat(t.scale), inverse = splat(t.exp.inverse);
  return body([=](f32x4 x) {
    const Reduced v = reduced((x - shift) * scale, rounder, lowest);
    return series({v.r * inverse, v.power});
  });
}

}  // namespace sm
