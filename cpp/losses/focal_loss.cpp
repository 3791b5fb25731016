#include "core/loss_rows.h"
#include "losses.h"

namespace sm {

struct Focal : Loss {
  const float* weight;
  double gamma;
};

// u^gamma; 0⁰ is 1. Scaled by a power of two, so that log(u) is exact for small u.
static double power(double u, double gamma) {
  if (gamma == 0) return 1;
  return u > 0 ? exp(gamma * (log(u * 0x1p200) - 200 * kLn2)) : u;
}

// With u = 1 - p and l = -log p at the class: dx = w k (p - e_y), k = u^gamma (1 + gamma p l / u),
// where l / u tends to 1 as u does to 0.
static double focal_row(const Loss& loss, const LossRow& row) {
  const auto& own = static_cast<const Focal&>(loss);
  const auto y = static_cast<size_t>(loss.target[row.r]);
  const double w = own.weight == nullptr ? 1 : own.weight[y];
  const Odds odds = odds_of(row.gradient ? row.y : row.exps, row, y, loss.t);
  const double p = odds.own / odds.total(), u = odds.others / odds.total();
  const double focus = w * power(u, own.gamma);
  if (row.gradient) {
    const double tilt = p == 0 ? 0 : u == 0 ? p : p * odds.surprise / u;
    const double k = focus * (1 + own.gamma * tilt) * row.g / loss.t.t;
    scale_but_one(row.y, row.y, row.cols, y, k / odds.total(), -k * u);
  }
  return focus == 0 ? 0 : focus * odds.surprise;
}

void focal_loss(float* loss, float* dx, const float* x, const int32_t* target, const uint8_t* mask,
                const float* weight, const float* dloss, float* tmp, size_t outer, size_t cols,
                size_t inner, int rules, float t, float gamma) {
  const Temperature warm = temperature_of(t);
  Focal call{{.loss = loss,
              .dx = dx,
              .x = x,
              .target = target,
              .mask = mask,
              .dloss = dloss,
              .tmp = tmp,
              .axis = {outer, cols, inner},
              .rules = rules,
              .t = warm,
              .divisor = weights_counted(weight, target, outer * inner),
              .empty = infinity,
              .row = focal_row},
             weight,
             gamma};
  loss_rows(call);
}

}  // namespace sm
