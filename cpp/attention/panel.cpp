#include "attention/panel.h"

#include "core/plain_exp.h"
#include "simd/special.h"

namespace sm {

Head::Head(const AttentionShape& shape, const AttentionMask& mask, size_t b, size_t h,
           const float* q, const float* k, const float* v)
    : shape(shape), mask(mask), b(b), h(h), sight(shape, mask, b, h), q(q) {
  const size_t kv = h * shape.kv_heads / shape.heads;
  this->k = k + shape.k.at(b, kv, sight.key_start);
  this->v = v + shape.v.at(b, kv, sight.key_start);
}

void cap_scores(float* s, size_t n, float cap) {
  const f32x4 c = held(cap), inverse = held(1 / cap);
  map_long(
      s, n, [=, exp = PlainExp(), tanh = Tanh()](f32x4 v) { return c * tanh(v * inverse, exp); },
      s);
}

void panel_scores(float* s, const Head& head, const float* q, Span keys) {
  const AttentionShape& shape = head.shape;
  rows_by_panel(s, head.k + keys.first * shape.k.row, shape.k.row, keys.end - keys.first, q,
                shape.dim, head.mask.scale);
  if (head.mask.softcap > 0)
    cap_scores(s, ((keys.end - keys.first + 3) & ~size_t{3}) * kPanel, head.mask.softcap);
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
  for (size_t j = keys.first; j < keys.end; j += 4) {
    if (sight.plain && panel.all.first <= j && j + 4 <= panel.all.end) continue;
    for (size_t half = 0; half < panel.n; half += 4)
      mask_square(s + (j - keys.first) * kPanel + half, sight, panel.i + half, panel.n - half, j);
  }
  for (size_t r = (keys.end - keys.first) * kPanel; r % (4 * kPanel) != 0; ++r) s[r] = -infinity;
}

bool finite_row(const float* x, size_t n) {
  for (size_t i = 0; i < n; ++i) {
    if (!(x[i] - x[i] == 0)) return false;
  }
  return true;
}

void panel_columns(float* c, const Head& head, const Panel& panel, Span keys, const float* x,
                   size_t stride, size_t cols, const float* w, const float* factor) {
  const size_t depth = keys.end - keys.first;
  float shown[kKeys * kPanel];
  bool careful = false;
  for (size_t j = keys.first; j < keys.end; ++j) {
    if (head.sight.plain && panel.all.first <= j && j < panel.all.end) continue;
    if (finite_row(x + j * stride, cols)) continue;
    if (!careful) {
      for (size_t l = 0; l < depth * kPanel; ++l) shown[l] = 1;
    }
    careful = true;
    for (size_t l = 0; l < panel.n; ++l)
      shown[(j - keys.first) * kPanel + l] = head.sight.sees(panel.i + l, j);
  }
  x += keys.first * stride;
  if (careful) {
    shown_columns_by_panel(c, x, stride, cols, w, shown, depth, factor);
  } else {
    columns_by_panel(c, x, stride, cols, w, depth, factor);
  }
}

}  // namespace sm
