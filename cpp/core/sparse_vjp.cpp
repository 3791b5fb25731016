#include "core/threshold.h"

namespace sm {

// slope(y) is s = y^(2 - alpha), how fast an entry moves with its z: 0 where y is, NaN where y is.
template <class Slope>
static void vjp_with(float* dx, const float* y, const float* dy, const float* t, Axis axis,
                     int rules, Slope slope) {
  const f32x4 zero = held(0);
  vjp_rows(
      dx, y, dy, t, axis, rules,
      [=](f32x4 p, f32x4 g) {
        const f32x4 s = slope(p);
        return select_eq(s, zero, zero, s * g);
      },
      [=](f32x4 p, f32x4 g, f32x4 mean, f32x4 per_t) {
        const f32x4 s = slope(p);
        return select_eq(s, zero, zero, s * (g - mean) * per_t);
      },
      slope);
}

// One row in double: at an alpha above 2, where the smallest y moves the most and what the others
// weigh beside it is a matter of double, and where each row has its own.
static void vjp_row(float* dx, const float* y, const float* dy, size_t cols, size_t stride,
                    double alpha, float per_t) {
  const auto slope = [=](size_t i) {
    const double v = y[i], power = (2 - alpha) * log(v);
    return v == 0 ? 0 : v == v ? exp(power < 200 ? power : 200) : v;  // s² is not yet infinite
  };
  const size_t end = cols * stride;
  // Seen from the entry that weighs most, so that beside it the others are not rounded away.
  double most = 0, base = 0;
  for (size_t i = 0; i < end; i += stride) {
    if (const double s = slope(i); s > most) most = s, base = dy[i];
  }
  double weighted = 0, weights = 0;
  for (size_t i = 0; i < end; i += stride) {
    const double s = slope(i);
    if (s == 0) continue;
    weighted += s * (dy[i] - base);
    weights += s;
  }
  for (size_t i = 0; i < end; i += stride) {
    const double s = slope(i), g = dy[i] - base;
    const bool still = s == 0 || (per_t == 0 && s == s);
    dx[i] = still ? 0 : static_cast<float>(s * (g - weighted / weights) * per_t);
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
  const f32x4 zero = held(0), one = held(1), power = splat(2 - *alpha);
  if (*alpha == kSparsemax) {
    vjp_with(dx, y, dy, t, axis, rules,
             [=](f32x4 p) { return select_eq(p, zero, zero, select_eq(p, p, one, p)); });
  } else if (*alpha == kEntmax15) {
    vjp_with(dx, y, dy, t, axis, rules, [](f32x4 p) { return sqrt(p); });
  } else {
    vjp_with(dx, y, dy, t, axis, rules,
             [=](f32x4 p) { return power_of_excess(p, zero, zero, power); });
  }
}

}  // namespace sm
