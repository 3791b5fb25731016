#include "core/loss_rows.h"
#include "losses.h"

namespace sm {

struct Divergence : Loss {
  const float* q;
  double factor;
};

// log q of a target as it is given, and of the softmax of scores. q in row.more after log q; false
// where its scores are those of an edge row.
static bool teacher(const Divergence& loss, const LossRow& row) {
  float *const log_q = row.more, *const q = row.more + row.cols;
  const auto [outer, cols, inner] = loss.axis;
  const float* const given = loss.q + row.r / inner * loss.axis.slice() + row.r % inner;
  const bool scores = loss.rules & LossRule::target_scores;
  for (size_t c = 0; c < cols; ++c) {
    const float v = row.kept(c) ? given[c * inner] : scores ? -infinity : 0;
    q[c] = v;
    // Scaled by a power of two, so that the log of a small q is exact.
    log_q[c] = scores ? v : v == 0 ? -infinity : static_cast<float>(log(v * 0x1p200) - 200 * kLn2);
  }
  if (!scores) return true;
  LossRow own = row;
  own.x = log_q;
  own.top = peak(log_q, cols);
  if (!finite(own.top)) return false;
  const Odds odds = odds_of(q, own, first_peak(log_q, own.top), loss.t);
  scale_but_one(q, q, cols, 0, 1 / odds.total(), q[0] / odds.total());
  log_probabilities(log_q, own, odds, loss.t);
  return true;
}

// sum a (log a - log b), terms where a is 0 left out; NaN where it is infinite.
static double divergence(const float* a, const float* log_a, const float* log_b, size_t cols) {
  const f32x4 none = held(0);
  return total(
      cols, [=](f32x4 a, f32x4 la, f32x4 lb) { return select_eq(a, none, none, a * (la - lb)); }, a,
      log_a, log_b);
}

// The gradient of sum q (log q - log p) is p sum q - q, and of sum p (log p - log q) p (log p - log
// q
// - loss).
static double divergence_row(const Loss& loss, const LossRow& row) {
  const auto& own = static_cast<const Divergence&>(loss);
  float *const log_q = row.more, *const q = row.more + row.cols, *const log_p = q + row.cols,
               *const p = row.exps;
  const bool usable = teacher(own, row);
  const bool reverse = loss.rules & LossRule::reverse_divergence;
  const Odds odds = odds_of(p, row, first_peak(row.x, row.top), loss.t);
  log_probabilities(log_p, row, odds, loss.t);
  scale_but_one(p, p, row.cols, 0, 1 / odds.total(), p[0] / odds.total());
  const double all = total(
      row.cols, [](f32x4 v) { return v; }, q);
  double value = usable ? reverse ? divergence(p, log_p, log_q, row.cols)
                                  : divergence(q, log_q, log_p, row.cols)
                        : not_a_number;
  if (usable && !(value < __builtin_inf()))
    value = __builtin_inf() + all + odds.surprise;  // a NaN stays one
  if (row.gradient) {
    const f32x4 g = splat(static_cast<float>(own.factor * row.g / loss.t.t)), none = held(0);
    if (reverse) {
      const f32x4 mean = splat(static_cast<float>(value));
      map(
          row.y, row.cols,
          [=](f32x4 p, f32x4 lp, f32x4 lq) {
            return select_eq(p, none, none, (p * g) * ((lp - lq) - mean));
          },
          p, log_p, log_q);
    } else {
      const f32x4 sum = splat(usable ? static_cast<float>(all) : not_a_number);
      map(
          row.y, row.cols, [=](f32x4 p, f32x4 q) { return (p * sum - q) * g; }, p, q);
    }
  }
  return own.factor * value;
}

static void divergences(float* loss, float* dx, const float* x, const float* q, const uint8_t* mask,
                        const float* dloss, float* tmp, Axis axis, int rules, float t,
                        double factor) {
  const Temperature warm = temperature_of(t);
  const Divergence call{{.loss = loss,
                         .dx = dx,
                         .x = x,
                         .target = nullptr,
                         .mask = mask,
                         .dloss = dloss,
                         .tmp = tmp,
                         .axis = axis,
                         .rules = rules,
                         .t = warm,
                         .divisor = static_cast<double>(axis.outer * axis.inner),
                         .empty = 0,
                         .row = divergence_row},
                        q,
                        factor};
  loss_rows(call);
}

void kl_divergence(float* loss, float* dx, const float* x, const float* q, const uint8_t* mask,
                   const float* dloss, float* tmp, size_t outer, size_t cols, size_t inner,
                   int rules, float t) {
  divergences(loss, dx, x, q, mask, dloss, tmp, {outer, cols, inner}, rules, t, 1);
}

void distillation(float* loss, float* dx, const float* x, const float* q, const uint8_t* mask,
                  const float* dloss, float* tmp, size_t outer, size_t cols, size_t inner,
                  int rules, float t) {
  divergences(loss, dx, x, q, mask, dloss, tmp, {outer, cols, inner},
              rules | LossRule::target_scores, t, static_cast<double>(t) * t);
}

}  // namespace sm
