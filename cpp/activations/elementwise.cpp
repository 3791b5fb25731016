#include "activations.h"
#include "core/plain_exp.h"
#include "simd/special.h"

namespace sm {

void tanh(float* y, const float* x, size_t n) {
  map_long(
      y, n, [exp = PlainExp(), t = Tanh()](f32x4 v) { return t(v, exp); }, x);
}

// 1 - y² as a product, since 1 - y is exact where y² is nearly 1.
void tanh_vjp(float* dx, const float* y, const float* dy, size_t n) {
  const f32x4 one = held(1);
  map_long(
      dx, n, [=](f32x4 t, f32x4 g) { return g * ((one - t) * (one + t)); }, y, dy);
}

void relu(float* y, const float* x, size_t n) {
  map(
      y, n, [](f32x4 v) { return max(v, splat(0)); }, x);
}

// on where x > 0, off elsewhere, NaN where x is.
static f32x4 where_positive(f32x4 x, f32x4 on, f32x4 off) {
  return select_lt(splat(0), x, on, select_eq(x, x, off, x));
}

void relu_vjp(float* dx, const float* x, const float* dy, size_t n) {
  map_long(
      dx, n, [](f32x4 v, f32x4 g) { return where_positive(v, g, splat(0)); }, x, dy);
}

void leaky_relu(float* y, const float* x, size_t n, float slope) {
  if (slope == 0) return relu(y, x, n);  // and not 0 times -inf
  map_long(
      y, n, [s = splat(slope)](f32x4 v) { return select_lt(v, splat(0), v * s, v); }, x);
}

void leaky_relu_vjp(float* dx, const float* x, const float* dy, size_t n, float slope) {
  if (slope == 0) return relu_vjp(dx, x, dy, n);
  map_long(
      dx, n, [s = splat(slope)](f32x4 v, f32x4 g) { return where_positive(v, g, g * s); }, x, dy);
}

}  // namespace sm
