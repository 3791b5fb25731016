#include "core/exp_rows.h"
#include "core/running.h"
#include "maps.h"

namespace sm {

void log_sum_exp(float* lse, float* x, const uint8_t* mask, const float* t, size_t outer,
                 size_t cols, size_t inner, int rules) {
  const Axis axis{outer, cols, inner};
  Keep(mask, axis, rules).apply_all(x, x);
  const auto sink = [](const Reduction& to, size_t r, size_t n, const float* peak,
                       const double* rest, float t) {
    for (size_t k = 0; k < n; ++k)
      to.a[r + k] = static_cast<float>(peak_over(peak[k], t) + log1p(rest[k]));
  };
  reduce_rows({lse, nullptr, sink}, x, t, axis, rules);
}

// The gradient of log-sum-exp is softmax, over t.
void log_sum_exp_vjp(float* dx, const float* y, const float* dlse, const float* t, size_t outer,
                     size_t cols, size_t inner, int rules) {
  const auto times = [](f32x4 p, f32x4 g) { return select_eq(p, splat(0), splat(0), p * g); };
  for (size_t o = 0; o < outer; ++o) {
    for (size_t j = 0; j < inner; j += kTogether) {
      const size_t n = inner - j < kTogether ? inner - j : kTogether;
      float g[kTogether];
      for (size_t k = 0; k < n; ++k) {
        const size_t r = o * inner + j + k;
        const float per_t = per_temperature(t, rules, r);
        g[k] = per_t == 0 ? 0 : dlse[r] * per_t;
      }
      const size_t start = o * cols * inner + j;
      if (inner == 1) {
        each(cols, [=, w = splat(g[0])](auto at, size_t i) {
          at.store(dx + start + i, times(at.load(y + start + i), w));
        });
      } else {
        for (size_t i = start; i < start + cols * inner; i += inner) {
          each(n, [&](auto at, size_t k) {
            at.store(dx + i + k, times(at.load(y + i + k), at.load(g + k)));
          });
        }
      }
    }
  }
}

}  // namespace sm
