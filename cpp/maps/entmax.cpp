#include "core/threshold.h"
#include "maps.h"

namespace sm {

void entmax(float* y, const float* x, const uint8_t* mask, const float* t, const float* alpha,
            size_t outer, size_t cols, size_t inner, int rules) {
  if (!(rules & Rule::row_alpha) && is_softmax(*alpha))
    return softmax(y, x, mask, t, outer, cols, inner, rules);
  map_sparse_rows(y, x, mask, t, alpha, {outer, cols, inner}, rules);
}

// With r = z - tau, y = r^q moves by q s where s = r^(q - 1) = y^(2 - alpha); z is x over q, and
// tau is the mean of what moves, weighted by s.
void entmax_vjp(float* dx, const float* y, const float* dy, const float* t, const float* alpha,
                size_t outer, size_t cols, size_t inner, int rules) {
  sparse_vjp_rows(dx, y, dy, t, alpha, {outer, cols, inner}, rules);
}

// (exp(-u) - 1 + u) / u², which is 1/2 at 0.
static double second_order(double u) {
  if (u > -0.1 && u < 0.1)
    return 0.5 - u * (1 / 6.0 - u * (1 / 24.0 - u * (1 / 120.0 - u * (1 / 720.0 - u / 5040))));
  return (exp(u > -200 ? -u : 200) - 1 + u) / (u * u);
}

// Near alpha 1 the terms of the formula are large and all but cancel. With e = alpha - 1, l = log y
// and w = y l² second_order(e l), s is y - e h + e² w exactly; putting that in, and sum y = 1,
//
//   dy/dalpha = (W y - w + e (H w - W h)) / S
//
// has no e to divide by. Capitals are sums.
static double alpha_slope(const float* y, const float* dy, size_t cols, size_t stride, double e) {
  double s = 0, h = 0, w = 0, gy = 0, gh = 0, gw = 0;
  for (size_t i = 0; i < cols * stride; i += stride) {
    const double v = y[i], g = dy[i];
    if (v == 0) continue;
    const double l = log(v), own_h = v * l, own_w = own_h * l * second_order(e * l);
    s += v - e * own_h + e * e * own_w;
    h += own_h;
    w += own_w;
    gy += g * v;
    gh += g * own_h;
    gw += g * own_w;
  }
  return s == 0 ? 0 : (w * gy - gw + e * (h * gw - w * gh)) / s;
}

void entmax_alpha_vjp(float* dalpha, const float* y, const float* dy, const float* alpha,
                      size_t outer, size_t cols, size_t inner, int rules) {
  for (size_t r = 0; r < outer * inner; ++r) {
    const size_t start = r / inner * cols * inner + r % inner;
    const double e = static_cast<double>(alpha_of(alpha, rules, r)) - 1;
    dalpha[r] = static_cast<float>(alpha_slope(y + start, dy + start, cols, inner, e));
  }
}

}  // namespace sm
