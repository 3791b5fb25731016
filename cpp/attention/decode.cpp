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

// Rows of keys and values of up to so many numbers are read two at a time: 1.2 times as fast.
// Longer ones are read one after the other, as those two at a time come half as fast from memory.
constexpr size_t kBeside = 80;

// <q, k> in four sums.
[[gnu::noinline]] f32x4 dot(const float* q, const float* k, size_t dim) {
  f32x4 a = splat(0), b = a, c = a, d = a;
  size_t i = 0;
  for (; dim - i >= 16; i += 16) {
    a = madd(load(q + i), load(k + i), a);
    b = madd(load(q + i + 4), load(k + i + 4), b);
    c = madd(load(q + i + 8), load(k + i + 8), c);
    d = madd(load(q + i + 12), load(k + i + 12), d);
  }
  for (; i < dim; i += 4) a = madd(part(dim - i).load(q + i), part(dim - i).load(k + i), a);
  return (a + c) + (b + d);
}

// The same of two rows: a part of q is read once for both.
[[gnu::noinline]] void dots_of_two(f32x4* s, const float* q, const float* k, const float* l,
                                   size_t dim) {
  f32x4 a = splat(0), b = a, c = a, d = a, e = a, f = a, g = a, h = a;
  size_t i = 0;
  for (; dim - i >= 16; i += 16) {
    const f32x4 q0 = load(q + i), q1 = load(q + i + 4), q2 = load(q + i + 8), q3 = load(q + i + 12);
    a = madd(q0, load(k + i), a);
    e = madd(q0, load(l + i), e);
    b = madd(q1, load(k + i + 4), b);
    f = madd(q1, load(l + i + 4), f);
    c = madd(q2, load(k + i + 8), c);
    g = madd(q2, load(l + i + 8), g);
    d = madd(q3, load(k + i + 12), d);
    h = madd(q3, load(l + i + 12), h);
  }
  for (; i < dim; i += 4) {
    const Part at = part(dim - i);
    const f32x4 q0 = at.load(q + i);
    a = madd(q0, at.load(k + i), a);
    e = madd(q0, at.load(l + i), e);
  }
  s[0] = (a + c) + (b + d);
  s[1] = (e + g) + (f + h);
}

// s[j] = scale <q, k_j>, keys in the order of memory.
void dots(float* s, const float* q, const float* k, size_t stride, size_t keys, size_t dim,
          float scale) {
  const size_t step = dim > kBeside ? 1 : 2;
  for (size_t j = 0; j < keys; j += 4) {
    f32x4 v[4] = {splat(0), splat(0), splat(0), splat(0)};
    for (size_t r = 0; r < 4 && j + r < keys; r += step, k += step * stride) {
      if (step == 1) {
        v[r] = dot(q, k, dim);
      } else {
        dots_of_two(v + r, q, k, j + r + 1 < keys ? k + stride : k, dim);
      }
    }
    transpose(v[0], v[1], v[2], v[3]);
    store(s + j, ((v[0] + v[2]) + (v[1] + v[3])) * splat(scale));
  }
}

// o += p v.
[[gnu::noinline]] void add_one(float* o, const float* v, size_t cols, f32x4 p) {
  size_t x = 0;
  for (; cols - x >= 16; x += 16) {
    const f32x4 a = madd(p, load(v + x), load(o + x)),
                b = madd(p, load(v + x + 4), load(o + x + 4)),
                c = madd(p, load(v + x + 8), load(o + x + 8)),
                d = madd(p, load(v + x + 12), load(o + x + 12));
    store(o + x, a);
    store(o + x + 4, b);
    store(o + x + 8, c);
    store(o + x + 12, d);
  }
  for (; x < cols; x += 4) {
    const Part at = part(cols - x);
    at.store(o + x, madd(p, at.load(v + x), at.load(o + x)));
  }
}

// o += p v + q w.
[[gnu::noinline]] void add_two(float* o, const float* v, const float* w, size_t cols, f32x4 p,
                               f32x4 q) {
  size_t x = 0;
  for (; cols - x >= 16; x += 16) {
    const f32x4 a = madd(q, load(w + x), madd(p, load(v + x), load(o + x))),
                b = madd(q, load(w + x + 4), madd(p, load(v + x + 4), load(o + x + 4))),
                c = madd(q, load(w + x + 8), madd(p, load(v + x + 8), load(o + x + 8))),
                d = madd(q, load(w + x + 12), madd(p, load(v + x + 12), load(o + x + 12)));
    store(o + x, a);
    store(o + x + 4, b);
    store(o + x + 8, c);
    store(o + x + 12, d);
  }
  for (; x < cols; x += 4) {
    const Part at = part(cols - x);
    at.store(o + x, madd(q, at.load(w + x), madd(p, at.load(v + x), at.load(o + x))));
  }
}

// o += sum_j p_j v_j, values in the order of memory.
void add_rows(float* o, const float* v, size_t stride, size_t keys, size_t cols, const float* p) {
  size_t j = 0;
  for (; cols <= kBeside && keys - j >= 2; j += 2, v += 2 * stride)
    add_two(o, v, v + stride, cols, load_splat(p + j), load_splat(p + j + 1));
  for (; j < keys; ++j, v += stride) add_one(o, v, cols, load_splat(p + j));
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

void step(const Head& head, Walk& walk, const Tile& tile, size_t from, float* s, float* sum) {
  const AttentionMask& mask = head.mask;
  const Sight& sight = head.sight;
  const Panel self(head, walk.i, 1);
  const Span keys = self.in_tile(from);
  if (keys.first >= keys.end) return;
  const size_t n = keys.end - keys.first, cols = head.shape.value_dim;
  const Rows k = tile.keys(keys.first);
  dots(s, walk.q, k.at, k.stride, n, head.shape.dim, mask.scale);
  if (mask.softcap > 0) cap_scores(s, kKeys, mask.softcap);
  mask_row(s, sight, walk.i, keys);
  for (size_t r = (n + 3) & ~size_t{3}; r < kKeys; ++r) s[r] = -infinity;
  const float factor = lane<0>(walk.row.take(s, kKeys / 4, 4, splat(peak(s, kKeys))));
  zeros(sum, cols);
  // Values of hidden keys are not read: 0 times NaN would not be 0.
  for (size_t j = keys.first > self.any.first ? keys.first : self.any.first, end = j; j < keys.end;
       j = end) {
    for (end = j + 1;
         end < keys.end && (sight.plain || sight.sees(walk.i, end) == sight.sees(walk.i, j));)
      ++end;
    const Rows v = tile.values(j);
    if (sight.plain || sight.sees(walk.i, j))
      add_rows(sum, v.at, v.stride, end - j, cols, s + (j - keys.first));
  }
  scaled(walk.o, walk.o, cols, factor);
  add_scaled(walk.o, sum, cols, 1);
}

}  // namespace

void decode_attention(float* o, float* lse, const float* q, const float* k, const float* v,
                      float* tmp, const AttentionShape* shape, const AttentionMask* mask) {
  const size_t group = shape->heads / shape->kv_heads, cols = shape->value_dim;
  float *const s = tmp, *const sum = s + kKeys, *const outputs = sum + cols,
               *const room = outputs + kRows * cols;
  for (size_t b = 0; b < shape->batch; ++b) {
    for (size_t kv = 0; kv < shape->kv_heads; ++kv) {
      const Head first(*shape, *mask, b, kv * group, q, k, v);
      const size_t queries = first.sight.queries;
      for (size_t from = 0; from < group * queries; from += kRows) {
        const size_t left = group * queries - from, n = left < kRows ? left : kRows;
        Walk walks[kRows];
        for (size_t r = 0; r < n; ++r) {
          Walk& walk = walks[r];
          walk.h = kv * group + (from + r) / queries;
          walk.i = (from + r) % queries;
          const Head head(*shape, *mask, b, walk.h, q, k, v);
          walk.q = q + head.row(shape->q, walk.i);
          walk.o = outputs + r * cols;
          zeros(walk.o, cols);
        }
        const Panel all(first, 0, queries);
        for (size_t j = all.any.first - all.any.first % kKeys; j < all.any.end; j += kKeys) {
          const Tile tile = tile_of(first, all.in_tile(j), room);
          for (size_t r = 0; r < n; ++r)
            step(Head(*shape, *mask, b, walks[r].h, q, k, v), walks[r], tile, j, s, sum);
        }
        for (size_t r = 0; r < n; ++r) {
          const Walk& walk = walks[r];
          const Head head(*shape, *mask, b, walk.h, q, k, v);
          float own, scale;
          walk.row.finish(&own, &scale, mask->sinks == nullptr ? -infinity : mask->sinks[walk.h],
                          true);
          if (lse != nullptr) lse[head.row(shape->lse, walk.i)] = own;
          scaled(o + head.row(shape->o, walk.i), walk.o, cols, scale);
        }
      }
    }
  }
}

}  // namespace sm
