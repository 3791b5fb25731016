// Products with a panel: eight columns side by side, [depth, 8]. Four numbers of the other side,
// each in all lanes, meet two vectors of the panel, so that eight sums stay in registers.
//
// Each sum runs over depth in order from 0, whatever stands beside it: an entry's bits do not
// depend on how many rows there are.
#pragma once

#include "simd/f32x4.h"

namespace sm {

constexpr size_t kPanel = 8;

// c[r] = scale sum_d a[r][d] b[d]
//
//   out  c [rows, 8]
//   in   a [rows, depth]   stride from row to row, step from number to number
//        b [depth, 8]
void rows_by_panel(float* c, const float* a, size_t stride, size_t step, size_t rows,
                   const float* b, size_t depth, float scale);

// c[r] = c[r] + sum_d a[r][d] b[d], with as many columns as there are, and one depth: it is faster
// when it is known where the next row is.
//
//   out  c [rows, cols]   cols a multiple of eight, also the stride of b and c
//   in   a [rows, kDepth]
//        b [kDepth, cols]
constexpr size_t kDepth = 32;
void rows_by_rows(float* c, const float* a, size_t rows, const float* b, size_t cols);

// c[x] = c[x] factor + sum_j a[j][x] b[j]
//
//   out  c [cols, 8]       holds what is added to
//   in   a [depth, cols]   stride from row to row
//        b [depth, 8]
//        factor [8]
void columns_by_panel(float* c, const float* a, size_t stride, size_t cols, const float* b,
                      size_t depth, const float* factor);

// columns_by_panel where only those products count whose shown [depth, 8] is not 0.
void shown_columns_by_panel(float* c, const float* a, size_t stride, size_t cols, const float* b,
                            const float* shown, size_t depth, const float* factor);

// c = c + scale sum_r w[r] a[r], for up to so many columns: their sums stay in registers, and a is
// read once, in the order of memory.
//
//   out  c [cols]
//   in   w [rows]
//        a [rows, cols]   or finite patterns of binary16, that count 2⁻¹¹² times
constexpr size_t kStrip = 32;
void add_mixed(float* c, const float* w, const float* a, size_t rows, size_t cols, float scale);
void add_mixed(float* c, const float* w, const uint16_t* a, size_t rows, size_t cols, float scale);

// y = w x, and y = y + w x.
void scaled(float* y, const float* x, size_t n, float w);
void add_scaled(float* y, const float* x, size_t n, float w);
void zeros(float* y, size_t n);

// c[x][lane] = a[lane][x], rows as a panel; 0 in the lanes from rows on.
void panel_of(float* c, const float* a, size_t stride, size_t rows, size_t cols);

// a[lane][x] = c[x][lane] scale[lane], or as much more than it was.
void rows_of(float* a, size_t stride, size_t rows, const float* c, size_t cols, const float* scale,
             bool add);

}  // namespace sm
