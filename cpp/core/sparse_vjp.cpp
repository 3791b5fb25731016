#include "core/sixteens.h"
#include "core/threshold.h"

namespace sm {

// s = y^(2 - alpha): how fast an entry moves with its z. 0 where y is, NaN where y is.
using Slopes = void (*)(float* s, const float* y, float alpha);

static void level_slopes(float* s, const float* y, float) {
  const f32x4 zero = held(0), one = held(1);
  for (size_t k = 0; k < 16; k += 4) {
    const f32x4 v = load(y + k);
    store(s + k, select_eq(v, zero, zero, select_eq(v, v, one, v)));
  }
}

static void root_slopes(float* s, const float* y, float) {
  for (size_t k = 0; k < 16; k += 4) store(s + k, sqrt(load(y + k)));
}

static void power_slopes(float* s, const float* y, float alpha) {
  const f32x4 zero = held(0), power = splat(2 - alpha);
  for (size_t k = 0; k < 16; k += 4) store(s + k, power_of_excess(load(y + k), zero, zero, power));
}

// alpha above 2: the smallest y moves the most, and what the others weigh beside it is a matter of
// double.
static void steep_vjp_row(float* dx, Sixteens y, Sixteens dy, double alpha, float per_t) {
  const auto slope = [=](size_t c) {
    const double v = y.x[c * y.stride], power = (2 - alpha) * log(v);
    return v == 0 ? 0 : v == v ? exp(power < 200 ? power : 200) : v;  // s² is not yet infinite
  };
  double weighted = 0, weights = 0;
  for (size_t c = 0; c < y.cols; ++c) {
    const double s = slope(c);
    if (s == 0) continue;
    weighted += s * dy.x[c * y.stride];
    weights += s;
  }
  for (size_t c = 0; c < y.cols; ++c) {
    const double s = slope(c), g = dy.x[c * y.stride];
    dx[c * y.stride] = s == 0 ? 0 : static_cast<float>(s * (g - weighted / weights) * per_t);
  }
}

static void vjp_row(float* dx, Sixteens y, Sixteens dy, double alpha, float per_t) {
  const Slopes slopes = alpha == kSparsemax  ? level_slopes
                        : alpha == kEntmax15 ? root_slopes
                                             : power_slopes;
  const f32x4 zero = held(0);
  alignas(16) float ys[16], gs[16], s[16];
  Sum weighted, weights;
  for (size_t i = 0; i < y.cols; i += 16) {
    slopes(s, y.at(ys, i), static_cast<float>(alpha));
    const float* const g = dy.at(gs, i);
    for (size_t k = 0; k < 16; k += 4) {
      const f32x4 w = load(s + k);
      weighted.add(select_eq(w, zero, zero, w * load(g + k)));
      weights.add(w);
    }
  }
  const f32x4 mean = splat(static_cast<float>(weighted.value() / weights.value()));
  const f32x4 scale = splat(per_t);
  for (size_t i = 0; i < y.cols; i += 16) {
    slopes(s, y.at(ys, i), static_cast<float>(alpha));
    const float* const g = dy.at(gs, i);
    float* const out = y.place(dx, ys, i);
    for (size_t k = 0; k < 16; k += 4) {
      const f32x4 w = load(s + k);
      store(out + k, select_eq(w, zero, zero, w * (load(g + k) - mean) * scale));
    }
    y.put(dx, out, i);
  }
}

void sparse_vjp_rows(float* dx, const float* y, const float* dy, const float* t, const float* alpha,
                     Axis axis, int rules) {
  const auto [outer, cols, inner] = axis;
  for (size_t r = 0; r < outer * inner; ++r) {
    const size_t start = r / inner * cols * inner + r % inner;
    const float own = alpha_of(alpha, rules, r);
    (own > 2 ? steep_vjp_row : vjp_row)(dx + start, {y + start, cols, inner, 0},
                                        {dy + start, cols, inner, 0}, own,
                                        per_temperature(t, rules, r));
  }
}

}  // namespace sm
