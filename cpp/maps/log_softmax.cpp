#include "core/even.h"
#include "core/running.h"
#include "maps.h"

namespace sm {

// What is taken from a score to get its log-probability, in two floats: log-sum-exp at t = 1, else
// log(total) alone. The low part is formed so that a total of barely more than 1 stays in it.
struct Level {
  float high, low;
  Level(double rest, const Temperature& t, float top) {
    const double log_total = log1p(rest), base = t.t == 1 ? top : 0;
    high = static_cast<float>(base + log_total);
    low = static_cast<float>((base - high) + log_total);
  }
};

// z - high - low, rounded once: what z - high rounds away (Knuth 1969) is put back with low.
static f32x4 below(f32x4 z, f32x4 high, f32x4 low, f32x4 never) {
  const f32x4 near = z - high, part = near - z;
  const f32x4 lost = (z - (near - part)) - (high + part);
  return select_eq(near, never, never, near + (lost - low));
}

static void log_softmax_rows(const RowMap& map, size_t, float* y, const float* x, size_t n,
                             const Temperature& t, const float* top) {
  const size_t cols = map.axis.cols;
  double rest[kBlock];
  rest_of_rows(rest, x, cols, n, t, top);
  const f32x4 warm = splat(t.t), never = held(-infinity);
  for (size_t k = 0; k < n; ++k, y += cols, x += padded(cols)) {
    const Level level(rest[k], t, top[k]);
    const f32x4 tops = splat(top[k]), high = splat(level.high), low = splat(level.low);
    if (t.t == 1) {
      sm::map(
          y, cols, [=](f32x4 v) { return below(v, high, low, never); }, x);
    } else {
      sm::map(
          y, cols, [=](f32x4 v) { return below((v - tops) / warm, high, low, never); }, x);
    }
  }
}

static void log_softmax_columns(const RowMap& map, size_t, float* y, const float* x, size_t stride,
                                size_t n, const Temperature& t, const float* top) {
  double rest[kBlock];
  float high[kBlock], low[kBlock];
  rest_of_columns(rest, x, map.axis.cols, stride, n, t, top);
  for (size_t j = 0; j < n; ++j) {
    const Level level(rest[j], t, top[j]);
    high[j] = level.high;
    low[j] = level.low;
  }
  const f32x4 warm = splat(t.t), never = held(-infinity);
  const bool plain = t.t == 1;
  for (size_t i = 0; i < map.axis.cols * stride; i += stride) {
    each(n, [&](auto at, size_t j) {
      const f32x4 v = at.load(x + i + j), z = plain ? v : (v - at.load(top + j)) / warm;
      at.store(y + i + j, below(z, at.load(high + j), at.load(low + j), never));
    });
  }
}

void log_softmax(float* y, const float* x, const uint8_t* mask, const float* t, size_t outer,
                 size_t cols, size_t inner, int rules) {
  map_rows({.y = y,
            .x = x,
            .mask = mask,
            .t = t,
            .axis = {outer, cols, inner},
            .rules = rules,
            .rows = log_softmax_rows,
            .columns = log_softmax_columns,
            .edge = even_edge<true>});
}

// The Jacobian is (I - 1 exp(y)ᵀ) / t, so dx = (dy - exp(y) sum dy) / t. Where y is -inf, dy does
// not count.
void log_softmax_vjp(float* dx, const float* y, const float* dy, const float* t, size_t outer,
                     size_t cols, size_t inner, int rules) {
  const f32x4 never = held(-infinity);
  vjp_rows(
      dx, y, dy, t, {outer, cols, inner}, rules,
      [=](f32x4 y, f32x4 dy) { return select_eq(y, never, splat(0), dy); },
      [=](f32x4 y, f32x4 dy, f32x4 sum, f32x4 per_t) {
        return select_eq(y, never, splat(0), (dy - exp(y) * sum) * per_t);
      });
}

}  // namespace sm
