#include "attention/panel.h"

#include "attention/online.h"

namespace sm {

Head::Head(const AttentionShape& shape_, const AttentionMask& mask_, size_t b_, size_t h_,
           const float* q_, const float* k_, const float* v_)
    : shape(shape_), mask(mask_), b(b_), h(h_), sight(shape, mask, b, h), q(q_) {
  const size_t kv = h * shape.kv_heads / shape.heads;
  k = k_ + shape.k.at(b, kv, sight.key_start);
  v = v_ + shape.v.at(b, kv, sight.key_start);
}

// Within 3 ulp: a polynomial in x² where tanh is nearly x, minimax to 0.06 of 2⁻²⁴, and 1 - 2 /
// (exp(2 x) + 1) beyond.
void cap_scores(float* s, size_t n, float cap) {
  const f32x4 c = held(cap), inverse = held(1 / cap), one = held(1), two = held(2), far = held(80),
              near = held(0.55f), c2 = held(-0.33333332f), c4 = held(0.13333114f),
              c6 = held(-0.053909429f), c8 = held(0.021309389f), c10 = held(-0.0066102278f),
              none = splat(0);
  const auto size = [=](f32x4 x) { return max(x, none - x); };
  for (float* p = s; p != s + n; p += 16) {
    float e[16];
    for (size_t i = 0; i < 16; i += 4) store(e + i, min(size(load(p + i) * inverse) * two, far));
    exps(e, 4, 4, none);
    for (size_t i = 0; i < 16; i += 4) {
      const f32x4 x = load(p + i) * inverse, u = x * x, large = one - two / (load(e + i) + one);
      const f32x4 tail = madd(madd(madd(madd(c10, u, c8), u, c6), u, c4), u, c2);
      const f32x4 signed_large = select_lt(x, none, none - large, large);
      store(p + i, c * select_lt(size(x), near, madd(x * u, tail, x), signed_large));
    }
  }
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
