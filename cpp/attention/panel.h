// Eight queries of a head side by side, and their scores with a tile of keys.
#pragma once

#include "attention/mask.h"
#include "core/tile.h"

namespace sm {

// Keys that are taken together: with two panels' room they and their values stay in L1. Tiles begin
// at multiples of this, so that a row's bits do not depend on the rows beside it.
constexpr size_t kKeys = cache_tile;

// Rows of an array, from one of them on: stride from row to row, step from number to number.
struct Rows {
  const float* at;
  size_t stride, step = 1;
  Rows from(size_t r) const { return {at + r * stride, stride, step}; }
};

// A head of a call: where its rows are.
struct Head {
  const AttentionShape& shape;
  const AttentionMask& mask;
  size_t b, h, kv;
  Sight sight;
  const float *q, *k, *v;  // as the call has them

  Head(const AttentionShape& shape, const AttentionMask& mask, size_t b, size_t h, const float* q,
       const float* k, const float* v)
      : shape(shape),
        mask(mask),
        b(b),
        h(h),
        kv(h * shape.kv_heads / shape.heads),
        sight(shape, mask, b, h),
        q(q),
        k(k),
        v(v) {}

  // Where the rows of keys and values begin that this head uses, from key j on.
  size_t key_row(const Strides& at, size_t j) const { return at.at(b, kv, sight.key_start + j); }
  Rows keys(size_t j) const { return {k + key_row(shape.k, j), shape.k.row}; }
  Rows values(size_t j) const { return {v + key_row(shape.v, j), shape.v.row}; }

  // Where query i's row begins in an array that lies as these strides say.
  size_t row(const Strides& at, size_t i) const { return at.at(b, h, sight.query_start + i); }
};

struct Panel {
  size_t i, n;    // its queries
  Span any, all;  // the keys that any, and all of them may see

  Panel(const Head& head, size_t i, size_t n)
      : i(i), n(n), any(head.sight.any(i, n)), all(head.sight.all(i, n)) {}

  // Whether all of its queries see all these keys, and nothing is added to their scores.
  bool sees_all(const Sight& sight, Span keys) const {
    return sight.plain && all.first <= keys.first && keys.end <= all.end;
  }
  // What of a tile from key j on it takes part in; multiples of four at the front.
  Span in_tile(size_t j) const {
    const size_t from = any.first & ~size_t{3}, end = j + kKeys;
    return {from > j ? from : j, any.end < end ? any.end : end};
  }
};

// Calls f(x, n) for columns by strips, n from x on.
template <class F>
void each_strip(size_t cols, F f) {
  for (size_t x = 0; x < cols; x += kStrip) f(x, cols - x < kStrip ? cols - x : kStrip);
}

// Up to kKeys keys and their values as floats, from the first of them on: rows, or as a cache has
// them, keys turned around by kStrip and values in strips of kStrip columns.
struct Tile {
  size_t first;
  bool laid;
  size_t dim;
  Rows k, v;
  const uint16_t *half_k = nullptr, *half_v = nullptr;  // where they are kept instead of k and v

  // Calls f(some, rows) for parts of these keys that have rows.
  template <class F>
  void keys(Span all, F f) const {
    if (!laid) return f(all, k.from(all.first - first));
    for (size_t half = first; half < first + kKeys; half += kStrip) {
      const Span some = {all.first > half ? all.first : half,
                         all.end < half + kStrip ? all.end : half + kStrip};
      if (some.first < some.end)
        f(some, Rows{k.at + (half - first) * dim + (some.first - half), 1, kStrip});
    }
  }
  // Calls f(x, rows, n) for parts of the columns, n from x on, of the values from key j on.
  template <class F>
  void values(size_t j, size_t cols, F f) const {
    if (!laid) return f(0, v.from(j - first), cols);
    each_strip(cols, [=, this](size_t x, size_t n) {
      f(x, Rows{v.at + x * kKeys + (j - first) * n, n}, n);
    });
  }
};

// The keys of a tile with their values: where they lie, or when they are halves as floats in room
// [kKeys (dim + value_dim)]; as halves where they may stay so.
Tile tile_of(const Head& head, Span keys, float* room, bool as_halves = false);

// s = cap tanh(s / cap), in place; n is a multiple of sixteen.
void cap_scores(float* s, size_t n, float cap);

// Whether all of a row is finite.
bool finite_row(const float* x, size_t n);

// The scores of a panel with n keys, s [n rounded up to four, 8]: scaled and capped.
void panel_scores(float* s, const Head& head, const float* q, Rows k, size_t n);

// The same with what the mask adds; -inf where a key is hidden, and in rows beyond the keys.
void panel_mask(float* s, const Head& head, const Panel& panel, Span keys);

// columns_by_panel with rows of the tile: c = c factor + sum_j x[j] w[j] for values or keys x from
// keys.first on, and w [keys, 8] weights, 0 where a key is hidden. A hidden row that is not finite
// does not count, though 0 times it would not be 0.
void panel_columns(float* c, const Head& head, const Panel& panel, Span keys, Rows x, size_t cols,
                   const float* w, const float* factor);

}  // namespace sm
