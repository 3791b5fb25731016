// Partial results that merge.
//
// mask, t and rules mean what they mean in maps.h, but t is positive and finite, as at 0 and at inf
// nothing can be merged, and Rule::empty_uniform does not count: a piece does not know the others.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sm {

// softmax_state_fold: peak and total of rows, the state of a softmax whose rows are seen in pieces.
//
//   peak = max_j x_j / t,   total = sum_j exp(x_j / t - peak);   the empty row: -inf and 0
//
//   out     peak, total [outer, inner]
//   in      x [outer, cols, inner]   overwritten with -inf where it is masked; |x / t| < 2²⁸ at the
//                                    peak, beyond which a float no longer tells scores one apart
//   cost    O(cols) per row: one pass, or two where it is short, and one exp an entry
//   within  4 2⁻²⁴ relative, in total
//   source  Milakov and Gimelshein 2018, section 3
void softmax_state_fold(float* peak, float* total, float* x, const uint8_t* mask, const float* t,
                        size_t outer, size_t cols, size_t inner, int rules);

// softmax_state_merge: the state of the rows made of both pieces. Commutative; associative up to
// rounding.
//
//   peak = max(peak_a, peak_b),   total = total_a exp(peak_a - peak) + total_b exp(peak_b - peak)
//
//   out     peak, total [rows]   may be those of a or b
//   in      peak_a, total_a, peak_b, total_b [rows]
//   within  1 2⁻²⁴ relative, in total
//   source  Milakov and Gimelshein 2018, section 3.1
void softmax_state_merge(float* peak, float* total, const float* peak_a, const float* total_a,
                         const float* peak_b, const float* total_b, size_t rows);

// softmax_state_read: the log-sum-exp of what a state has seen.
//
//   lse = peak + log(total)
//
//   out     lse [rows]
//   in      peak, total [rows]
//   within  1.5 ulp of the larger of |lse| and |log(total)|
//   source  Milakov and Gimelshein 2018, section 3
void softmax_state_read(float* lse, const float* peak, const float* total, size_t rows);

// softmax_state_apply: the probabilities of a piece, given the state of the whole.
//
//   y_i = exp(x_i / t - peak) / total
//
//   out     y [outer, cols, inner]       may be x
//   in      x [outer, cols, inner]       a piece of what the state has seen
//           peak, total [outer, inner]   of the whole, at the same t
//   cost    O(cols) per row: three passes, one exp an entry
//   within  4 ulp, and what the merging rounded
//   source  Milakov and Gimelshein 2018, section 3
void softmax_state_apply(float* y, const float* x, const uint8_t* mask, const float* t,
                         const float* peak, const float* total, size_t outer, size_t cols,
                         size_t inner, int rules);

}  // namespace sm
