#include "maps.h"
#include "simd/row.h"

namespace sm {

void mask_below(float* y, const float* x, float least, size_t n) {
  const f32x4 threshold = splat(least), masked = held(-infinity);
  each(n, [=](auto at, size_t i) {
    const f32x4 v = at.load(x + i);
    at.store(y + i, select_lt(v, threshold, masked, v));
  });
}

}  // namespace sm
