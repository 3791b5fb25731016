#include "core/threshold.h"
#include "maps.h"

namespace sm {

void entmax15(float* y, const float* x, const uint8_t* mask, const float* t, size_t outer,
              size_t cols, size_t inner, int rules) {
  map_sparse_rows(y, x, mask, t, &kEntmax15, {outer, cols, inner}, rules);
}

// y = (z - tau)² moves by 2 sqrt(y), and z is x / 2: dx is sqrt(y) times dy less its mean, weighted
// by sqrt(y).
void entmax15_vjp(float* dx, const float* y, const float* dy, const float* t, size_t outer,
                  size_t cols, size_t inner, int rules) {
  sparse_vjp_rows(dx, y, dy, t, &kEntmax15, {outer, cols, inner}, rules);
}

}  // namespace sm
