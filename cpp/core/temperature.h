// How the scores of a row are brought to where exp is exact: at any temperature, and however large
// they are.
#pragma once

#include "shapes.h"
#include "simd/elementary.h"
#include "simd/row.h"

namespace sm {

inline bool finite(float x) { return x - x == 0; }
inline bool all_zero(f32x4 a) {
  return lane<0>(a) == 0 && lane<1>(a) == 0 && lane<2>(a) == 0 && lane<3>(a) == 0;
}

// A temperature and its exp. Outside [1/4, 4] scores are first multiplied by a power of two, which
// is exact.
struct Temperature {
  float t, scale;
  bool positive;  // neither 0 nor infinite: then there is an exp to speak of
  Exp exp;

  explicit Temperature(float t);
};

// What is asked of row r; t is null when it is 1 for all.
inline float temperature_at(const float* t, int rules, size_t r) {
  return t == nullptr ? 1 : t[rules & Rule::row_temperature ? r : 0];
}

// The temperature of row r.
Temperature temperature_of(const float* t, int rules, size_t r);

// A row as exp sees it: z = (x - shift) scale, and exp(z / t) in units of 2^unit, about exp(peak /
// t).
//
// Small scores are not shifted, since x - peak would round; what is large enough to need the shift
// is also so large that x - peak is exact wherever exp((x - peak) / t) is not 0 (Sterbenz 1974).
//
// Lane by lane: four rows, or one in all lanes.
struct Reference {
  f32x4 shift, unit, rounder, lowest;

  Reference(const Temperature& t, f32x4 peak);
};

// Calls body with the exp of the rows with these peaks: a function of four scores, in units of
// about exp(peak / t). The one for rows with nothing to shift or scale is leaner.
template <class Body>
inline auto with_exp(const Temperature& t, f32x4 peak, Body body) {
  const Reference rows(t, peak);
  const Exp exp = t.exp;
  const f32x4 rounder = rows.rounder, lowest = rows.lowest;
  if (t.scale == 1 && all_zero(rows.shift))
    return body([=](f32x4 x) { return exp(x, rounder, lowest); });
  const f32x4 shift = rows.shift, scale = splat(t.scale);
  return body([=](f32x4 x) { return exp((x - shift) * scale, rounder, lowest); });
}

// Columns taken together across the inner axis: a step along a row then streams 1 kB, and a block's
// arrays stay in L1.
constexpr size_t kColumns = 256;

// The exps of up to kColumns rows that lie side by side, and their sums: with_exp and total with a
// vector for every number of them.
class ColumnExps {
 public:
  ColumnExps(const Temperature& t, const float* top, size_t n);

  // Adds term(at, j, exp) to the sums of all n columns, j being the first of up to four.
  template <class Term>
  void add(size_t n, Term term) {
    const Exp exp = exp_;
    const f32x4 scale = scale_;
    each(n, [&](auto at, size_t j) {
      const f32x4 shift = at.load(shift_ + j), rounder = at.load(rounder_ + j),
                  lowest = at.load(lowest_ + j);
      Sum sum{at.load(sum_ + j), at.load(lost_ + j)};
      sum.add(term(at, j, [&](f32x4 x) { return exp((x - shift) * scale, rounder, lowest); }));
      at.store(sum_ + j, sum.total);
      at.store(lost_ + j, sum.lost);
    });
  }

  double sum(size_t j) const { return static_cast<double>(sum_[j]) - lost_[j]; }
  // The exp of one score of column j, in the units of its sum.
  float of(float x, size_t j) const;

 private:
  float shift_[kColumns], rounder_[kColumns], lowest_[kColumns], sum_[kColumns], lost_[kColumns];
  Exp exp_;
  f32x4 scale_;
};

}  // namespace sm
