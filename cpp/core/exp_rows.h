// Rows of exp, each scaled by one number: softmax, and a piece of one.
#pragma once

#include "core/axis.h"

namespace sm {

// row, rows and columns of a RowMap:
//
//   y_i = exp(x_i / t) / sum_j exp(x_j / t),   or with a state   y_i = exp(x_i / t - peak) / total
bool exp_row(const RowMap& map, size_t r, float* y, const float* x, const Temperature& t);
void exp_rows(const RowMap& map, size_t r, float* y, const float* x, size_t n, const Temperature& t,
              const float* top);
bool exp_columns(const RowMap& map, size_t r, float* y, const float* x, size_t stride, size_t n,
                 const Temperature& t, float* top);

}  // namespace sm
