// Eight queries of a head side by side, and their scores with a tile of keys.
#pragma once

#include "attention/mask.h"
#include "core/tile.h"

namespace sm {

// Keys that are taken together: with two panels' room they and their values stay in L1. Tiles begin
// at multiples of this, so that a row's bits do not depend on the rows beside it.
constexpr size_t kKeys = 64;

// A head of a call: where its rows begin.
struct Head {
  const AttentionShape& shape;
  const AttentionMask& mask;
  size_t b, h;
  Sight sight;
  const float *q, *k, *v;

  Head(const AttentionShape& shape, const AttentionMask& mask, size_t b, size_t h, const float* q,
       const float* k, const float* v);

  // Where query i's row begins in an array that lies as these strides say.
  size_t row(const Strides& at, size_t i) const { return at.at(b, h, sight.query_start + i); }
};

struct Panel {
  size_t i, n;    // its queries
  Span any, all;  // the keys that any, and all of them may see

  Panel(const Head& head, size_t i, size_t n)
      : i(i), n(n), any(head.sight.any(i, n)), all(head.sight.all(i, n)) {}

  // What of a tile from key j on it takes part in; multiples of four at the front.
  Span in_tile(size_t j) const {
    const size_t from = any.first & ~size_t{3}, end = j + kKeys;
    return {from > j ? from : j, any.end < end ? any.end : end};
  }
};

// s = cap tanh(s / cap), in place; n is a multiple of sixteen.
void cap_scores(float* s, size_t n, float cap);

// Whether all of a row is finite.
bool finite_row(const float* x, size_t n);

// The scores of a panel with some keys, s [keys rounded up to four, 8]: scaled and capped.
void panel_scores(float* s, const Head& head, const float* q, Span keys);

// The same with what the mask adds; -inf where a key is hidden, and in rows beyond the keys.
void panel_mask(float* s, const Head& head, const Panel& panel, Span keys);

// columns_by_panel with rows of the tile: c = c factor + sum_j x[j] w[j] for values or keys x from
// keys.first on, and w [keys, 8] weights, 0 where a key is hidden. A hidden row that is not finite
// does not count, though 0 times it would not be 0.
void panel_columns(float* c, const Head& head, const Panel& panel, Span keys, const float* x,
                   size_t stride, size_t cols, const float* w, const float* factor);

}  // namespace sm
