#include "attention.h"
#include "attention/panel.h"
#include "maps.h"

namespace sm {

namespace {

void clear_rows(float* x, const Strides& at, size_t b, size_t h, size_t from, size_t rows,
                size_t dim) {
  for (size_t r = from; r < from + rows; ++r) {
    float* const row = x + at.at(b, h, r);
    each(dim, [=](auto part, size_t d) { part.store(row + d, splat(0)); });
  }
}

// y = y + a x
void add_scaled(float* y, const float* x, float a, size_t n) {
  const f32x4 times = splat(a);
  each(n, [=](auto at, size_t i) { at.store(y + i, madd(at.load(x + i), times, at.load(y + i))); });
}

// The gradient of a row of scores, from that of its weights.
void row_vjp(float* ds, const float* w, const float* dw, size_t keys, float alpha) {
  if (alpha != 1 && alpha != 1.5f && alpha != 2)
    return entmax_vjp(ds, w, dw, nullptr, &alpha, 1, keys, 1, 0);
  const auto vjp = alpha == 1 ? softmax_vjp : alpha == 2 ? sparsemax_vjp : entmax15_vjp;
  vjp(ds, w, dw, nullptr, 1, keys, 1, 0);
}

// The slope of c tanh(s / c) is 1 - tanh², times that of the scores with scale.
void slope(float* ds, const Head& head, const Panel& panel, const float* q, float* s) {
  const AttentionMask& mask = head.mask;
  const f32x4 scale = splat(mask.scale);
  each(head.sight.keys, [=](auto at, size_t j) { at.store(ds + j, at.load(ds + j) * scale); });
  if (mask.softcap == 0) return;
  for (size_t j = 0; j < head.sight.keys; j += kKeys) {
    const Span keys = panel.in_tile(j);
    if (keys.first >= keys.end) continue;
    panel_scores(s, head, q, head.keys(keys.first), keys.end - keys.first);
    for (size_t key = keys.first; key < keys.end; ++key) {
      // A pair without a gradient may have no score either.
      if (ds[key] == 0) continue;
      const float t = s[(key - keys.first) * kPanel] / mask.softcap;
      ds[key] *= 1 - t * t;
    }
  }
}

}  // namespace

// A pair of weight 0 has no gradient: its key is not read, so that what is hidden reaches nobody.
void attention_weights_vjp(float* dq, float* dk, const float* w, const float* dw, const float* q,
                           const float* k, float* tmp, const AttentionShape* shape,
                           const AttentionMask* mask, float alpha) {
  const size_t dim = shape->dim;
  float *const panel_q = tmp, *const s = tmp + kPanel * dim, *const ds = s + kKeys * kPanel;
  for (size_t b = 0; b < shape->batch; ++b) {
    const Sight first(*shape, *mask, b, 0);
    const size_t all = shape->key_starts == nullptr
                           ? shape->keys
                           : static_cast<size_t>(shape->key_starts[b + 1] - shape->key_starts[b]);
    for (size_t kv = 0; kv < shape->kv_heads; ++kv)
      clear_rows(dk, shape->k, b, kv, first.key_start, all, dim);
    for (size_t h = 0; h < shape->heads; ++h) {
      const Head head(*shape, *mask, b, h, q, k, k);
      clear_rows(dq, shape->q, b, h, head.sight.query_start, head.sight.queries, dim);
      for (size_t i = 0; i < head.sight.queries; ++i) {
        const Panel panel(head, i, 1);
        const float* const query = q + head.row(shape->q, i);
        const size_t row = ((b * shape->heads + h) * shape->queries + i) * shape->keys;
        row_vjp(ds, w + row, dw + row, shape->keys, alpha);
        if (mask->softcap > 0) panel_of(panel_q, query, shape->q.row, 1, dim);
        slope(ds, head, panel, panel_q, s);
        for (size_t j = 0; j < head.sight.keys; ++j) {
          if (ds[j] == 0) continue;
          add_scaled(dq + head.row(shape->q, i), head.keys(j).at, ds[j], dim);
          add_scaled(dk + head.key_row(shape->k, j), query, ds[j], dim);
        }
      }
    }
  }
}

}  // namespace sm
