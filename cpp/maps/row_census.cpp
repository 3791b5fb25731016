#include "core/axis.h"
#include "maps.h"

namespace sm {

void row_census(int32_t* counts, const float* x, const uint8_t* mask, size_t outer, size_t cols,
                size_t inner, int rules) {
  const Axis axis{outer, cols, inner};
  const Keep keep(mask, axis, rules);
  counts[0] = counts[1] = 0;
  counts[2] = -1;
  for (size_t r = 0; r < outer * inner; ++r) {
    const size_t o = r / inner, j = r % inner;
    const uint8_t* const kept = keep.row(o, j);
    bool nan = false, empty = true;
    for (size_t c = 0; c < cols; ++c) {
      if (kept != nullptr && kept[c * keep.step()] == 0) continue;
      const float v = x[o * axis.slice() + c * inner + j];
      nan |= v != v;
      empty &= v == -infinity;
    }
    counts[0] += nan;
    counts[1] += empty;
    if (empty && counts[2] < 0) counts[2] = static_cast<int32_t>(r);
  }
}

}  // namespace sm
