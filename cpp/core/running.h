// A row seen in pieces: its peak and the total of exp, kept so that a total of barely more than 1 is still exact.
#pragma once

#include "core/axis.h"

namespace sm {

// total = sum exp((x - peak) / t) = 1 + rest: the peak's own 1 is left out, since it would round away a small rest.
// Empty: {-inf, -1}. A row with a NaN has it in rest, or in both.
struct Running {
  float peak = -infinity;
  double rest = -1;
};

// The rest of a row whose peak is top. Scores equal to the peak are counted, the others summed.
inline double rest_of_row(const float* x, size_t cols, const Temperature& t, float top) {
  const f32x4 tops = splat(top);
  const double ties = total(cols, [=](f32x4 v) { return select_eq(v, tops, splat(1), splat(0)); }, x);
  return with_exp(t, Reference(t, top), [=](auto exp) {
    const double others = total(cols, [=](f32x4 v) { return select_eq(v, tops, splat(0), exp(v)); }, x);
    return ties - 1 + others / lane<0>(exp(tops));
  });
}

// f(j, rest of column j), for n <= kColumns columns with peaks top.
template <class F>
inline void rest_of_columns(const float* x, size_t cols, size_t stride, size_t n, const Temperature& t,
                            const float* top, F f) {
  float ties[kColumns];
  for (size_t j = 0; j < n; ++j) ties[j] = 0;
  ColumnExps exps(t, top, n);
  for (size_t c = 0; c < cols; ++c) {
    const float* const row = x + c * stride;
    map(ties, n, [](f32x4 k, f32x4 v, f32x4 m) { return k + select_eq(v, m, splat(1), splat(0)); }, ties, row, top);
    exps.add(n, [=](auto at, size_t j, auto exp) {
      const f32x4 v = at.load(row + j);
      return select_eq(v, at.load(top + j), splat(0), exp(v));
    });
  }
  for (size_t j = 0; j < n; ++j) f(j, ties[j] - 1 + exps.sum(j) / exps.of(top[j], j));
}

// A row that exp cannot answer, stepping by stride: no candidate, NaN or +inf in it, temperature 0 or infinite.
inline Running edge_running(const float* x, size_t cols, size_t stride, float t) {
  float top = -infinity;
  for (size_t c = 0; c < cols; ++c) {
    const float v = x[c * stride];
    if (v != v) return {not_a_number, not_a_number};
    if (v > top) top = v;
  }
  if (top == -infinity) return {};
  // Beside +inf and at temperature 0 only the largest count; at an infinite one whatever is above -inf does.
  const float least = t > 0 && top < infinity ? -__FLT_MAX__ : top;
  size_t counted = 0;
  for (size_t c = 0; c < cols; ++c) counted += x[c * stride] >= least;
  return {top, static_cast<double>(counted) - 1};
}

// Calls sink(row, Running, t) for every row of x, rows counted over [outer, inner].
template <class Sink>
inline void reduce_rows(const float* x, const float* t, Axis axis, int rules, Sink sink) {
  const auto [outer, cols, inner] = axis;
  const bool many = rules & Rule::row_temperature;
  Temperature warm(cols == 0 ? 1 : temperature_of(t, 0, 0));
  for (size_t o = 0; o < outer; ++o, x += axis.slice()) {
    for (size_t j = 0, n = 0; j < inner; j += n) {
      const size_t row = o * inner + j;
      n = many || cols == 0 ? 1 : inner - j < kColumns ? inner - j : kColumns;
      if (many) warm = Temperature(t[row]);
      float top[kColumns];
      const bool ordinary = column_peaks(top, x + j, cols, inner, n) && warm.positive;
      if (ordinary && inner == 1) {
        sink(row, Running{top[0], rest_of_row(x, cols, warm, top[0])}, warm.t);
      } else if (ordinary) {
        rest_of_columns(x + j, cols, inner, n, warm, top,
                        [&](size_t k, double rest) { sink(row + k, Running{top[k], rest}, warm.t); });
      } else {
        for (size_t k = 0; k < n; ++k) {
          const float* const column = x + j + k;
          if (warm.positive && finite(top[k])) {
            rest_of_columns(column, cols, inner, 1, warm, top + k,
                            [&](size_t, double rest) { sink(row + k, Running{top[k], rest}, warm.t); });
          } else {
            sink(row + k, edge_running(column, cols, inner, warm.t), warm.t);
          }
        }
      }
    }
  }
}

// peak / t, which is 0 for a peak of 0 and at an infinite temperature, and not NaN.
inline double peak_over(float peak, float t) {
  if (!finite(peak) || t == 1) return peak;
  return peak == 0 || !finite(t) ? 0 : static_cast<double>(peak) / t;
}

inline double log_sum_exp(Running row, float t) { return peak_over(row.peak, t) + log1p(row.rest); }

}  // namespace sm
