#include "maps.h"
#include "simd/row.h"

namespace sm {

void mask_below(float* y, const float* x, float least, size_t n) {
  const f32x4 threshold = splat(least), masked = held(-infinity);
  map(y, n, [=](f32x4 v) { return select_lt(v, threshold, masked, v); }, x);
}

}  // namespace sm
