// Rows of exp, each scaled by one number: softmax, and its pieces.
#pragma once

#include "core/axis.h"

namespace sm {

// y = exp(x / t) / 2^unit scale(r, sum, row), with sum = sum_j exp(x_j / t) / 2^unit, r counted over [outer, inner] and
// row the Reference that has the unit. edge(r, y, x, stride, keep, keep_step, cols, t) writes a row exp cannot answer.
template <class Scale, class Edge>
inline void exp_rows(float* y, const float* x, const uint8_t* mask, const float* t, Axis axis, int rules, Scale scale,
                     Edge edge) {
  map_rows(
      y, x, mask, t, axis, rules,
      [=](size_t r, float* y, const float* x, size_t cols, const Temperature& t, float top) {
        const Reference row(t, top);
        const double sum = with_exp(t, row, [=](auto exp) { return map_total(y, cols, exp, x); });
        const f32x4 s = splat(scale(r, sum, row, t));
        map(y, cols, [=](f32x4 e) { return e * s; }, y);
      },
      [=](size_t r, float* y, const float* x, size_t cols, size_t stride, size_t n, const Temperature& t,
          const float* top) {
        ColumnExps exps(t, top, n);
        for (size_t c = 0; c < cols; ++c) {
          exps.add(n, [=](auto at, size_t j, auto exp) {
            const f32x4 e = exp(at.load(x + c * stride + j));
            at.store(y + c * stride + j, e);
            return e;
          });
        }
        float s[kColumns];
        for (size_t j = 0; j < n; ++j) s[j] = scale(r + j, exps.sum(j), Reference(t, top[j]), t);
        for (size_t c = 0; c < cols; ++c) {
          map(y + c * stride, n, [](f32x4 e, f32x4 f) { return e * f; }, y + c * stride, s);
        }
      },
      edge);
}

}  // namespace sm
