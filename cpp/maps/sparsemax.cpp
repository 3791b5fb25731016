#include "core/threshold.h"
#include "maps.h"

namespace sm {

void sparsemax(float* y, const float* x, const uint8_t* mask, const float* t, size_t outer,
               size_t cols, size_t inner, int rules) {
  map_sparse_rows(y, x, mask, t, &kSparsemax, {outer, cols, inner}, rules);
}

// Within the support z - tau moves as z less the mean of z: dx is dy less its mean there.
void sparsemax_vjp(float* dx, const float* y, const float* dy, const float* t, size_t outer,
                   size_t cols, size_t inner, int rules) {
  sparse_vjp_rows(dx, y, dy, t, &kSparsemax, {outer, cols, inner}, rules);
}

}  // namespace sm
