#include "core/loss_rows.h"
#include "losses.h"

namespace sm {

// H = log sum exp((x - max)/t) + m with m the mean of (max - x)/t: neither is negative. As log p_i
// + H = m - (max - x_i)/t, the gradient is p_i ((max - x_i)/t - m) / t.
static double entropy_row(const Loss& loss, const LossRow& row) {
  const Odds odds = odds_of(row.exps, row, first_peak(row.x, row.top), loss.t);
  const double mean = mean_gap(row, odds, loss.t);
  if (row.gradient) {
    const f32x4 scale = splat(static_cast<float>(row.g / (loss.t.t * odds.total()))),
                per_t = splat(1 / loss.t.t), top = splat(row.top),
                m = splat(static_cast<float>(mean)), none = held(0);
    map(
        row.y, row.cols,
        [=](f32x4 e, f32x4 x) {
          return select_eq(e, none, none, (e * scale) * ((top - x) * per_t - m));
        },
        row.exps, row.x);
  }
  return odds.surprise + mean;
}

void entropy(float* loss, float* dx, const float* x, const uint8_t* mask, const float* dloss,
             float* tmp, size_t outer, size_t cols, size_t inner, int rules, float t) {
  const Temperature warm = temperature_of(t);
  loss_rows({.loss = loss,
             .dx = dx,
             .x = x,
             .target = nullptr,
             .mask = mask,
             .dloss = dloss,
             .tmp = tmp,
             .axis = {outer, cols, inner},
             .rules = rules,
             .t = warm,
             .divisor = static_cast<double>(outer * inner),
             .empty = 0,
             .row = entropy_row});
}

}  // namespace sm
