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
  float* o;     // [value_dim], so far
  Span inside;  // the keys it may see
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

void mask_row(float* s, const Sight& sight, const Walk& walk, Span keys) {
  const bool whole = keys.end % 4 == 0 && walk.inside.first <= keys.first;
  if (sight.plain && whole && keys.end <= walk.inside.end) return;
  for (size_t j = keys.first; j < keys.end; j += 4) {
    if (sight.plain && walk.inside.first <= j && j + 4 <= walk.inside.end) continue;
    float* const p = s + (j - keys.first);
    // Lanes past the last key are outside the span, and become -inf.
    store(p, seen(load(p), sight.added(part(sight.keys - j), walk.i, j)));
  }
}

// The same of values from j on of a tile as a cache has them.
template <class T>
void add_laid(float* o, const T* v, size_t j, size_t keys, size_t cols, const float* p) {
  each_strip(cols, [=](size_t x, size_t some) {
    add_mixed(o + x, p, v + x * kKeys + j * some, keys, some, 1);
  });
}

// Scores with its first keys, s [kKeys], 0 before.
template <class T>
void add_laid_dots(float* s, const float* q, const T* k, size_t keys, size_t dim, float scale) {
  for (size_t half = 0; half < keys; half += kStrip)
    add_mixed(s + half, q, k + half * dim, dim, kStrip, scale);
}

// Halves count 2⁻¹¹² times: what they meet is as much larger, and no bit of a product another.
constexpr float kHalves = 0x1p112f;
// Whether q is no infinity when it is.
bool is_bounded(const float* q, size_t dim) {
  for (size_t d = 0; d < dim; ++d) {
    if (!(q[d] < 0x1p15f && q[d] > -0x1p15f)) return false;
  }
  return true;
}

// The scores of q with these keys of a tile, s [kKeys] from the tile's first; what stands beside
// them is of no meaning.
void scores(float* s, const Head& head, const float* q, const Tile& tile, Span keys) {
  const size_t dim = head.shape.dim;
  const float scale = head.mask.scale;
  if (!tile.laid) {
    const Rows k = tile.k.from(keys.first - tile.first);
    dots(s + keys.first % kKeys, q, k.at, k.stride, keys.end - keys.first, dim, scale);
  } else {
    zeros(s, kKeys);
    if (tile.half_k == nullptr) {
      add_laid_dots(s, q, tile.k.at, keys.end - tile.first, dim, scale);
    } else {
      add_laid_dots(s, q, tile.half_k, keys.end - tile.first, dim, scale);
    }
  }
  if (head.mask.softcap > 0) cap_scores(s, kKeys, head.mask.softcap);
}

// o += sum_j p_j v_j for these values of a tile, p from the first of them on; sum [cols].
void add_values(float* o, const Tile& tile, Span keys, size_t cols, const float* p, float* sum) {
  const size_t j = keys.first - tile.first, n = keys.end - keys.first;
  if (!tile.laid) {
    const Rows v = tile.v.from(j);
    zeros(sum, cols);
    add_rows(sum, v.at, v.stride, n, cols, p);
    add_scaled(o, sum, cols, 1);
  } else if (tile.half_v == nullptr) {
    add_laid(o, tile.v.at, j, n, cols, p);
  } else {
    add_laid(o, tile.half_v, j, n, cols, p);
  }
}

void step(const Head& head, Walk& walk, const Tile& tile, size_t from, float* s, float* sum) {
  const Sight& sight = head.sight;
  const size_t first = walk.inside.first > from ? walk.inside.first : from,
               end = walk.inside.end < from + kKeys ? walk.inside.end : from + kKeys,
               aligned = first & ~size_t{3}, cols = head.shape.value_dim;
  if (first >= end) return;
  scores(s, head, walk.q, tile, {aligned, end});
  mask_row(s + (aligned - from), sight, walk, {aligned, end});
  for (size_t r = 0; r < aligned - from; ++r) s[r] = -infinity;
  for (size_t r = (end - from + 3) & ~size_t{3}; r < kKeys; ++r) s[r] = -infinity;
  const float factor = lane<0>(walk.row.take(s, kKeys / 4, 4, splat(peak(s, kKeys))));
  if (factor != 1) scaled(walk.o, walk.o, cols, factor);
  if (tile.half_v != nullptr) scaled(s, s, kKeys, kHalves);
  // Values of hidden keys are not read: 0 times NaN would not be 0.
  for (size_t j = first, next = j; j < end; j = next) {
    const bool sees = sight.plain || sight.sees(walk.i, j);
    next = sight.plain ? end : j + 1;
    while (next < end && sight.sees(walk.i, next) == sees) ++next;
    if (sees) add_values(walk.o, tile, {j, next}, cols, s + (j - from), sum);
  }
}

}  // namespace

void decode_attention(float* o, float* lse, const float* q, const float* k, const float* v,
                      float* tmp, const AttentionShape* shape, const AttentionMask* mask) {
  const size_t group = shape->heads / shape->kv_heads, dim = shape->dim, cols = shape->value_dim;
  float *const s = tmp, *const sum = s + kKeys, *const outputs = sum + cols,
               *const larger = outputs + kRows * cols, *const room = larger + kRows * dim;
  for (size_t b = 0; b < shape->batch; ++b) {
    for (size_t kv = 0; kv < shape->kv_heads; ++kv) {
      const Head first(*shape, *mask, b, kv * group, q, k, v);
      const size_t queries = first.sight.queries;
      for (size_t from = 0; from < group * queries; from += kRows) {
        const size_t left = group * queries - from, n = left < kRows ? left : kRows;
        Walk walks[kRows];
        bool as_halves = shape->keeping == in_finite_half_tiles;
        for (size_t r = 0; r < n; ++r) {
          Walk& walk = walks[r];
          walk.h = kv * group + (from + r) / queries;
          walk.i = (from + r) % queries;
          const Head head(*shape, *mask, b, walk.h, q, k, v);
          walk.q = q + head.row(shape->q, walk.i);
          walk.o = outputs + r * cols;
          walk.inside = first.sight.span(walk.i);
          zeros(walk.o, cols);
          as_halves = as_halves && is_bounded(walk.q, dim);
        }
        for (size_t r = 0; as_halves && r < n; ++r) {
          float* const row = larger + r * dim;
          scaled(row, walks[r].q, dim, kHalves);
          walks[r].q = row;
        }
        const Panel all(first, 0, queries);
        for (size_t j = all.any.first - all.any.first % kKeys; j < all.any.end; j += kKeys) {
          const Tile tile = tile_of(first, all.in_tile(j), room, as_halves);
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
