// Where the rows of an array [outer, cols, inner] lie, one along cols for each outer and inner, and
// how they are taken.
#pragma once

#include "core/temperature.h"
#include "shapes.h"
#include "simd/row.h"

namespace sm {

struct Axis {
  size_t outer, cols, inner;
  size_t slice() const { return cols * inner; }
};

// Scores that are worked on at once: what is kept of them stays in L1.
constexpr size_t kBlock = 512;

// Rows that are taken at once, short ones or some side by side across the inner axis, so that what
// is kept of each and all steps along them stay in L1 too: a third faster than 512 on twenty
// columns.
constexpr size_t kTogether = 128;

// Rows of the last axis up to this long go together, as many as fill a block, each as a whole
// number of vectors: what is done once for a call or a row costs as much as dozens of exps.
constexpr size_t kShort = 128;
constexpr size_t padded(size_t cols) { return (cols + 3) & ~size_t{3}; }

// Which entries of a call are kept: a mask shaped as the scores, or one row of it for all rows.
// None: all are.
struct Keep {
  const uint8_t* mask;
  Axis axis;
  bool shared;

  Keep(const uint8_t* mask, Axis axis, int rules)
      : mask(mask), axis(axis), shared(rules & Rule::shared_mask) {}

  // The bytes of the row of slice o that begins at entry j, and the step from one to the next.
  const uint8_t* row(size_t o, size_t j) const {
    return mask == nullptr ? nullptr : shared ? mask : mask + o * axis.slice() + j;
  }
  size_t step() const { return shared ? 1 : axis.inner; }

  // y = x where the entry is kept and -inf elsewhere, along slice o: a masked score is never read
  // as a number. Returns where the scores then are, which is x itself when nothing is masked.
  const float* apply(float* y, const float* x, size_t o) const;
  void apply_all(float* y, const float* x) const;
};

// n short rows as their maps take them: padded(cols) floats apart, -inf after the last entry. They
// are x itself where that is the same, else in room, which holds kBlock floats.
const float* padded_rows(float* room, const float* x, size_t cols, size_t n);

// The peaks of n columns; whether all are finite. Stride 1 is one row, and n is 1.
bool column_peaks(float* top, const float* x, size_t cols, size_t stride, size_t n);
// One entry more: top_j = max(top_j, x_j), NaN ones passed over.
void raise(float* top, const float* x, size_t n);
// top, a score of each of n columns, becomes its peak where it is not near it; whether all peaks
// are finite.
bool bring_near(float* top, const float* x, size_t cols, size_t stride, size_t n,
                const Temperature& t);

// A map over the rows of scores, as ops call map_rows. Rows are counted over [outer, inner].
struct RowMap {
  float* y;
  const float* x;
  const uint8_t* mask;
  const float* t;
  Axis axis;
  int rules;
  const float *peak = nullptr, *total = nullptr;  // of a softmax state, [outer, inner]
  const float* alpha = nullptr;                   // of a sparse map, one or [outer, inner]

  // row r on the last axis, longer than kShort; whether it has a finite peak: else x is as it was
  bool (*row)(const RowMap&, size_t r, float* y, const float* x, const Temperature& t);
  // rows r … r + n - 1 on the last axis, short, as padded_rows has them, with their peaks, finite
  void (*rows)(const RowMap&, size_t r, float* y, const float* x, size_t n, const Temperature& t,
               const float* top);
  // the same side by side, stride from one entry to the next; n <= kTogether. top is a finite score
  // of each and becomes its peak. False where that is not finite, or top was not near it: then x is
  // as it was, and y and top are not
  bool (*columns)(const RowMap&, size_t r, float* y, const float* x, size_t stride, size_t n,
                  const Temperature& t, float* top);
  // row r, that exp cannot answer; keep is its mask or null
  void (*edge)(const RowMap&, size_t r, float* y, const float* x, size_t stride,
               const uint8_t* keep, size_t keep_step, float t);
};

// Which of row, rows, columns and edge sees a row depends on its length and its own scores, never
// on its neighbours, so that its bits do not either. y may be x.
void map_rows(const RowMap& map);

// 1/t of row r in a gradient: at the temperatures 0 and inf a small change of the scores changes
// nothing.
inline float per_temperature(const float* t, int rules, size_t r) {
  const float own = temperature_at(t, rules, r);
  return own > 0 ? 1 / (own < 0x1p-126f ? 0x1p-126f : own) : 0;
}

// dx in a row where 1/t is 0, whatever dy and the sum are: 0, or NaN where y is.
inline f32x4 still(f32x4 zero, f32x4 per_t, f32x4 y, f32x4 dx) {
  return select_eq(per_t, zero, select_eq(y, y, zero, y), dx);
}

// dx of a row whose 1/t is 0, as still has it.
void still_row(float* dx, const float* y, size_t cols);

// A gradient that needs one sum over its row: dx_i = f(y_i, dy_i, sum_j term(y_j, dy_j), 1/t). dx
// may be y or dy. With a weight the sum is divided by sum_j weight(y_j).
struct Unweighted {
  f32x4 operator()(f32x4) const { return splat(0); }
};
template <class Term, class F, class Weight = Unweighted>
inline void vjp_rows(float* dx, const float* y, const float* dy, const float* t, Axis axis,
                     int rules, Term term, F f, Weight weight = {}) {
  constexpr bool weighted = !__is_same(Weight, Unweighted);
  const auto [outer, cols, inner] = axis;
  const f32x4 zero = held(0);  // compared with a known 0, LLVM masks the sign off in the loop
  for (size_t o = 0; o < outer; ++o, dx += axis.slice(), y += axis.slice(), dy += axis.slice()) {
    if (inner == 1) {
      const float own = per_temperature(t, rules, o);
      if (own == 0) {
        still_row(dx, y, cols);
        continue;
      }
      const double over = weighted ? total(cols, weight, y) : 1;
      const f32x4 sum = splat(static_cast<float>(total(cols, term, y, dy) / over)),
                  per_t = splat(own);
      map(
          dx, cols, [=](f32x4 p, f32x4 d) { return f(p, d, sum, per_t); }, y, dy);
      continue;
    }
    for (size_t j = 0; j < inner; j += kTogether) {
      const size_t n = inner - j < kTogether ? inner - j : kTogether;
      float sum[kTogether], lost[kTogether], per_t[kTogether];
      float over[weighted ? kTogether : 1] = {}, over_lost[weighted ? kTogether : 1] = {};
      for (size_t k = 0; k < n; ++k)
        sum[k] = lost[k] = 0, per_t[k] = per_temperature(t, rules, o * inner + j + k);
      for (size_t i = j; i < axis.slice(); i += inner) {
        each(n, [&](auto at, size_t k) {
          Sum s{at.load(sum + k), at.load(lost + k)};
          s.add(term(at.load(y + i + k), at.load(dy + i + k)));
          at.store(sum + k, s.total);
          at.store(lost + k, s.lost);
          if constexpr (weighted) {
            Sum w{at.load(over + k), at.load(over_lost + k)};
            w.add(weight(at.load(y + i + k)));
            at.store(over + k, w.total);
            at.store(over_lost + k, w.lost);
          }
        });
      }
      for (size_t k = 0; k < n; ++k) sum[k] -= lost[k];
      if constexpr (weighted) {
        for (size_t k = 0; k < n; ++k) sum[k] /= over[k] - over_lost[k];
      }
      for (size_t i = j; i < axis.slice(); i += inner) {
        each(n, [&](auto at, size_t k) {
          const f32x4 p = at.load(y + i + k), s = at.load(per_t + k);
          at.store(dx + i + k, still(zero, s, p, f(p, at.load(dy + i + k), at.load(sum + k), s)));
        });
      }
    }
  }
}

}  // namespace sm
