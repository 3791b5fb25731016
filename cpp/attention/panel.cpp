#include "attention/panel.h"

#include "core/plain_exp.h"
#include "formats.h"
#include "simd/special.h"

namespace sm {

Tile tile_of(const Head& head, Span keys, float* room, bool as_halves) {
  const AttentionShape& shape = head.shape;
  if (shape.keeping == in_rows)
    return {keys.first, false, shape.dim, head.keys(keys.first), head.values(keys.first)};
  const size_t j = keys.first - keys.first % kKeys, k = head.key_row(shape.k, j),
               v = head.key_row(shape.v, j);
  const Tile tile = {j, true, shape.dim, {head.k + k, kStrip}, {head.v + v, kStrip}};
  if (shape.keeping == in_tiles) return tile;
  const uint16_t *const half_k = reinterpret_cast<const uint16_t*>(head.k) + k,
                        *const half_v = reinterpret_cast<const uint16_t*>(head.v) + v;
  if (as_halves) return {j, true, shape.dim, {}, {}, half_k, half_v};
  float* const values = room + kKeys * shape.dim;
  from_float16(room, half_k, kKeys * shape.dim);
  from_float16(values, half_v, kKeys * shape.value_dim);
  return {j, true, shape.dim, {room, kStrip}, {values, kStrip}};
}

void cap_scores(float* s, size_t n, float cap) {
  const f32x4 c = held(cap), inverse = held(1 / cap);
  map_long(
      s, n, [=, exp = PlainExp(), tanh = Tanh()](f32x4 v) { return c * tanh(v * inverse, exp); },
      s);
}

void panel_scores(float* s, const Head& head, const float* q, Rows k, size_t n) {
  rows_by_panel(s, k.at, k.stride, k.step, n, q, head.shape.dim, head.mask.scale);
  if (head.mask.softcap > 0) cap_scores(s, ((n + 3) & ~size_t{3}) * kPanel, head.mask.softcap);
}

// Four keys from j on, with four queries of the panel in lanes.
static void mask_square(float* s, const Sight& sight, size_t i, size_t n, size_t j) {
  const Part at = part(sight.keys - j);
  f32x4 v[4] = {splat(0), splat(0), splat(0), splat(0)};
  for (size_t l = 0; l < 4 && l < n; ++l) v[l] = sight.added(at, i + l, j);
  transpose(v[0], v[1], v[2], v[3]);
  for (size_t r = 0; r < at.n; ++r) store(s + r * kPanel, seen(load(s + r * kPanel), v[r]));
}

void panel_mask(float* s, const Head& head, const Panel& panel, Span keys) {
  const Sight& sight = head.sight;
  const bool whole = panel.sees_all(sight, keys);
  for (size_t j = keys.first; !whole && j < keys.end; j += 4) {
    if (panel.sees_all(sight, {j, j + 4})) continue;
    for (size_t half = 0; half < panel.n; half += 4)
      mask_square(s + (j - keys.first) * kPanel + half, sight, panel.i + half, panel.n - half, j);
  }
  for (size_t r = (keys.end - keys.first) * kPanel; r % (4 * kPanel) != 0; ++r) s[r] = -infinity;
}

bool finite_row(const float* x, size_t n) {
  f32x4 zero = splat(0);
  each(n, [&](auto at, size_t i) {
    const f32x4 v = at.load(x + i);
    zero = zero + (v - v);
  });
  return sum(zero) == 0;
}

void panel_columns(float* c, const Head& head, const Panel& panel, Span keys, Rows x, size_t cols,
                   const float* w, const float* factor) {
  const size_t depth = keys.end - keys.first;
  float shown[kKeys * kPanel];
  bool careful = false;
  const bool whole = panel.sees_all(head.sight, keys);
  for (size_t j = keys.first; !whole && j < keys.end; ++j) {
    if (panel.sees_all(head.sight, {j, j + 1})) continue;
    if (finite_row(x.from(j - keys.first).at, cols)) continue;
    if (!careful) {
      for (size_t l = 0; l < depth * kPanel; ++l) shown[l] = 1;
    }
    careful = true;
    for (size_t l = 0; l < panel.n; ++l)
      shown[(j - keys.first) * kPanel + l] = head.sight.sees(panel.i + l, j);
  }
  if (careful) {
    shown_columns_by_panel(c, x.at, x.stride, cols, w, shown, depth, factor);
  } else {
    columns_by_panel(c, x.at, x.stride, cols, w, depth, factor);
  }
}

}  // namespace sm
