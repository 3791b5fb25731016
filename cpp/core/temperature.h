// How the scores of a row are brought to where exp is exact: at any temperature, and however large
// they are.
#pragma once

#include "shapes.h"
#include "simd/elementary.h"
#include "simd/row.h"

namespace sm {

inline bool finite(float x) { return x - x == 0; }

// A temperature and its exp. Outside [1/4, 4] scores are first multiplied by a power of two, which
// is exact.
struct Temperature {
  float t, scale;
  bool positive;  // neither 0 nor infinite: then there is an exp to speak of
  Exp exp;

  explicit Temperature(float t);
};

// What is asked of row r; t is null when it is 1 for all.
inline float temperature_at(const float* t, int rules, size_t r) {
  return t == nullptr ? 1 : t[rules & Rule::row_temperature ? r : 0];
}

// The temperature of row r.
Temperature temperature_of(const float* t, int rules, size_t r);

// peak / t, which is 0 for a peak of 0 and at an infinite temperature, and not NaN.
double peak_over(float peak, float t);

}  // namespace sm
