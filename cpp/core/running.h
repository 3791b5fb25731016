// A row seen in pieces: its peak and the total of exp, kept so that a total of barely more than 1
// is still exact.
#pragma once

#include "core/axis.h"

namespace sm {

// total = sum exp((x - peak) / t) = 1 + rest: the peak's own 1 is left out, since it would round
// away a small rest. Empty: {-inf, -1}. A row with a NaN has it in rest, or in both.
struct Running {
  float peak = -infinity;
  double rest = -1;
};

// The peak and the rest of a row longer than kShort; the rest counts where the peak is finite.
Running running_of_row(const float* x, size_t cols, const Temperature& t);

// The rests of n short rows as padded_rows has them, with their peaks, finite.
void rest_of_rows(double* rest, const float* x, size_t cols, size_t n, const Temperature& t,
                  const float* top);

// The same for n <= kTogether columns; top and what comes back as the columns of a RowMap have it.
bool rest_of_columns(double* rest, const float* x, size_t cols, size_t stride, size_t n,
                     const Temperature& t, float* top);

// What every row of x comes to. The sink is told of rows r … r + n - 1 of [outer, inner] together,
// all at temperature t.
struct Reduction {
  float *a, *b;  // outputs of sink
  void (*sink)(const Reduction&, size_t r, size_t n, const float* peak, const double* rest,
               float t);
};
void reduce_rows(const Reduction& to, float* x, const float* t, Axis axis, int rules);

}  // namespace sm
