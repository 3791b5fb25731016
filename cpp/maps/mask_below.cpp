#include "maps.h"
#include "simd/row.h"

namespace sm {

void mask_below(float* y, const float* x, float least, size_t n) {
  map(y, n, [=](f32x4 v) { return select_lt(v, splat(least), splat(-infinity), v); }, x);
}

}  // namespace sm
