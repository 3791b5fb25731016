#include "core/even.h"
#include "core/plain_exp.h"
#include "core/running.h"
#include "maps.h"

namespace sm {

static f32x4 line(f32x4 v, f32x4 from, f64x4 scale, f64x4 level) {
  return narrow((wide(v) - wide(from)) * scale - level);
}

// y = (x - peak) / t - log(1 + rest), in double and rounded once.
static void put(float* y, const float* x, size_t cols, const Temperature& t, float peak,
                double rest) {
  const double log_total = log1p(rest);
  // Added to the log, the peak rounds away less than 2⁻³³ of it here, and a third of the steps go.
  if (t.t == 1 && __builtin_fabs(peak) <= 0x1p20 * log_total) {
    const double level = peak + log_total;
    return sm::map(
        y, cols, [=](f32x4 v) { return narrow(wide(v) - splat_wide(level)); }, x);
  }
  const f64x4 level = splat_wide(log_total), scale = splat_wide(1 / static_cast<double>(t.t));
  const f32x4 top = splat(peak);
  each(cols, [=](auto at, size_t i) { at.store(y + i, line(at.load(x + i), top, scale, level)); });
}

static bool log_softmax_row(const RowMap& map, size_t, float* y, const float* x,
                            const Temperature& t) {
  const Running row = running_of_row(x, map.axis.cols, t);
  if (finite(row.peak)) put(y, x, map.axis.cols, t, row.peak, row.rest);
  return finite(row.peak);
}

static void log_softmax_rows(const RowMap& map, size_t, float* y, const float* x, size_t n,
                             const Temperature& t, const float* top) {
  const size_t cols = map.axis.cols;
  double rest[kTogether];
  rest_of_rows(rest, x, cols, n, t, top);
  for (size_t k = 0; k < n; ++k, y += cols, x += padded(cols)) put(y, x, cols, t, top[k], rest[k]);
}

static bool log_softmax_columns(const RowMap& map, size_t, float* y, const float* x, size_t stride,
                                size_t n, const Temperature& t, float* top) {
  double level[kTogether + 3] = {};  // the last vector reads all of its four
  if (!rest_of_columns(level, x, map.axis.cols, stride, n, t, top)) return false;
  for (size_t j = 0; j < n; ++j) level[j] = log1p(level[j]);
  const f64x4 scale = splat_wide(1 / static_cast<double>(t.t));
  for (size_t i = 0; i < map.axis.cols * stride; i += stride) {
    each(n, [&](auto at, size_t j) {
      at.store(y + i + j, line(at.load(x + i + j), at.load(top + j), scale, load(level + j)));
    });
  }
  return true;
}

void log_softmax(float* y, const float* x, const uint8_t* mask, const float* t, size_t outer,
                 size_t cols, size_t inner, int rules) {
  map_rows({.y = y,
            .x = x,
            .mask = mask,
            .t = t,
            .axis = {outer, cols, inner},
            .rules = rules,
            .row = log_softmax_row,
            .rows = log_softmax_rows,
            .columns = log_softmax_columns,
            .edge = even_edge<true>});
}

// The Jacobian is (I - 1 exp(y)ᵀ) / t, so dx = (dy - exp(y) sum dy) / t. Where y is -inf, dy does
// not count.
void log_softmax_vjp(float* dx, const float* y, const float* dy, const float* t, size_t outer,
                     size_t cols, size_t inner, int rules) {
  const f32x4 never = held(-infinity);
  const PlainExp exp;
  vjp_rows(
      dx, y, dy, t, {outer, cols, inner}, rules,
      [=](f32x4 y, f32x4 dy) { return select_eq(y, never, splat(0), dy); },
      [=](f32x4 y, f32x4 dy, f32x4 sum, f32x4 per_t) {
        return select_eq(y, never, splat(0), (dy - exp(y) * sum) * per_t);
      });
}

}  // namespace sm
