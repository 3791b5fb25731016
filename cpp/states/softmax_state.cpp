#include "core/exp_rows.h"
#include "core/running.h"
#include "states.h"

namespace sm {

void softmax_state_fold(float* peak, float* total, float* x, const uint8_t* mask, const float* t,
                        size_t outer, size_t cols, size_t inner, int rules) {
  const Axis axis{outer, cols, inner};
  Keep(mask, axis, rules).apply_all(x, x);
  const auto sink = [](const Reduction& to, size_t r, size_t n, const float* peaks,
                       const double* rest, float t) {
    for (size_t k = 0; k < n; ++k) {
      const double exact = peak_over(peaks[k], t);
      const auto peak = static_cast<float>(exact);
      // What rounding the peak lost is made up in the total, so that they mean the same together;
      // beyond e⁶⁴ (a peak of 10¹⁰ or infinite) nothing can.
      const double lost = exact - peak;
      to.a[r + k] = peak;
      to.b[r + k] = static_cast<float>((1 + rest[k]) * (lost > -64 && lost < 64 ? exp(lost) : 1));
    }
  };
  reduce_rows({peak, total, sink}, x, t, axis, rules);
}

void softmax_state_merge(float* peak, float* total, const float* peak_a, const float* total_a,
                         const float* peak_b, const float* total_b, size_t rows) {
  for (size_t r = 0; r < rows; ++r) {
    const float a = peak_a[r], b = peak_b[r];
    // A state weighs exp(0) against a peak of its own, also where that is infinite; a NaN of either
    // goes into both.
    const float top = a != a || a > b ? a : b;
    const auto weight = [=](float p) { return p == top ? 1 : exp(static_cast<double>(p) - top); };
    total[r] = static_cast<float>(total_a[r] * weight(a) + total_b[r] * weight(b));
    peak[r] = top;
  }
}

void softmax_state_read(float* lse, const float* peak, const float* total, size_t rows) {
  for (size_t r = 0; r < rows; ++r) {
    lse[r] = peak[r] == -infinity
                 ? -infinity
                 : static_cast<float>(peak[r] + log(static_cast<double>(total[r])));
  }
}

// A piece without a candidate, with NaN, or with +inf among its scores.
static void apply_edge(const RowMap& map, size_t r, float* y, const float* x, size_t stride,
                       const uint8_t*, size_t, float) {
  const float peak = map.peak[r], total = map.total[r];
  const bool nan = total != total || (peak == infinity && !(map.rules & Rule::infinite_limit)) ||
                   (peak == -infinity && !(map.rules & Rule::empty_zero));
  for (size_t i = 0; i < map.axis.cols * stride; i += stride) {
    const float p = x[i] == infinity ? 1 / total : 0;
    y[i] = nan ? not_a_number : p;
  }
}

void softmax_state_apply(float* y, const float* x, const uint8_t* mask, const float* t,
                         const float* peak, const float* total, size_t outer, size_t cols,
                         size_t inner, int rules) {
  map_rows({.y = y,
            .x = x,
            .mask = mask,
            .t = t,
            .axis = {outer, cols, inner},
            .rules = rules,
            .peak = peak,
            .total = total,
            .row = exp_row,
            .rows = exp_rows,
            .columns = exp_columns,
            .edge = apply_edge});
}

}  // namespace sm
