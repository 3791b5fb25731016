#include "attention.h"
#include "attention/online.h"
#include "attention/panel.h"

namespace sm {

namespace {

// Rows that share a reading of keys and values: queries of all heads that use the same.
constexpr size_t kRows = 16;

// A query as it goes along the keys.
struct Walk {
  size_t h, i;
  const float* q;
  float* o;  // [value_dim], so far
  Online row;
};

// s[j] = scale <q, k_j>, a row of k after the other as they lie in memory: four at once would be
// faster in the cache and much slower out of it.
[[gnu::noinline]] void dots(float* s, const float* q, const float* k, size_t stride, size_t keys,
                            size_t dim, float scale) {
  const auto dot = [=](const float* row) {
    f32x4 a = splat(0), b = a, c = a, d = a;
    size_t i = 0;
    for (; dim - i >= 16; i += 16) {
      a = madd(load(q + i), load(row + i), a);
      b = madd(load(q + i + 4), load(row + i + 4), b);
      c = madd(load(q + i + 8), load(row + i + 8), c);
      d = madd(load(q + i + 12), load(row + i + 12), d);
    }
    for (; dim - i >= 4; i += 4) a = madd(load(q + i), load(row + i), a);
    if (i < dim) b = madd(part(dim - i).load(q + i), part(dim - i).load(row + i), b);
    return (a + c) + (b + d);
  };
  for (size_t j = 0; j < keys; j += 4, k += 4 * stride) {
    const auto row = [=](size_t r) { return j + r < keys ? dot(k + r * stride) : splat(0); };
    f32x4 a = row(0), b = row(1), c = row(2), d = row(3);
    transpose(a, b, c, d);
    store(s + j, ((a + c) + (b + d)) * splat(scale));
  }
}

// o += sum_j p_j v_j, in order.
[[gnu::noinline]] void add_rows(float* o, const float* v, size_t stride, size_t keys, size_t cols,
                                const float* p) {
  size_t j = 0;
  for (; keys - j >= 2; j += 2, v += 2 * stride) {
    const f32x4 one = load_splat(p + j), two = load_splat(p + j + 1);
    each(cols, [=](auto at, size_t x) {
      const f32x4 first = madd(one, at.load(v + x), at.load(o + x));
      at.store(o + x, madd(two, at.load(v + stride + x), first));
    });
  }
  if (j < keys) {
    const f32x4 one = load_splat(p + j);
    each(cols,
         [=](auto at, size_t x) { at.store(o + x, madd(one, at.load(v + x), at.load(o + x))); });
  }
}

void mask_row(float* s, const Sight& sight, size_t i, Span keys) {
  const Span inside = sight.span(i);
  for (size_t j = keys.first; j < keys.end; j += 4) {
    if (sight.plain && inside.first <= j && j + 4 <= inside.end) continue;
    float* const p = s + (j - keys.first);
    // Lanes past the last key are outside the span, and become -inf.
    store(p, seen(load(p), sight.added(part(sight.keys - j), i, j)));
  }
}

// Scores, of which there are a multiple of four, become weights. Returns the factor by which older
// sums shrink.
float weigh(float* s, size_t keys, Online& row) {
  const f32x4 factor = row.raise(splat(peak(s, keys)));
  row.shrink(factor);
  with_exp(no_temperature(), row.reference(), [&](auto exp) {
    f32x4 total = splat(0);
    for (size_t j = 0; j < keys; j += 4) {
      const f32x4 e = exp(load(s + j));
      store(s + j, e);
      total = total + e;
    }
    row.add(total);
  });
  return lane<0>(factor);
}

void step(const Head& head, Walk& walk, size_t tile, float* s, float* sum) {
  const auto& [shape, mask, b, h, sight, q, k, v] = head;
  const Panel self(head, walk.i, 1);
  const Span keys = self.in_tile(tile);
  if (keys.first >= keys.end) return;
  const size_t n = keys.end - keys.first, cols = shape.value_dim;
  dots(s, walk.q, k + keys.first * shape.k.row, shape.k.row, n, shape.dim, mask.scale);
  if (mask.softcap > 0) cap_scores(s, (n + 3) & ~size_t{3}, mask.softcap);
  mask_row(s, sight, walk.i, keys);
  const f32x4 factor = splat(weigh(s, (n + 3) & ~size_t{3}, walk.row));
  each(cols, [=](auto at, size_t x) { at.store(sum + x, splat(0)); });
  // Values of hidden keys are not read: 0 times NaN would not be 0.
  for (size_t j = keys.first > self.any.first ? keys.first : self.any.first, end = j; j < keys.end;
       j = end) {
    for (end = j + 1;
         end < keys.end && (sight.plain || sight.sees(walk.i, end) == sight.sees(walk.i, j));)
      ++end;
    if (sight.plain || sight.sees(walk.i, j))
      add_rows(sum, v + j * shape.v.row, shape.v.row, end - j, cols, s + (j - keys.first));
  }
  float* const o = walk.o;
  map(
      o, cols, [=](f32x4 old, f32x4 more) { return madd(old, factor, more); }, o, sum);
}

}  // namespace

void decode_attention(float* o, float* lse, const float* q, const float* k, const float* v,
                      float* tmp, const AttentionShape* shape, const AttentionMask* mask) {
  const size_t group = shape->heads / shape->kv_heads, cols = shape->value_dim;
  float *const s = tmp, *const sum = s + kKeys, *const outputs = sum + cols;
  for (size_t b = 0; b < shape->batch; ++b) {
    for (size_t kv = 0; kv < shape->kv_heads; ++kv) {
      const size_t queries = Sight(*shape, *mask, b, 0).queries;
      for (size_t from = 0; from < group * queries; from += kRows) {
        const size_t left = group * queries - from, n = left < kRows ? left : kRows;
        Walk walks[kRows];
        size_t keys = 0;
        for (size_t r = 0; r < n; ++r) {
          Walk& walk = walks[r];
          walk.h = kv * group + (from + r) / queries;
          walk.i = (from + r) % queries;
          const Head head(*shape, *mask, b, walk.h, q, k, v);
          walk.q = q + head.row(shape->q, walk.i);
          walk.o = outputs + r * cols;
          each(cols, [&](auto at, size_t x) { at.store(walk.o + x, splat(0)); });
          const size_t end = head.sight.span(walk.i).end;
          keys = end > keys ? end : keys;
        }
        for (size_t j = 0; j < keys; j += kKeys) {
          for (size_t r = 0; r < n; ++r)
            step(Head(*shape, *mask, b, walks[r].h, q, k, v), walks[r], j, s, sum);
        }
        for (size_t r = 0; r < n; ++r) {
          const Walk& walk = walks[r];
          const Head head(*shape, *mask, b, walk.h, q, k, v);
          float own, scale;
          walk.row.finish(&own, &scale, mask->sinks == nullptr ? -infinity : mask->sinks[walk.h],
                          true);
          if (lse != nullptr) lse[head.row(shape->lse, walk.i)] = own;
          map(
              o + head.row(shape->o, walk.i), cols, [=](f32x4 x) { return x * splat(scale); },
              walk.o);
        }
      }
    }
  }
}

}  // namespace sm
