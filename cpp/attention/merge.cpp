#include "attention.h"
#include "simd/elementary.h"
#include "simd/row.h"

namespace sm {

void merge_attention(float* o, float* lse, const float* o_a, const float* lse_a, const float* o_b,
                     const float* lse_b, size_t rows, size_t dim) {
  for (size_t r = 0; r < rows; ++r, o += dim, o_a += dim, o_b += dim) {
    const float a = lse_a[r], b = lse_b[r];
    const float top = a != a || a > b ? a : b, other = top == b || b != b ? a : b;
    if (top == -infinity) {  // neither has seen a key
      each(dim, [=](auto at, size_t i) { at.store(o + i, splat(0)); });
      lse[r] = top;
      continue;
    }
    const auto weight = [=](float part) {
      return part == top ? 1 : exp(static_cast<double>(part) - top);
    };
    const double in_a = weight(a), in_b = weight(b), total = in_a + in_b;
    const f32x4 wa = splat(static_cast<float>(in_a / total)),
                wb = splat(static_cast<float>(in_b / total)), zero = splat(0);
    lse[r] = static_cast<float>(top + log1p(weight(other)));
    // What weighs nothing is not read as a number.
    map(
        o, dim,
        [=](f32x4 x, f32x4 y) {
          return select_eq(wa, zero, zero, x * wa) + select_eq(wb, zero, zero, y * wb);
        },
        o_a, o_b);
  }
}

}  // namespace sm
