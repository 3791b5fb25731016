#include "core/loss_rows.h"
#include "losses.h"

namespace sm {

struct Policy : Loss {
  const float* advantage;
  double bonus;
};

// The gradient of log p_a is e_a - p, and 1 - p_a the share of the others.
static double log_probability_row(const Loss& loss, const LossRow& row) {
  const auto a = static_cast<size_t>(loss.target[row.r]);
  const Odds odds = odds_of(row.gradient ? row.y : row.exps, row, a, loss.t);
  if (row.gradient) {
    const double g = row.g / (loss.t.t * odds.total());
    scale_but_one(row.y, row.y, row.cols, a, -g, g * odds.others);
  }
  return 0 - odds.surprise;  // never -0
}

// -A log p_a - b H. The gradient of -H is p_i (log p_i + H), and log p_i + H = m - (max - x_i)/t
// with m as in entropy.
static double policy_row(const Loss& loss, const LossRow& row) {
  const auto& own = static_cast<const Policy&>(loss);
  const auto a = static_cast<size_t>(loss.target[row.r]);
  const double reward = own.advantage[row.r], bonus = own.bonus, per_t = 1 / loss.t.t;
  const double gap = (static_cast<double>(row.top) - row.x[a]) * per_t;
  const Odds odds = odds_of(row.exps, row, a, loss.t);
  const double mean = mean_gap(row, odds, loss.t);
  if (row.gradient) {
    const double g = row.g * per_t / odds.total();
    const double tilt = odds.own == 0 ? 0 : bonus * odds.own * (mean - gap);
    const f32x4 scale = splat(static_cast<float>(g)), top = splat(row.top), none = held(0),
                slope = splat(static_cast<float>(-bonus * per_t)),
                level = splat(static_cast<float>(reward + bonus * mean));
    map(
        row.y, row.cols,
        [=](f32x4 e, f32x4 x) {
          return select_eq(e, none, none, (e * scale) * (level + (top - x) * slope));
        },
        row.exps, row.x);
    row.y[a] = static_cast<float>(g * (tilt - reward * odds.others));
  }
  const double entropy = odds.log_total() + mean;
  return (reward == 0 ? 0 : reward * odds.surprise) - bonus * entropy;
}

void log_probability(float* loss, float* dx, const float* x, const int32_t* target,
                     const uint8_t* mask, const float* dloss, float* tmp, size_t outer, size_t cols,
                     size_t inner, int rules, float t) {
  const Temperature warm = temperature_of(t);
  loss_rows({.loss = loss,
             .dx = dx,
             .x = x,
             .target = target,
             .mask = mask,
             .dloss = dloss,
             .tmp = tmp,
             .axis = {outer, cols, inner},
             .rules = rules,
             .t = warm,
             .divisor = rows_counted(target, outer * inner),
             .empty = -infinity,
             .row = log_probability_row});
}

void policy_gradient(float* loss, float* dx, const float* x, const int32_t* target,
                     const float* advantage, const uint8_t* mask, const float* dloss, float* tmp,
                     size_t outer, size_t cols, size_t inner, int rules, float t, float bonus) {
  const Temperature warm = temperature_of(t);
  const Policy call{{.loss = loss,
                     .dx = dx,
                     .x = x,
                     .target = target,
                     .mask = mask,
                     .dloss = dloss,
                     .tmp = tmp,
                     .axis = {outer, cols, inner},
                     .rules = rules,
                     .t = warm,
                     .divisor = rows_counted(target, outer * inner),
                     .empty = not_a_number,
                     .row = policy_row},
                    advantage,
                    bonus};
  loss_rows(call);
}

}  // namespace sm
