#include "core/running.h"

namespace sm {

double rest_of_row(const float* x, size_t cols, const Temperature& t, float top) {
  const f32x4 tops = splat(top), one = held(1);
  const double ties = total(
      cols, [=](f32x4 v) { return select_eq(v, tops, one, splat(0)); }, x);
  return with_exp(t, tops, [=](auto exp) {
    const double others = total(
        cols, [=](f32x4 v) { return select_eq(v, tops, splat(0), exp(v)); }, x);
    return ties - 1 + others / lane<0>(exp(tops));
  });
}

void rest_of_columns(double* rest, const float* x, size_t cols, size_t stride, size_t n,
                     const Temperature& t, const float* top) {
  ColumnExps exps(t, top, n);
  for (size_t j = 0; j < n; ++j) rest[j] = -1;
  for (size_t c = 0; c < cols; ++c, x += stride) {
    exps.add(n, [=](auto at, size_t j, auto exp) {
      const f32x4 v = at.load(x + j);
      return select_eq(v, at.load(top + j), splat(0), exp(v));
    });
    for (size_t j = 0; j < n; ++j) rest[j] += x[j] == top[j];
  }
  for (size_t j = 0; j < n; ++j) rest[j] += exps.sum(j) / exps.of(top[j], j);
}

// A row that exp cannot answer, stepping by stride: no candidate, NaN or +inf in it, temperature 0
// or infinite.
static Running edge_running(const float* x, size_t cols, size_t stride, float t) {
  float top = -infinity;
  for (size_t c = 0; c < cols; ++c) {
    const float v = x[c * stride];
    if (v != v) return {not_a_number, not_a_number};
    if (v > top) top = v;
  }
  if (top == -infinity) return {};
  // Beside +inf and at temperature 0 only the largest count; at an infinite one whatever is above
  // -inf does.
  const float least = t > 0 && top < infinity ? -__FLT_MAX__ : top;
  double counted = 0;
  for (size_t c = 0; c < cols; ++c) counted += x[c * stride] >= least;
  return {top, counted - 1};
}

void reduce_rows(const Reduction& to, const float* x, const float* t, Axis axis, int rules) {
  const auto [outer, cols, inner] = axis;
  const bool many = rules & Rule::row_temperature;
  if (outer * inner == 0) return;
  Temperature warm = temperature_of(t, rules, 0);
  for (size_t o = 0; o < outer; ++o) {
    for (size_t j = 0, n = 0; j < inner; j += n) {
      const size_t r = o * inner + j;
      const float* const columns = x + o * axis.slice() + j;
      n = many || cols == 0 ? 1 : inner - j < kColumns ? inner - j : kColumns;
      if (many) warm = temperature_of(t, rules, r);
      float top[kColumns];
      double rest[kColumns];
      const bool ordinary = column_peaks(top, columns, cols, inner, n) && warm.positive;
      if (ordinary && inner == 1) {
        rest[0] = rest_of_row(columns, cols, warm, top[0]);
      } else if (ordinary) {
        rest_of_columns(rest, columns, cols, inner, n, warm, top);
      } else {
        for (size_t k = 0; k < n; ++k) {
          if (warm.positive && finite(top[k])) {
            rest_of_columns(rest + k, columns + k, cols, inner, 1, warm, top + k);
          } else {
            const Running row = edge_running(columns + k, cols, inner, warm.t);
            top[k] = row.peak;
            rest[k] = row.rest;
          }
        }
      }
      for (size_t k = 0; k < n; ++k) to.sink(to, r + k, {top[k], rest[k]}, warm.t);
    }
  }
}

}  // namespace sm
