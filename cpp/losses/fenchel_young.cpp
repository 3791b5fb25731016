#include "core/loss_rows.h"
#include "losses.h"
#include "maps.h"

namespace sm {

struct FenchelYoung : Loss {
  float alpha;
};

// p (1 - p^(alpha - 1)) / (alpha - 1), which is -p log p at alpha 1: by a series where the power is
// near 1, so that what is left of 1 is not lost.
static double part_of_entropy(double p, double alpha) {
  if (p == 0) return 0;
  const double log_p = log(p * 0x1p200) - 200 * kLn2, u = (alpha - 1) * log_p;
  if (u > -0.01 && u < 0.01)
    return -p * log_p * (1 + u / 2 * (1 + u / 3 * (1 + u / 4 * (1 + u / 5))));
  return p * (1 - exp(u)) / (alpha - 1);
}

// With z = x / t and H the entropy of Tsallis, sum of its parts / alpha: the loss H(p) + <p, z> -
// z_y, as sum p (z - max) + max - z_y, has the gradient p - e_y. 1 - p_y is the sum of the others.
static double fenchel_young_row(const Loss& loss, const LossRow& row) {
  const auto& own = static_cast<const FenchelYoung&>(loss);
  const auto y = static_cast<size_t>(loss.target[row.r]);
  const double gap = (static_cast<double>(row.top) - row.x[y]) / loss.t.t;
  float* const p = row.exps;
  const float t = loss.t.t;
  entmax(p, row.x, nullptr, t == 1 ? nullptr : &t, &own.alpha, 1, row.cols, 1, 0);
  double entropy = 0, below = 0;
  for (size_t c = 0; c < row.cols; ++c) {
    if (p[c] == 0) continue;
    entropy += part_of_entropy(p[c], own.alpha);
    below += p[c] * ((static_cast<double>(row.x[c]) - row.top) / t);
  }
  if (row.gradient) {
    const double others = all_but(y, row.cols, [=](size_t from, size_t n) {
      return total(
          n, [](f32x4 v) { return v; }, p + from);
    });
    const double g = row.g / t;
    scale_but_one(row.y, p, row.cols, y, g, -g * others);
  }
  const double value = entropy / own.alpha + below + gap;
  return value < 0 ? 0 : value;  // it is not, but for rounding
}

void entmax_loss(float* loss, float* dx, const float* x, const int32_t* target, const uint8_t* mask,
                 const float* dloss, float* tmp, size_t outer, size_t cols, size_t inner, int rules,
                 float t, float alpha) {
  const Temperature warm = temperature_of(t);
  const FenchelYoung call{{.loss = loss,
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
                           .empty = infinity,
                           .row = fenchel_young_row},
                          alpha};
  loss_rows(call);
}

void sparsemax_loss(float* loss, float* dx, const float* x, const int32_t* target,
                    const uint8_t* mask, const float* dloss, float* tmp, size_t outer, size_t cols,
                    size_t inner, int rules, float t) {
  entmax_loss(loss, dx, x, target, mask, dloss, tmp, outer, cols, inner, rules, t, 2);
}

}  // namespace sm
