#include "core/threshold.h"

namespace sm {

// alpha above 2: y is a root of z - tau, infinitely steep at 0, so that every digit of z - tau
// counts and all is done in double.
struct SteepRow {
  const float* x;
  size_t n, stride;
  double top, slope, q;

  // y before it is normalised; a NaN stays.
  double at(size_t i, double tau) const {
    const double r = (x[i * stride] - top) * slope - tau;
    return r <= 0 ? 0 : r == r ? exp(q * log(r)) : r;
  }
  Sums sums(double tau) const {
    Sums s{0, 0};
    for (size_t i = 0; i < n; ++i) {
      const double y = at(i, tau);
      if (y == 0) continue;
      s.value += y;
      s.slope += y / ((x[i * stride] - top) * slope - tau);
    }
    return s;
  }
};

// Newton's method, and halving wherever it leaves what is known to hold the threshold.
static double steep_threshold(const SteepRow& row, double most) {
  double low = -1, high = most, tau = -1;
  for (int sweep = 0; sweep < 100; ++sweep) {
    const Sums s = row.sums(tau);
    const double off = s.value - 1;
    if (off != off || (off < 1e-13 && off > -1e-13)) return off == off ? tau : off;
    (off > 0 ? low : high) = tau;
    double next = tau + off / (row.q * s.slope);
    if (!(next > low && next < high)) next = (low + high) / 2;
    if (next <= low || next >= high) break;
    tau = next;
  }
  return low;  // where the sum is at least 1
}

void steep_row(float* y, const float* x, size_t cols, size_t stride, double alpha, float t,
               float top) {
  constexpr size_t kRoom = 1024;  // for what can be above any threshold
  float kept[kRoom];
  const double slope = (alpha - 1) / t, q = 1 / (alpha - 1);
  const SteepRow all{x, cols, stride, top, slope, q};
  SteepRow row{kept, 0, 1, top, slope, q};
  for (size_t i = 0; i < cols && row.n <= kRoom; ++i) {
    if (all.at(i, -1) == 0) continue;
    if (row.n < kRoom) kept[row.n] = x[i * stride];
    ++row.n;
  }
  if (row.n > kRoom) row = all;
  const double tau = steep_threshold(row, -exp(-log(static_cast<double>(cols)) * (alpha - 1)));
  const double total = row.sums(tau).value;
  for (size_t i = 0; i < cols; ++i) y[i * stride] = static_cast<float>(all.at(i, tau) / total);
}

}  // namespace sm
