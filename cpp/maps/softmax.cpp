#include "core/even.h"
#include "core/exp_rows.h"
#include "maps.h"

namespace sm {

void softmax(float* y, const float* x, const uint8_t* mask, const float* t, size_t outer,
             size_t cols, size_t inner, int rules) {
  map_rows({.y = y,
            .x = x,
            .mask = mask,
            .t = t,
            .axis = {outer, cols, inner},
            .rules = rules,
            .row = exp_row,
            .rows = exp_rows,
            .columns = exp_columns,
            .edge = even_edge<false>});
}

// The Jacobian is (diag(y) - y yᵀ) / t, so dx = y (dy - <y, dy>) / t. Where y is 0, dy does not
// count.
void softmax_vjp(float* dx, const float* y, const float* dy, const float* t, size_t outer,
                 size_t cols, size_t inner, int rules) {
  vjp_rows(
      dx, y, dy, t, {outer, cols, inner}, rules,
      [](f32x4 y, f32x4 dy) { return select_eq(y, splat(0), splat(0), y * dy); },
      [](f32x4 y, f32x4 dy, f32x4 mean, f32x4 per_t) {
        return select_eq(y, splat(0), splat(0), (y * (dy - mean)) * per_t);
      });
}

}  // namespace sm
