#include "core/axis.h"
#include "maps.h"

namespace sm {

void gradient_temperature(float* own, const float* x, const uint8_t* mask, const float* t,
                          size_t outer, size_t cols, size_t inner, int rules) {
  const Axis axis{outer, cols, inner};
  const Keep keep(mask, axis, rules);
  for (size_t r = 0; r < outer * inner; ++r) {
    const size_t o = r / inner, j = r % inner;
    const uint8_t* const kept = keep.row(o, j);
    float top = -infinity;
    for (size_t c = 0; c < cols; ++c) {
      if (kept != nullptr && kept[c * keep.step()] == 0) continue;
      const float v = x[o * axis.slice() + c * inner + j];
      if (v > top) top = v;
    }
    own[r] = finite(top) ? temperature_at(t, rules, r) : 0;
  }
}

}  // namespace sm
