// Rows that exp cannot answer, and what they mean: no candidate, infinite scores, temperature 0 or
// infinite.
#pragma once

#include "core/axis.h"

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
void even_row(float* y, const float* x, size_t stride, const uint8_t* keep, size_t keep_step,
              size_t cols, float t, int rules, bool logs);

// even_row, as map_rows calls it.
template <bool logs>
void even_edge(const RowMap& map, size_t, float* y, const float* x, size_t stride,
               const uint8_t* keep, size_t keep_step, float t) {
  even_row(y, x, stride, keep, keep_step, map.axis.cols, t, map.rules, logs);
}

}  // namespace sm
