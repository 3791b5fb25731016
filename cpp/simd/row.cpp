#include "simd/row.h"

namespace sm {

f32x4 Part::some(const float* p, size_t n) { return load_some(p, n); }

f32x4 Part::some(f32x4 v, size_t n) {
  float lanes[4];
  sm::store(lanes, v);
  return load_some(lanes, n);
}

void Part::put_some(float* p, f32x4 v, size_t n) { store_some(p, v, n); }

f32x4 Part::select_keep(const uint8_t* keep, f32x4 v, f32x4 other) const {
  uint8_t bytes[4] = {};
  for (size_t i = 0; i < n; ++i) bytes[i] = keep[i];
  return sm::select_keep(bytes, v, other);
}

f32x4 Part::larger(f32x4 top, const float* p) const {
  for (size_t i = 0; i < n; ++i) top = max(top, splat(p[i]));
  return top;
}

float peak(const float* x, size_t n) {
  f32x4 a = splat(-infinity), b = a, c = a, d = a;
  for (; n >= 16; n -= 16, x += 16) {
    a = max(a, load(x));
    b = max(b, load(x + 4));
    c = max(c, load(x + 8));
    d = max(d, load(x + 12));
  }
  for (; n >= 4; n -= 4, x += 4) a = max(a, load(x));
  float top = peak(max(max(a, c), max(b, d)));
  for (; n > 0; --n, ++x) top = *x > top ? *x : top;
  return top;
}

}  // namespace sm
