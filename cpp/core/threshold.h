// Sparse maps: a row is cut at a threshold, and what stands out of it becomes probabilities.
#pragma once

#include "core/axis.h"

namespace sm {

// With z = (alpha - 1) (x - top) / t and q = 1 / (alpha - 1):
//
//   y = (z - tau)^q where z > tau, 0 elsewhere,   tau such that sum y = 1
//
// alpha 2 is sparsemax; a map tends to softmax at 1, and under 1 no entry is cut.
constexpr float kEntmax15 = 1.5f, kSparsemax = 2;

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

// (z - high - low)^q, exactly 0 where z is not above high; z up to inf.
f32x4 power_of_excess(f32x4 z, f32x4 high, f32x4 low, f32x4 q);

// A row at alpha above 2; top is its largest score. y may be x.
void steep_row(float* y, const float* x, size_t cols, size_t stride, double alpha, float t,
               float top);

// Alphas from 2⁻²² under 1 to 2⁻²² above it count as 1: no probability is then off by 2⁻²².
inline bool is_softmax(double alpha) { return alpha >= 1 - 0x1p-22 && alpha <= 1 + 0x1p-22; }
// Alphas above 2²⁰ count as 2²⁰, where the scores have to be equal to share.
inline float alpha_of(const float* alpha, int rules, size_t r) {
  const float own = alpha[rules & Rule::row_alpha ? r : 0];
  return own < 0x1p20f ? own : 0x1p20f;
}

}  // namespace sm
