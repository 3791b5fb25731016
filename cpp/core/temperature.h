// How the scores of a row are brought to where exp is exact: at any temperature, and however large they are.
#pragma once

#include "simd/elementary.h"
#include "simd/row.h"

namespace sm {

inline bool finite(float x) { return x - x == 0; }

// A temperature and its exp. Outside [2⁻¹⁶, 2¹⁶] scores are first multiplied by a power of two, which is exact.
struct Temperature {
  float t, scale;
  bool positive;  // neither 0 nor infinite: then there is an exp to speak of
  Exp exp;

  explicit Temperature(float t)
      : t(t), scale(scale_of(t)), positive(t > 0 && finite(t)), exp(positive ? static_cast<double>(t) * scale : 1) {}

 private:
  static float scale_of(float t) {
    if (!(t > 0 && finite(t)) || (t >= 0x1p-16f && t <= 0x1p16f)) return 1;
    const int n = static_cast<int>(__builtin_bit_cast(uint32_t, t) >> 23) - 127;
    return static_cast<float>(power_of_two(n > 126 ? -126 : n < -126 ? 126 : -n));
  }
};

// A row as exp sees it: z = (x - shift) scale, and exp(z / t) in units of 2^unit, about exp(peak / t).
//
// Small scores are not shifted, since x - peak would round; what is large enough to need the shift is also so large
// that x - peak is exact wherever exp((x - peak) / t) is not 0 (Sterbenz 1974).
struct Reference {
  float shift, unit, rounder, lowest;

  Reference(const Temperature& t, float peak) {
    shift = peak <= 1024 * t.t && peak >= -1024 * t.t ? 0 : peak;
    unit = t.exp.unit((peak - shift) * t.scale);
    rounder = Exp::rounder(unit);
    lowest = t.exp.lowest(unit);
  }
  bool plain(const Temperature& t) const { return shift == 0 && t.scale == 1; }
};

// Calls body with the exp of one row: a function of four scores, in units of about exp(peak / t). The plain one has
// nothing to shift or scale.
template <class Body>
inline auto with_exp(const Temperature& t, const Reference& row, Body body) {
  const Exp exp = t.exp;
  const f32x4 rounder = splat(row.rounder), lowest = splat(row.lowest);
  if (row.plain(t)) return body([=](f32x4 x) { return exp(x, rounder, lowest); });
  const f32x4 shift = splat(row.shift), scale = splat(t.scale);
  return body([=](f32x4 x) { return exp((x - shift) * scale, rounder, lowest); });
}

// Columns taken together across the inner axis: a step along a row then streams 1 kB, and a block's arrays stay in L1.
constexpr size_t kColumns = 256;

// The exps of up to kColumns rows that lie side by side, and their sums: with_exp and total with a vector for every
// number of them.
class ColumnExps {
 public:
  ColumnExps(const Temperature& t, const float* top, size_t n) : exp_(t.exp), scale_(splat(t.scale)) {
    for (size_t j = 0; j < n; ++j) {
      const Reference row(t, top[j]);
      shift_[j] = row.shift;
      rounder_[j] = row.rounder;
      lowest_[j] = row.lowest;
      sum_[j] = lost_[j] = 0;
    }
  }

  // Adds term(at, j, exp) to the sums of all n columns, j being the first of up to four.
  template <class Term>
  void add(size_t n, Term term) {
    const Exp exp = exp_;
    const f32x4 scale = scale_;
    each(n, [&](auto at, size_t j) {
      const f32x4 shift = at.load(shift_ + j), rounder = at.load(rounder_ + j), lowest = at.load(lowest_ + j);
      Sum sum{at.load(sum_ + j), at.load(lost_ + j)};
      sum.add(term(at, j, [&](f32x4 x) { return exp((x - shift) * scale, rounder, lowest); }));
      at.store(sum_ + j, sum.total);
      at.store(lost_ + j, sum.lost);
    });
  }

  double sum(size_t j) const { return static_cast<double>(sum_[j]) - lost_[j]; }
  // The exp of one score of column j, in the units of its sum.
  float of(float x, size_t j) const {
    return lane<0>(exp_(splat((x - shift_[j])) * scale_, splat(rounder_[j]), splat(lowest_[j])));
  }

 private:
  float shift_[kColumns], rounder_[kColumns], lowest_[kColumns], sum_[kColumns], lost_[kColumns];
  Exp exp_;
  f32x4 scale_;
};

}  // namespace sm
