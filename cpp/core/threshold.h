// Sparse maps: a row is cut at a threshold, and what stands out of it becomes probabilities.
#pragma once

#include "core/axis.h"

namespace sm {

// With z = (alpha - 1) (x - top) / t and q = 1 / (alpha - 1):
//
//   y = (z - tau)^q where z > tau, 0 elsewhere,   tau such that sum y = 1
//
// alpha 2 is sparsemax; 1 is softmax, to which a map tends there. Under 1 no entry is cut.
constexpr float kSoftmax = 1, kEntmax15 = 1.5f, kSparsemax = 2;

// Maps the rows of x at alpha, one for all or one per row with Rule::row_alpha. A NaN in a row is a
// NaN in its threshold.
void map_sparse_rows(float* y, const float* x, const uint8_t* mask, const float* t,
                     const float* alpha, Axis axis, int rules);

// The gradient of such a map, from its result: dx = s (dy - <s, dy> / sum s) / t with s = y^(2 -
// alpha), and 0 where y is 0, whatever dy is there. dx may be y or dy.
void sparse_vjp_rows(float* dx, const float* y, const float* dy, const float* t, const float* alpha,
                     Axis axis, int rules);

// The sums over a row that Newton's method asks for: y, and y's slope but for a factor, which is
// (z - tau)^(q - 1).
struct Sums {
  double value, slope;
};

// The function y of z - tau for one alpha. z is a multiple of sixteen entries, 16-byte aligned.
struct Power {
  double q;
  Sums (*sums)(const Power& power, const float* z, size_t n, double tau);
  // y = (z - tau)^q scale, in place
  void (*apply)(const Power& power, float* z, size_t n, double tau, float scale);
};
Power power_of(double alpha);

}  // namespace sm
