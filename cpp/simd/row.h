// Iteration along a row: fold and map, and every tail in the project.
//
// A body is called as body(at, i) with i the first of up to four elements. at.load(p + i) and
// at.store(p + i, v) move those that exist and no others; absent lanes are loaded as 0. Four bodies
// are in flight at once, because an exp is a chain of a dozen dependent operations.
#pragma once

#include "simd/f32x4.h"

namespace sm {

inline float sum(f32x4 a) { return (lane<0>(a) + lane<2>(a)) + (lane<1>(a) + lane<3>(a)); }
// In vectors, as engines make a branch of a choice between two floats.
inline float peak(f32x4 a) {
  const f32x4 even = max(a, splat(lane<2>(a))), odd = max(splat(lane<1>(a)), splat(lane<3>(a)));
  return lane<0>(max(even, odd));
}

// All four lanes exist.
struct Whole {
  f32x4 load(const float* p) const { return sm::load(p); }
  void store(float* p, f32x4 v) const { sm::store(p, v); }
  template <class T>
  u32x4 load_wide(const T* p) const {
    return sm::load_wide(p);
  }
  template <class T>
  void store_narrow(T* p, u32x4 v) const {
    sm::store_narrow(p, v);
  }
  f32x4 select_keep(const uint8_t* keep, f32x4 v, f32x4 other) const {
    return sm::select_keep(keep, v, other);
  }
  f32x4 present(f32x4 v) const { return v; }
  // The larger of top and the lanes at p, lane by lane; NaN ones are passed over.
  f32x4 larger(f32x4 top, const float* p) const { return max(top, sm::load(p)); }
};

// Only the first n of four lanes exist, n = 1 to 4: nothing is read or written past the last.
struct Part {
  size_t n;
  f32x4 load(const float* p) const { return n == 4 ? sm::load(p) : some(p, n); }
  void store(float* p, f32x4 v) const { n == 4 ? sm::store(p, v) : put_some(p, v, n); }
  template <class T>
  u32x4 load_wide(const T* p) const {
    T lanes[4] = {};
    for (size_t i = 0; i < n; ++i) lanes[i] = p[i];
    return sm::load_wide(lanes);
  }
  template <class T>
  void store_narrow(T* p, u32x4 v) const {
    T lanes[4];
    sm::store_narrow(lanes, v);
    for (size_t i = 0; i < n; ++i) p[i] = lanes[i];
  }
  f32x4 select_keep(const uint8_t* keep, f32x4 v, f32x4 other) const;
  // v with 0 in its absent lanes, so that they do not count in a sum.
  f32x4 present(f32x4 v) const { return n == 4 ? v : some(v, n); }
  f32x4 larger(f32x4 top, const float* p) const;

 private:
  // Not inlined, so that a tail costs a call and not a copy of all this.
  static f32x4 some(const float* p, size_t n);
  static f32x4 some(f32x4 v, size_t n);
  static void put_some(float* p, f32x4 v, size_t n);
};

inline Part part(size_t left) { return {left < 4 ? left : 4}; }

template <class Body>
inline void each(size_t n, Body body) {
  size_t i = 0;
  for (; n - i >= 4; i += 4) body(Whole{}, i);
  if (i < n) body(Part{n - i}, i);
}

// As each, for the hot loops: body(at, p...) with each pointer at the first of up to four elements,
// which leaves the addresses of unrolled bodies to the offsets of their instructions.
template <class Body, class... P>
inline void walk(size_t n, Body body, P*... p) {
  for (; n >= 16; n -= 16, ((p += 16), ...)) {
    body(Whole{}, p...);
    body(Whole{}, (p + 4)...);
    body(Whole{}, (p + 8)...);
    body(Whole{}, (p + 12)...);
  }
  for (; n >= 4; n -= 4, ((p += 4), ...)) body(Whole{}, p...);
  if (n > 0) body(Part{n}, p...);
}

// y_i = f(x_i), y_i = f(a_i, b_i), …: y may be any of the inputs.
template <class F, class... In>
inline void map(float* y, size_t n, F f, const In*... x) {
  walk(
      n, [=](auto at, float* to, const In*... from) { at.store(to, f(at.load(from)...)); }, y,
      x...);
}

// map with two bodies instead of six: for functions so long that copies of them cost more than they
// bring.
template <class F, class... In>
inline void map_long(float* y, size_t n, F f, const In*... x) {
  for (; n >= 4; n -= 4, y += 4, ((x += 4), ...)) store(y, f(load(x)...));
  if (n > 0) Part{n}.store(y, f(Part{n}.load(x)...));
}

// The largest entry, -inf when there is none; NaN entries are passed over.
float peak(const float* x, size_t n);

// A sum that keeps what each addition rounds away (Kahan 1965).
struct Sum {
  f32x4 total = splat(0), lost = splat(0);
  void add(f32x4 v) {
    const f32x4 fixed = v - lost, next = total + fixed;
    lost = (next - total) - fixed;
    total = next;
  }
  // Where no addition may wait for what the last one lost: up to a few hundred terms, then
  // settle(). Where a lane's term is above its sum, half a unit in the term's last place may go
  // unseen.
  void add_unsettled(f32x4 v) {
    const f32x4 next = total + v;
    lost = lost + ((next - total) - v);
    total = next;
  }
  void settle() { add(splat(0)); }
  double value() const { return sum(wide(total)) - sum(lost); }
};

// Terms after which a sum is settled.
constexpr size_t kUnsettled = 512;

// Adds the terms term(at, p...), lane by lane, sixteen as a tree: the error is two roundings of a
// term, 2⁻²³ of the sum of |term| at every length.
template <class Term, class... P>
inline void add(Sum& sum, size_t n, Term term, P*... p) {
  while (n >= 16) {
    size_t block = n < kUnsettled ? n & ~size_t{15} : kUnsettled;
    n -= block;
    sum.settle();
    for (; block > 0; block -= 16, ((p += 16), ...)) {
      const f32x4 a = term(Whole{}, p...), ab = a + term(Whole{}, (p + 4)...);
      const f32x4 c = term(Whole{}, (p + 8)...);
      sum.add_unsettled(ab + (c + term(Whole{}, (p + 12)...)));
    }
  }
  for (; n >= 4; n -= 4, ((p += 4), ...)) sum.add(term(Whole{}, p...));
  if (n > 0) sum.add(Part{n}.present(term(Part{n}, p...)));
}

// The sum of f(x_i), of f(a_i, b_i), ….
template <class F, class... In>
inline double total(size_t n, F f, const In*... x) {
  Sum sum;
  add(
      sum, n, [=](auto at, const In*... from) { return f(at.load(from)...); }, x...);
  return sum.value();
}

}  // namespace sm
