#include "core/axis.h"
#include "core/even.h"
#include "core/running.h"
#include "maps.h"

namespace sm {

// (x - top)/t - log(total), in that order: at the largest score the first term is 0 and the result as exact as the log.
static f32x4 log_probability(f32x4 x, f32x4 top, f32x4 t, f32x4 log_total) { return (x - top) / t - log_total; }

static void log_softmax_row(size_t, float* y, const float* x, size_t cols, const Temperature& t, float top) {
  const f32x4 tops = splat(top), log_total = splat(static_cast<float>(log1p(rest_of_row(x, cols, t, top))));
  if (t.t == 1) {
    map(y, cols, [=](f32x4 v) { return (v - tops) - log_total; }, x);
  } else {
    const f32x4 warm = splat(t.t);
    map(y, cols, [=](f32x4 v) { return log_probability(v, tops, warm, log_total); }, x);
  }
}

static void log_softmax_columns(size_t, float* y, const float* x, size_t cols, size_t stride, size_t n, const Temperature& t,
                                const float* top) {
  float log_total[kColumns];
  rest_of_columns(x, cols, stride, n, t, top,
                  [&](size_t j, double rest) { log_total[j] = static_cast<float>(log1p(rest)); });
  const f32x4 warm = splat(t.t);
  for (size_t c = 0; c < cols; ++c) {
    map(y + c * stride, n, [=](f32x4 v, f32x4 m, f32x4 l) { return log_probability(v, m, warm, l); }, x + c * stride,
        top, log_total);
  }
}

void log_softmax(float* y, const float* x, const uint8_t* mask, const float* t, size_t outer, size_t cols,
                 size_t inner, int rules) {
  map_rows(y, x, mask, t, {outer, cols, inner}, rules, log_softmax_row, log_softmax_columns,
           even_rows(rules, true));
}

// The Jacobian is (I - 1 exp(y)ᵀ) / t, so dx = (dy - exp(y) sum dy) / t. Where y is -inf, dy does not count.
void log_softmax_vjp(float* dx, const float* y, const float* dy, const float* t, size_t outer, size_t cols,
                     size_t inner, int rules) {
  const f32x4 never = splat(-infinity);
  vjp_rows(
      dx, y, dy, t, {outer, cols, inner}, rules,
      [=](f32x4 y, f32x4 dy) { return select_eq(y, never, splat(0), dy); },
      [=](f32x4 y, f32x4 dy, f32x4 sum, f32x4 per_t) {
        return select_eq(y, never, splat(0), (dy - exp(y) * sum) * per_t);
      });
}

}  // namespace sm
