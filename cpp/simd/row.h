// Iteration along a row: fold and map, and every tail in the project.
//
// A body is called as body(at, i) with i the first of up to four elements. at.load(p + i) and at.store(p + i, v) move
// those that exist and no others; absent lanes are loaded as 0. Four bodies are in flight at once, because an exp is a
// chain of a dozen dependent operations.
#pragma once

#include "simd/f32x4.h"

namespace sm {

inline float sum(f32x4 a) { return (lane<0>(a) + lane<2>(a)) + (lane<1>(a) + lane<3>(a)); }
inline float peak(f32x4 a) {
  const auto larger = [](float p, float q) { return q > p ? q : p; };
  return larger(larger(lane<0>(a), lane<2>(a)), larger(lane<1>(a), lane<3>(a)));
}

// All four lanes exist.
struct Whole {
  f32x4 load(const float* p) const { return sm::load(p); }
  void store(float* p, f32x4 v) const { sm::store(p, v); }
  f32x4 select_keep(const uint8_t* keep, f32x4 v, f32x4 other) const { return sm::select_keep(keep, v, other); }
  f32x4 present(f32x4 v, f32x4) const { return v; }
};

// Only the first n of four lanes exist, n = 1, 2 or 3: nothing is read or written past the last.
struct Part {
  size_t n;
  f32x4 load(const float* p) const {
    float lanes[4] = {};
    for (size_t i = 0; i < n; ++i) lanes[i] = p[i];
    return sm::load(lanes);
  }
  void store(float* p, f32x4 v) const {
    float lanes[4];
    sm::store(lanes, v);
    for (size_t i = 0; i < n; ++i) p[i] = lanes[i];
  }
  f32x4 select_keep(const uint8_t* keep, f32x4 v, f32x4 other) const {
    uint8_t bytes[4] = {};
    for (size_t i = 0; i < n; ++i) bytes[i] = keep[i];
    return sm::select_keep(bytes, v, other);
  }
  // v with its absent lanes replaced, so that they do not count in a fold.
  f32x4 present(f32x4 v, f32x4 absent) const {
    float lanes[4], filler[4];
    sm::store(lanes, v);
    sm::store(filler, absent);
    for (size_t i = n; i < 4; ++i) lanes[i] = filler[i];
    return sm::load(lanes);
  }
};

template <class Body>
inline void each(size_t n, Body body) {
  size_t i = 0;
  for (; n - i >= 16; i += 16) {
    body(Whole{}, i);
    body(Whole{}, i + 4);
    body(Whole{}, i + 8);
    body(Whole{}, i + 12);
  }
  for (; n - i >= 4; i += 4) body(Whole{}, i);
  if (i < n) body(Part{n - i}, i);
}

// y_i = f(x_i), y_i = f(a_i, b_i), …: y may be any of the inputs.
template <class F, class... In>
inline void map(float* y, size_t n, F f, const In*... x) {
  // All four results before any store: the engine then need not fear that a store changes the next load.
  size_t i = 0;
  for (; n - i >= 16; i += 16) {
    const f32x4 a = f(load(x + i)...), b = f(load(x + i + 4)...), c = f(load(x + i + 8)...), d = f(load(x + i + 12)...);
    store(y + i, a);
    store(y + i + 4, b);
    store(y + i + 8, c);
    store(y + i + 12, d);
  }
  for (; n - i >= 4; i += 4) store(y + i, f(load(x + i)...));
  if (i < n) Part{n - i}.store(y + i, f(Part{n - i}.load(x + i)...));
}

// The largest entry, -inf when there is none; NaN entries are passed over.
inline float peak(const float* x, size_t n) {
  f32x4 a = splat(-infinity), b = a, c = a, d = a;
  size_t i = 0;
  for (; n - i >= 16; i += 16) {
    a = max(a, load(x + i));
    b = max(b, load(x + i + 4));
    c = max(c, load(x + i + 8));
    d = max(d, load(x + i + 12));
  }
  for (; n - i >= 4; i += 4) a = max(a, load(x + i));
  if (i < n) a = max(a, Part{n - i}.present(Part{n - i}.load(x + i), splat(-infinity)));
  return peak(max(max(a, c), max(b, d)));
}

// A sum that keeps what each addition rounds away (Kahan 1965).
struct Sum {
  f32x4 total = splat(0), lost = splat(0);
  void add(f32x4 v) {
    const f32x4 fixed = v - lost, next = total + fixed;
    lost = (next - total) - fixed;
    total = next;
  }
  double value() const {
    const auto exact = [](float t, float l) { return static_cast<double>(t) - l; };
    return (exact(lane<0>(total), lane<0>(lost)) + exact(lane<2>(total), lane<2>(lost))) +
           (exact(lane<1>(total), lane<1>(lost)) + exact(lane<3>(total), lane<3>(lost)));
  }
};

// The sum of term(at, i). Sixteen terms are added as a tree, eight trees in a row, and those to a compensated sum: the
// error is a few 2⁻²⁴ of the sum of |term| at every length, at one compensated addition per 128 elements. One
// accumulator is enough, its additions are shorter than an exp, and leaves registers to the terms.
template <class Term>
inline double total(size_t n, Term term) {
  Sum sum;
  size_t i = 0;
  while (n - i >= 16) {
    const size_t block = n - i >= 128 ? i + 128 : i + ((n - i) & ~size_t{15});
    f32x4 eight = splat(0);
    for (; i < block; i += 16) {
      const f32x4 a = term(Whole{}, i), ab = a + term(Whole{}, i + 4), c = term(Whole{}, i + 8);
      eight = eight + (ab + (c + term(Whole{}, i + 12)));
    }
    sum.add(eight);
  }
  f32x4 rest = splat(0);
  for (; n - i >= 4; i += 4) rest = rest + term(Whole{}, i);
  if (i < n) rest = rest + Part{n - i}.present(term(Part{n - i}, i), splat(0));
  sum.add(rest);
  return sum.value();
}

// sum f(x_i), and the same while y_i = f(x_i) is stored.
template <class F, class... In>
inline double total(size_t n, F f, const float* x, const In*... more) {
  return total(n, [=](auto at, size_t i) { return f(at.load(x + i), at.load(more + i)...); });
}
template <class F>
inline double map_total(float* y, size_t n, F f, const float* x) {
  return total(n, [=](auto at, size_t i) {
    const f32x4 v = f(at.load(x + i));
    at.store(y + i, v);
    return v;
  });
}

}  // namespace sm
