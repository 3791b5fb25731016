// Rows of exp, each scaled by one number: softmax, and a piece of one.
#pragma once

#include "core/axis.h"

namespace sm {

// row, columns and lanes of a RowMap:
//
//   y_i = exp(x_i / t) / sum_j exp(x_j / t),   or with a state   y_i = exp(x_i / t - peak) / total
void exp_row(const RowMap& map, size_t r, float* y, const float* x, const Temperature& t,
             float top);
void exp_columns(const RowMap& map, size_t r, float* y, const float* x, size_t stride, size_t n,
                 const Temperature& t, const float* top);
void exp_lanes(const RowMap& map, size_t r, float* tile, const Temperature& t, const float* top);

// peak / t, which is 0 for a peak of 0 and at an infinite temperature, and not NaN.
double peak_over(float peak, float t);

}  // namespace sm
