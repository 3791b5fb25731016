#include "core/even.h"
#include "core/running.h"
#include "maps.h"

namespace sm {

// (x - top)/t - log(total), in that order: at the largest score the first term is 0 and the result as exact as the log.
static void log_softmax_row(const RowMap& map, size_t, float* y, const float* x, const Temperature& t, float top) {
  const size_t cols = map.axis.cols;
  const f32x4 tops = splat(top), warm = splat(t.t);
  const f32x4 log_total = splat(static_cast<float>(log1p(rest_of_row(x, cols, t, top))));
  if (t.t == 1) {
    sm::map(y, cols, [=](f32x4 v) { return (v - tops) - log_total; }, x);
  } else {
    sm::map(y, cols, [=](f32x4 v) { return (v - tops) / warm - log_total; }, x);
  }
}

static void log_softmax_columns(const RowMap& map, size_t, float* y, const float* x, size_t stride, size_t n,
                                const Temperature& t, const float* top) {
  double rest[kColumns];
  float log_total[kColumns];
  rest_of_columns(rest, x, map.axis.cols, stride, n, t, top);
  for (size_t j = 0; j < n; ++j) log_total[j] = static_cast<float>(log1p(rest[j]));
  const f32x4 warm = splat(t.t);
  for (size_t i = 0; i < map.axis.cols * stride; i += stride) {
    each(n, [&](auto at, size_t j) {
      at.store(y + i + j, (at.load(x + i + j) - at.load(top + j)) / warm - at.load(log_total + j));
    });
  }
}

static void log_softmax_lanes(const RowMap& map, size_t, float* tile, const Temperature& t, const float* top) {
  double rest[4];
  float log_totals[4];
  rest_of_lanes(rest, tile, map.axis.cols, t, top);
  for (size_t j = 0; j < 4; ++j) log_totals[j] = static_cast<float>(log1p(rest[j]));
  const f32x4 tops = load(top), warm = splat(t.t), log_total = load(log_totals);
  for (size_t i = 0; i < map.axis.cols * kTile; i += kTile) {
    store(tile + i, (load(tile + i) - tops) / warm - log_total);
  }
}

void log_softmax(float* y, const float* x, const uint8_t* mask, const float* t, size_t outer, size_t cols,
                 size_t inner, int rules) {
  map_rows({.y = y,
            .x = x,
            .mask = mask,
            .t = t,
            .axis = {outer, cols, inner},
            .rules = rules,
            .row = log_softmax_row,
            .columns = log_softmax_columns,
            .lanes = log_softmax_lanes,
            .edge = even_edge<true>});
}

// The Jacobian is (I - 1 exp(y)ᵀ) / t, so dx = (dy - exp(y) sum dy) / t. Where y is -inf, dy does not count.
void log_softmax_vjp(float* dx, const float* y, const float* dy, const float* t, size_t outer, size_t cols,
                     size_t inner, int rules) {
  const f32x4 never = splat(-infinity);
  const Exp e;
  const f32x4 rounder = Exp::rounder(splat(0)), lowest = e.lowest(splat(0));
  vjp_rows(
      dx, y, dy, t, {outer, cols, inner}, rules,
      [=](f32x4 y, f32x4 dy) { return select_eq(y, never, splat(0), dy); },
      [=](f32x4 y, f32x4 dy, f32x4 sum, f32x4 per_t) {
        return select_eq(y, never, splat(0), (dy - e(y, rounder, lowest) * sum) * per_t);
      });
}

}  // namespace sm
