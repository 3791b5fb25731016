#include "states.h"

#include "core/exp_rows.h"
#include "core/running.h"

namespace sm {

void softmax_state_fold(float* peak, float* total, float* x, const uint8_t* mask, const float* t, size_t outer,
                        size_t cols, size_t inner, int rules) {
  const Axis axis{outer, cols, inner};
  Keep(mask, axis, rules).apply_all(x, x);
  reduce_rows(x, t, axis, rules, [=](size_t r, Running row, float t) {
    const double exact = peak_over(row.peak, t);
    peak[r] = static_cast<float>(exact);
    // What rounding the peak lost is made up in the total, so that they mean the same together.
    total[r] = static_cast<float>((1 + row.rest) * (finite(peak[r]) ? exp(exact - peak[r]) : 1));
  });
}

void softmax_state_merge(float* peak, float* total, const float* peak_a, const float* total_a, const float* peak_b,
                         const float* total_b, size_t rows) {
  for (size_t r = 0; r < rows; ++r) {
    const float a = peak_a[r], b = peak_b[r];
    // A state weighs exp(0) against a peak of its own, also where that is infinite; a NaN of either goes into both.
    const float top = a != a || a > b ? a : b;
    const auto weight = [=](float p) { return p == top ? 1 : exp(static_cast<double>(p) - top); };
    total[r] = static_cast<float>(total_a[r] * weight(a) + total_b[r] * weight(b));
    peak[r] = top;
  }
}

void softmax_state_read(float* lse, const float* peak, const float* total, size_t rows) {
  for (size_t r = 0; r < rows; ++r) {
    lse[r] = peak[r] == -infinity ? -infinity : static_cast<float>(peak[r] + log(static_cast<double>(total[r])));
  }
}

void softmax_state_apply(float* y, const float* x, const uint8_t* mask, const float* t, const float* peak,
                         const float* total, size_t outer, size_t cols, size_t inner, int rules) {
  exp_rows(
      y, x, mask, t, {outer, cols, inner}, rules,
      [=](size_t r, double, const Reference& row, const Temperature& t) {
        const double weight = row.unit * kLn2 + peak_over(row.shift, t.t) - peak[r];
        return static_cast<float>(exp(weight) / total[r]);
      },
      // A piece without a candidate, with NaN, or with +inf among its scores.
      [=](size_t r, float* y, const float* x, size_t stride, const uint8_t*, size_t, size_t cols, float) {
        const bool nan = total[r] != total[r] || (peak[r] == infinity && !(rules & Rule::infinite_limit)) ||
                         (peak[r] == -infinity && !(rules & Rule::empty_zero));
        for (size_t c = 0; c < cols; ++c) {
          const float p = x[c * stride] == infinity ? 1 / total[r] : 0;
          y[c * stride] = nan ? not_a_number : p;
        }
      });
}

}  // namespace sm
