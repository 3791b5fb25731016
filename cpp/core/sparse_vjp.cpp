#include "core/threshold.h"

namespace sm {

// s = y^(2 - alpha): how fast an entry moves with its z. 0 where y is, NaN where y is.
using Slope = f32x4 (*)(f32x4 y, f32x4 power);

static f32x4 level(f32x4 y, f32x4) {
  return select_eq(y, splat(0), splat(0), select_eq(y, y, splat(1), y));
}
static f32x4 root(f32x4 y, f32x4) { return sqrt(y); }
static f32x4 any(f32x4 y, f32x4 power) { return power_of_excess(y, splat(0), splat(0), power); }

// One row in double: at an alpha above 2, where the smallest y moves the most and what the others
// weigh beside it is a matter of double, and where each row has its own.
static void vjp_row(float* dx, const float* y, const float* dy, size_t cols, size_t stride,
                    double alpha, float per_t) {
  const auto slope = [=](size_t i) {
    const double v = y[i], power = (2 - alpha) * log(v);
    return v == 0 ? 0 : v == v ? exp(power < 200 ? power : 200) : v;  // s² is not yet infinite
  };
  const size_t end = cols * stride;
  double weighted = 0, weights = 0;
  for (size_t i = 0; i < end; i += stride) {
    const double s = slope(i);
    if (s == 0) continue;
    weighted += s * dy[i];
    weights += s;
  }
  for (size_t i = 0; i < end; i += stride) {
    const double s = slope(i), g = dy[i];
    dx[i] = s == 0 ? 0 : static_cast<float>(s * (g - weighted / weights) * per_t);
  }
}

void sparse_vjp_rows(float* dx, const float* y, const float* dy, const float* t, const float* alpha,
                     Axis axis, int rules) {
  if (rules & Rule::row_alpha || *alpha > 2) {
    for (size_t r = 0; r < axis.outer * axis.inner; ++r) {
      const size_t start = r / axis.inner * axis.slice() + r % axis.inner;
      vjp_row(dx + start, y + start, dy + start, axis.cols, axis.inner, alpha_of(alpha, rules, r),
              per_temperature(t, rules, r));
    }
    return;
  }
  const Slope slope = *alpha == kSparsemax ? level : *alpha == kEntmax15 ? root : any;
  const f32x4 power = splat(2 - *alpha), zero = held(0);
  vjp_rows(
      dx, y, dy, t, axis, rules,
      [=](f32x4 p, f32x4 g) {
        const f32x4 s = slope(p, power);
        return select_eq(s, zero, zero, s * g);
      },
      [=](f32x4 p, f32x4 g, f32x4 mean, f32x4 per_t) {
        const f32x4 s = slope(p, power);
        return select_eq(s, zero, zero, s * (g - mean) * per_t);
      },
      [=](f32x4 p) { return slope(p, power); });
}

}  // namespace sm
