#include "core/tile.h"

#include "simd/row.h"

namespace sm {

namespace {

// R times eight sums.
template <int R>
struct Sums {
  f32x4 low[R], high[R];

  Sums() {
    each([](f32x4& l, f32x4& h, int) { l = h = splat(0); });
  }
  template <class F>
  void each(F f) {
#pragma clang loop unroll(full)
    for (int r = 0; r < R; ++r) f(low[r], high[r], r);
  }
  // Adds a(r) b.
  template <class A>
  void add(A a, const float* b) {
    const f32x4 l = load(b), h = load(b + 4);
    each([&](f32x4& below, f32x4& above, int r) {
      const f32x4 v = load_splat(a(r));
      below = madd(v, l, below);
      above = madd(v, h, above);
    });
  }
};

// A part of each product below. Not inlined: inside a larger function these would have fewer
// registers. Nor unrolled: with two steps at once they run out.
template <int R>
[[gnu::noinline]] void some_rows(float* c, const float* a, size_t stride, size_t step,
                                 const float* b, size_t depth, f32x4 scale) {
  Sums<R> sums;
  const float* rows[R];
#pragma clang loop unroll(full)
  for (int r = 0; r < R; ++r) rows[r] = a + static_cast<size_t>(r) * stride;
  size_t at = 0;
  for (const float* const end = b + depth * kPanel; b != end; b += kPanel, at += step)
    sums.add([&](int r) { return rows[r] + at; }, b);
  sums.each([&](f32x4 low, f32x4 high, int r) {
    store(c + r * kPanel, low * scale);
    store(c + r * kPanel + 4, high * scale);
  });
}

template <int R>
[[gnu::noinline]] void some_rows_by_rows(float* c, const float* a, const float* b, size_t cols) {
  Sums<R> sums;
  for (const float* const end = a + kDepth; a != end; ++a, b += cols)
    sums.add([=](int r) { return a + r * kDepth; }, b);
  sums.each([&](f32x4 low, f32x4 high, int r) {
    float* const p = c + static_cast<size_t>(r) * cols;
    store(p, load(p) + low);
    store(p + 4, load(p + 4) + high);
  });
}

template <int X>
[[gnu::noinline]] void some_columns(float* c, const float* a, size_t stride, const float* b,
                                    size_t depth, f32x4 factor_low, f32x4 factor_high) {
  Sums<X> sums;
  const float* const end = b + depth * kPanel;
  for (; b != end; b += kPanel, a += stride) sums.add([=](int x) { return a + x; }, b);
  sums.each([&](f32x4 low, f32x4 high, int x) {
    float* const p = c + x * kPanel;
    store(p, madd(load(p), factor_low, low));
    store(p + 4, madd(load(p + 4), factor_high, high));
  });
}

struct Plain {
  f32x4 operator()(const float* x) const { return load(x); }
};

// X vectors of columns, each read by get.
template <size_t X, class T, class Get>
[[gnu::noinline]] void add_some_mixed(float* c, const float* w, const T* a, size_t stride,
                                      size_t rows, f32x4 scale, Get get) {
  f32x4 sums[X];
#pragma clang loop unroll(full)
  for (size_t x = 0; x < X; ++x) sums[x] = splat(0);
  for (const float* const end = w + rows; w != end; ++w, a += stride) {
    const f32x4 v = load_splat(w);
#pragma clang loop unroll(full)
    for (size_t x = 0; x < X; ++x) sums[x] = madd(v, get(a + 4 * x), sums[x]);
  }
#pragma clang loop unroll(full)
  for (size_t x = 0; x < X; ++x) store(c + 4 * x, madd(sums[x], scale, load(c + 4 * x)));
}

template <class T, class Get>
void add_mixed_by(float* c, const float* w, const T* a, size_t rows, size_t cols, float scale,
                  Get get) {
  const f32x4 all = splat(scale);
  if (cols == kStrip) return add_some_mixed<8>(c, w, a, cols, rows, all, get);
  size_t x = 0;
  for (; cols - x >= 16; x += 16) add_some_mixed<4>(c + x, w, a + x, cols, rows, all, get);
  for (; cols - x >= 4; x += 4) add_some_mixed<1>(c + x, w, a + x, cols, rows, all, get);
  if (x == cols) return;
  const Part at{cols - x};
  f32x4 sum = splat(0);
  for (size_t r = 0; r < rows; ++r) {
    T lanes[4] = {};
    for (size_t i = 0; i < at.n; ++i) lanes[i] = a[r * cols + x + i];
    sum = madd(load_splat(w + r), get(lanes), sum);
  }
  at.store(c + x, madd(sum, all, at.load(c + x)));
}

}  // namespace

void rows_by_panel(float* c, const float* a, size_t stride, size_t step, size_t rows,
                   const float* b, size_t depth, float scale) {
  const f32x4 all = splat(scale);
  size_t r = 0;
  for (; rows - r >= 4; r += 4)
    some_rows<4>(c + r * kPanel, a + r * stride, stride, step, b, depth, all);
  for (; r < rows; ++r) some_rows<1>(c + r * kPanel, a + r * stride, stride, step, b, depth, all);
}

void rows_by_rows(float* c, const float* a, size_t rows, const float* b, size_t cols) {
  for (size_t x = 0; x < cols; x += kPanel) {
    size_t r = 0;
    for (; rows - r >= 4; r += 4)
      some_rows_by_rows<4>(c + r * cols + x, a + r * kDepth, b + x, cols);
    for (; r < rows; ++r) some_rows_by_rows<1>(c + r * cols + x, a + r * kDepth, b + x, cols);
  }
}

void columns_by_panel(float* c, const float* a, size_t stride, size_t cols, const float* b,
                      size_t depth, const float* factor) {
  const f32x4 low = load(factor), high = load(factor + 4);
  size_t x = 0;
  for (; cols - x >= 4; x += 4) some_columns<4>(c + x * kPanel, a + x, stride, b, depth, low, high);
  for (; x < cols; ++x) some_columns<1>(c + x * kPanel, a + x, stride, b, depth, low, high);
}

void shown_columns_by_panel(float* c, const float* a, size_t stride, size_t cols, const float* b,
                            const float* shown, size_t depth, const float* factor) {
  for (size_t x = 0; x < cols * kPanel; x += 4) {
    const size_t half = x % kPanel;
    f32x4 sum = splat(0);
    for (size_t j = 0; j < depth; ++j) {
      const size_t at = j * kPanel + half;
      const f32x4 more = madd(splat(a[j * stride + x / kPanel]), load(b + at), sum);
      sum = select_eq(load(shown + at), splat(0), sum, more);
    }
    store(c + x, madd(load(c + x), load(factor + half), sum));
  }
}

void add_mixed(float* c, const float* w, const float* a, size_t rows, size_t cols, float scale) {
  add_mixed_by(c, w, a, rows, cols, scale, Plain());
}
void add_mixed(float* c, const float* w, const uint16_t* a, size_t rows, size_t cols, float scale) {
  add_mixed_by(c, w, a, rows, cols, scale, SmallHalves());
}

void scaled(float* y, const float* x, size_t n, float w) {
  map_long(
      y, n, [=](f32x4 v) { return v * splat(w); }, x);
}

void add_scaled(float* y, const float* x, size_t n, float w) {
  map_long(
      y, n, [=](f32x4 v, f32x4 more) { return madd(more, splat(w), v); }, y, x);
}

void zeros(float* y, size_t n) {
  each(n, [=](auto at, size_t i) { at.store(y + i, splat(0)); });
}

void panel_of(float* c, const float* a, size_t stride, size_t rows, size_t cols) {
  for (size_t half = 0; half < kPanel; half += 4) {
    const size_t left = rows < half ? 0 : rows - half;
    float* to = c + half;
    each(cols, [&](auto at, size_t x) {
      f32x4 v[4];
#pragma clang loop unroll(full)
      for (size_t l = 0; l < 4; ++l)
        v[l] = l < left ? at.load(a + (half + l) * stride + x) : splat(0);
      transpose(v[0], v[1], v[2], v[3]);
#pragma clang loop unroll(full)
      for (size_t i = 0; i < 4; ++i, to += kPanel) {
        if (x + i < cols) store(to, v[i]);
      }
    });
  }
}

void rows_of(float* a, size_t stride, size_t rows, const float* c, size_t cols, const float* scale,
             bool add) {
  for (size_t half = 0; half < rows; half += 4) {
    const size_t left = rows - half;
    const f32x4 by = load(scale + half);
    const float* from = c + half;
    each(cols, [&](auto at, size_t x) {
      f32x4 v[4];
#pragma clang loop unroll(full)
      for (size_t i = 0; i < 4; ++i, from += kPanel)
        v[i] = x + i < cols ? load(from) * by : splat(0);
      transpose(v[0], v[1], v[2], v[3]);
#pragma clang loop unroll(full)
      for (size_t l = 0; l < 4; ++l) {
        if (l >= left) continue;
        float* const p = a + (half + l) * stride + x;
        at.store(p, add ? at.load(p) + v[l] : v[l]);
      }
    });
  }
}

}  // namespace sm
