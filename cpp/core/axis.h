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

// The peaks of n columns; whether all are finite.
bool column_peaks(float* top, const float* x, size_t cols, size_t stride, size_t n);

// Rows up to kShort entries go kTile at a time, side by side: sums over lanes would cost more than
// their exps.
constexpr size_t kShort = 64, kTile = 16;

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

  // row r, on the last axis
  void (*row)(const RowMap&, size_t r, float* y, const float* x, const Temperature& t, float top);
  // rows r … r + n - 1, side by side, stride from one entry to the next; n <= kColumns
  void (*columns)(const RowMap&, size_t r, float* y, const float* x, size_t stride, size_t n,
                  const Temperature& t, const float* top);
  // rows r … r + 3 in four lanes of a tile, kTile from one entry to the next; null where short rows
  // are taken as long ones are
  void (*lanes)(const RowMap&, size_t r, float* tile, const Temperature& t, const float* top);
  // row r, that exp cannot answer; keep is its mask or null
  void (*edge)(const RowMap&, size_t r, float* y, const float* x, size_t stride,
               const uint8_t* keep, size_t keep_step, float t);
};

// Which of row, columns, lanes and edge sees a row depends on its length and its own scores, never
// on its neighbours, so that its bits do not either. y may be x.
void map_rows(const RowMap& map);

// 1/t of row r in a gradient: at the temperatures 0 and inf a small change of the scores changes
// nothing.
inline float per_temperature(const float* t, int rules, size_t r) {
  const float own = t == nullptr ? 1 : t[rules & Rule::row_temperature ? r : 0];
  return own > 0 ? 1 / (own < 0x1p-126f ? 0x1p-126f : own) : 0;
}

// A gradient that needs one sum over its row: dx_i = f(y_i, dy_i, sum_j term(y_j, dy_j), 1/t). dx
// may be y or dy.
template <class Term, class F>
inline void vjp_rows(float* dx, const float* y, const float* dy, const float* t, Axis axis,
                     int rules, Term term, F f) {
  const auto [outer, cols, inner] = axis;
  for (size_t o = 0; o < outer; ++o, dx += axis.slice(), y += axis.slice(), dy += axis.slice()) {
    if (inner == 1) {
      const f32x4 sum = splat(static_cast<float>(total(cols, term, y, dy))),
                  per_t = splat(per_temperature(t, rules, o));
      each(cols, [=](auto at, size_t i) {
        at.store(dx + i, f(at.load(y + i), at.load(dy + i), sum, per_t));
      });
      continue;
    }
    for (size_t j = 0; j < inner; j += kColumns) {
      const size_t n = inner - j < kColumns ? inner - j : kColumns;
      float sum[kColumns], lost[kColumns], per_t[kColumns];
      for (size_t k = 0; k < n; ++k)
        sum[k] = lost[k] = 0, per_t[k] = per_temperature(t, rules, o * inner + j + k);
      for (size_t i = j; i < axis.slice(); i += inner) {
        each(n, [&](auto at, size_t k) {
          Sum s{at.load(sum + k), at.load(lost + k)};
          s.add(term(at.load(y + i + k), at.load(dy + i + k)));
          at.store(sum + k, s.total);
          at.store(lost + k, s.lost);
        });
      }
      for (size_t k = 0; k < n; ++k) sum[k] -= lost[k];
      for (size_t i = j; i < axis.slice(); i += inner) {
        each(n, [&](auto at, size_t k) {
          at.store(dx + i + k, f(at.load(y + i + k), at.load(dy + i + k), at.load(sum + k),
                                 at.load(per_t + k)));
        });
      }
    }
  }
}

}  // namespace sm
