#include <algorithm>

#include "attention.h"
#include "attention/online.h"
#include "attention/panel.h"

namespace sm {

namespace {

// Panels that meet a tile of keys while it is in the cache.
constexpr size_t kPanels = 4;

// A panel as it goes along the keys: its queries and its outputs so far, [dim, 8] and [value_dim,
// 8].
struct Walk {
  Panel panel;
  float *q, *o;
  Online rows[2];
};

// Four rows of a tile of scores become weights in the unit of the rows so far.
void weigh(float* s, size_t keys, Online& rows, float* factor) {
  f32x4 top = splat(-infinity), other = top;
  for (size_t r = 0; r < keys * kPanel; r += 2 * kPanel) {
    top = max(top, load(s + r));
    other = max(other, load(s + r + kPanel));
  }
  store(factor, rows.take(s, keys, kPanel, max(top, other)));
}

void step(float* s, const Head& head, Walk& walk, const Tile& tile, Span keys) {
  const size_t whole = (keys.end - keys.first + 3) & ~size_t{3};
  tile.keys(keys, [&](Span some, Rows k) {
    panel_scores(s + (some.first - keys.first) * kPanel, head, walk.q, k, some.end - some.first);
  });
  panel_mask(s, head, walk.panel, keys);
  float factor[kPanel];
  for (size_t half = 0; half < 2; ++half)
    weigh(s + half * 4, whole, walk.rows[half], factor + half * 4);
  tile.values(keys.first, head.shape.value_dim, [&](size_t x, Rows v, size_t cols) {
    panel_columns(walk.o + x * kPanel, head, walk.panel, keys, v, cols, s, factor);
  });
}

void finish(const Head& head, const Walk& walk, float* o, float* lse) {
  const AttentionShape& shape = head.shape;
  const float sink = head.mask.sinks == nullptr ? -infinity : head.mask.sinks[head.h];
  float sums[kPanel], scale[kPanel];
  for (size_t half = 0; half < 2; ++half)
    walk.rows[half].finish(sums + half * 4, scale + half * 4, sink, false);
  const size_t i = walk.panel.i;
  rows_of(o + head.row(shape.o, i), shape.o.row, walk.panel.n, walk.o, shape.value_dim, scale,
          false);
  for (size_t l = 0; lse != nullptr && l < walk.panel.n; ++l)
    lse[head.row(shape.lse, i + l)] = sums[l];
}

// Up to kPanels panels of queries from i on.
void block(const Head& head, size_t i, float* o, float* lse, float* tmp) {
  const AttentionShape& shape = head.shape;
  const size_t n = std::min(head.sight.queries - i, kPanels * kPanel);
  const auto walk_at = [&](size_t p) {
    const size_t from = i + p * kPanel, left = from < i + n ? i + n - from : 0;
    float* const q = tmp + p * kPanel * (shape.dim + shape.value_dim);
    return Walk{Panel(head, from, left < kPanel ? left : kPanel), q, q + shape.dim * kPanel, {}};
  };
  Walk walks[kPanels] = {walk_at(0), walk_at(1), walk_at(2), walk_at(3)};
  float *const s = tmp + kPanels * kPanel * (shape.dim + shape.value_dim), *const room =
                                                                               s + kKeys * kPanel;
  for (Walk& walk : walks) {
    if (walk.panel.n == 0) continue;
    panel_of(walk.q, head.q + head.row(shape.q, walk.panel.i), shape.q.row, walk.panel.n,
             shape.dim);
    for (size_t x = 0; x < shape.value_dim * kPanel; x += 4) store(walk.o + x, splat(0));
  }
  const Panel all(head, i, n);
  for (size_t j = all.any.first - all.any.first % kKeys; j < all.any.end; j += kKeys) {
    const Tile tile = tile_of(head, all.in_tile(j), room);
    for (Walk& walk : walks) {
      const Span part = walk.panel.in_tile(j);
      if (walk.panel.n > 0 && part.first < part.end) step(s, head, walk, tile, part);
    }
  }
  for (const Walk& walk : walks) {
    if (walk.panel.n > 0) finish(head, walk, o, lse);
  }
}

}  // namespace

void attention(float* o, float* lse, const float* q, const float* k, const float* v, float* tmp,
               const AttentionShape* shape, const AttentionMask* mask) {
  for (size_t b = 0; b < shape->batch; ++b) {
    for (size_t h = 0; h < shape->heads; ++h) {
      const Head head(*shape, *mask, b, h, q, k, v);
      for (size_t i = 0; i < head.sight.queries; i += kPanels * kPanel) block(head, i, o, lse, tmp);
    }
  }
}

}  // namespace sm
