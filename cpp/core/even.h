// Rows that exp cannot answer, and what they mean: no candidate, infinite scores, temperature 0 or infinite.
#pragma once

#include "shapes.h"
#include "simd/elementary.h"

namespace sm {

// Some entries of such a row share its mass evenly, the others get nothing:
//
//   no candidate (every score -inf)   by rule: nobody, all kept entries, or the row is NaN
//   entries +inf                      by rule: they do, or the row is NaN
//   temperature 0                     the first of the largest, or by rule all of them
//   temperature inf                   every entry that is not -inf
//
//   out  y [cols]     probabilities, or where logs is set their logarithms; may be x
//   in   x [cols]     -inf where it is masked; x and y step by stride
//        keep [cols]  the mask, or null; steps by keep_step
inline void even_row(float* y, const float* x, size_t stride, const uint8_t* keep, size_t keep_step, size_t cols,
                     float t, int rules, bool logs) {
  float top = -infinity;
  bool nan = false, any_kept = false;
  for (size_t c = 0; c < cols; ++c) {
    const float v = x[c * stride];
    nan |= v != v;
    any_kept |= keep != nullptr && keep[c * keep_step] != 0;
    if (v > top) top = v;
  }
  const bool empty = top == -infinity, nobody = empty && (rules & Rule::empty_zero);
  nan |= empty && !(rules & (Rule::empty_zero | Rule::empty_uniform));
  nan |= top == infinity && !(rules & Rule::infinite_limit);

  const bool largest = empty || top == infinity || t == 0;
  const auto shares = [&](size_t c) {
    if (nobody) return false;
    if (empty) return !any_kept || keep[c * keep_step] != 0;
    return largest ? x[c * stride] == top : x[c * stride] > -infinity;
  };
  const bool first_only = t == 0 && !empty && top < infinity && !(rules & Rule::tie_split);
  size_t sharing = 0;
  for (size_t c = 0; c < cols; ++c) sharing += shares(c);
  if (first_only) sharing = 1;

  const auto n = static_cast<double>(sharing);
  const auto on = static_cast<float>(logs ? -log(n) : 1 / n);
  const float off = logs ? -infinity : 0;
  size_t left = sharing;
  for (size_t c = 0; c < cols; ++c) {
    const bool in = left > 0 && shares(c);
    left -= in;
    y[c * stride] = nan ? not_a_number : in ? on : off;
  }
}

// even_row, as map_rows calls it.
inline auto even_rows(int rules, bool logs) {
  return [=](size_t, float* y, const float* x, size_t stride, const uint8_t* keep, size_t keep_step, size_t cols,
             float t) { even_row(y, x, stride, keep, keep_step, cols, t, rules, logs); };
}

}  // namespace sm
