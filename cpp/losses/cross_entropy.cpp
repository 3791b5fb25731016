#include "core/loss_rows.h"
#include "losses.h"

namespace sm {

struct CrossEntropy : Loss {
  const float* q;
  const float* weight;
  double smoothing, z;

  double weight_of(size_t c) const { return weight == nullptr ? 1 : weight[c]; }
};

// v = w_y at y and 0 elsewhere. Then dx_y = w_y (p_y - 1), and 1 - p_y is the share of the others.
static double one_class(const Loss& loss, const LossRow& row) {
  const auto& own = static_cast<const CrossEntropy&>(loss);
  const auto y = static_cast<size_t>(loss.target[row.r]);
  const double w = own.weight_of(y);
  const Odds odds = odds_of(row.gradient ? row.y : row.exps, row, y, loss.t);
  const double lse = own.z > 0 ? odds.log_sum_exp(row, loss.t) : 0;
  if (row.gradient) {
    const double g = row.g / loss.t.t, pull = w * g, square = 2 * own.z * lse * g;
    scale_but_one(row.y, row.y, row.cols, y, (pull + square) / odds.total(),
                  (square * odds.own - pull * odds.others) / odds.total());
  }
  return (w > 0 ? w * odds.surprise : 0) + own.z * lse * lse;
}

// What multiplies l_c: v_c, where a class that is masked has no part in the smoothing.
static void factors(float* v, const CrossEntropy& loss, const LossRow& row) {
  size_t classes = 0;
  for (size_t c = 0; c < row.cols; ++c) classes += row.kept(c);
  const double s = loss.smoothing, even = classes > 0 ? s / static_cast<double>(classes) : 0;
  const size_t inner = loss.axis.inner, o = row.r / inner, j = row.r % inner;
  const float* const q = loss.q == nullptr ? nullptr : loss.q + o * loss.axis.slice() + j;
  for (size_t c = 0; c < row.cols; ++c) {
    const double target = q != nullptr                                   ? double{q[c * inner]}
                          : c == static_cast<size_t>(loss.target[row.r]) ? 1
                                                                         : 0;
    v[c] = static_cast<float>(loss.weight_of(c) * ((1 - s) * target + (row.kept(c) ? even : 0)));
  }
}

// sum v l = sum v (max - x)/t + sum v log sum exp((x - max)/t): both are sums of what is not
// negative, so nothing cancels. At the largest entry the gradient p sum v - v is formed as p sum of
// the other v - v (1 - p).
static double all_classes(const Loss& loss, const LossRow& row) {
  const auto& own = static_cast<const CrossEntropy&>(loss);
  float* const v = row.more;
  factors(v, own, row);
  const size_t k = first_peak(row.x, row.top);
  // Halves: the difference of two floats may be too large for one.
  const f32x4 half = held(0.5f), top = splat(row.top * 0.5f);
  double gaps = total(
      row.cols,
      [=](f32x4 v, f32x4 x) { return select_eq(v, splat(0), splat(0), v * (top - half * x)); }, v,
      row.x);
  // Compensated sums make NaN of an infinite one; a NaN in x or v is in all and odds.
  if (!(gaps < __builtin_inf())) gaps = __builtin_inf();
  const double rest = all_but(k, row.cols, [=](size_t from, size_t n) {
    return total(
        n, [](f32x4 v) { return v; }, v + from);
  });
  const double all = rest + v[k];
  const Odds odds = odds_of(row.exps, row, k, loss.t);
  const double lse = own.z > 0 ? odds.log_sum_exp(row, loss.t) : 0;
  if (row.gradient) {
    const double g = row.g / loss.t.t, square = 2 * own.z * lse;
    const f32x4 pull = splat(static_cast<float>(g)),
                scale = splat(static_cast<float>(g * (all + square) / odds.total()));
    map(
        row.y, row.cols, [=](f32x4 e, f32x4 v) { return e * scale - v * pull; }, row.exps, v);
    row.y[k] =
        static_cast<float>(g * ((rest + square) * odds.own - v[k] * odds.others) / odds.total());
  }
  return 2 * gaps / loss.t.t + all * odds.surprise + own.z * lse * lse;
}

// Both divisors of a mean in one: squares are divided by the number of rows that count.
static double z_of(float z_loss, int rules, double weights, double rows) {
  return rules & LossRule::mean_of_rows && rows > 0 ? z_loss * weights / rows : z_loss;
}

void cross_entropy(float* loss, float* dx, const float* x, const int32_t* target,
                   const uint8_t* mask, const float* weight, const float* dloss, float* tmp,
                   size_t outer, size_t cols, size_t inner, int rules, float t, float smoothing,
                   float z_loss) {
  const Temperature warm = temperature_of(t);
  const double weights = weights_counted(weight, target, outer * inner);
  const CrossEntropy call{{.loss = loss,
                           .dx = dx,
                           .x = x,
                           .target = target,
                           .mask = mask,
                           .dloss = dloss,
                           .tmp = tmp,
                           .axis = {outer, cols, inner},
                           .rules = rules,
                           .t = warm,
                           .divisor = weights,
                           .empty = infinity,
                           .row = smoothing > 0 ? all_classes : one_class},
                          nullptr,
                          weight,
                          smoothing,
                          z_of(z_loss, rules, weights, rows_counted(target, outer * inner))};
  loss_rows(call);
}

void cross_entropy_soft(float* loss, float* dx, const float* x, const float* q, const uint8_t* mask,
                        const float* weight, const float* dloss, float* tmp, size_t outer,
                        size_t cols, size_t inner, int rules, float t, float smoothing,
                        float z_loss) {
  const Temperature warm = temperature_of(t);
  const CrossEntropy call{{.loss = loss,
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
                           .empty = infinity,
                           .row = all_classes},
                          q,
                          weight,
                          smoothing,
                          z_loss};
  loss_rows(call);
}

}  // namespace sm
