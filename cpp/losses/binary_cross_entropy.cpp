#include "core/plain_exp.h"
#include "losses.h"
#include "simd/special.h"

namespace sm {

// Factors of the n entries from one on: one for each, or the same for all, or 1.
struct Factors {
  const float* first;
  bool each;

  template <class At>
  f32x4 load(At at, size_t i) const {
    return first == nullptr ? splat(1) : each ? at.load(first + i) : splat(*first);
  }
};

// A run of entries whose factors lie alike.
struct Run {
  float *loss, *dx;
  const float *x, *q, *dloss;  // dloss: one for each, or null
  Factors weight, positive;
  float g;
};

// With e = exp(-|x|): log(1 + exp(x)) = max(x, 0) + log1p(e), and sigmoid(-|x|) = e / (1 + e).
// Neither term of the loss is negative, so nothing cancels.
static double run_of(const Run& run, size_t n) {
  const f32x4 none = held(0), one = held(1);
  double sum = 0;
  const PlainExp exp;
  const Log1p log1p;
  each(n, [&](auto at, size_t i) {
    const f32x4 x = at.load(run.x + i), q = at.load(run.q + i), minus = none - x;
    const f32x4 w = run.weight.load(at, i), yes = run.positive.load(at, i) * q, no = one - q;
    const f32x4 e = exp(min(x, minus)), low = e / (one + e);
    const f32x4 log_rest = log1p(e);
    const f32x4 if_yes = select_eq(yes, none, none, yes * (max(minus, none) + log_rest));
    const f32x4 if_no = select_eq(no, none, none, no * (max(x, none) + log_rest));
    const f32x4 value = select_eq(w, none, none, w * (if_yes + if_no));
    if (run.dx != nullptr) {
      const f32x4 high = one / (one + e), above = select_lt(x, none, low, high),
                  under = select_lt(x, none, high, low);
      const f32x4 arrives =
          run.dloss == nullptr ? splat(run.g) : splat(run.g) * at.load(run.dloss + i);
      at.store(run.dx + i, (w * arrives) * (no * above - yes * under));
    }
    if (run.loss != nullptr) at.store(run.loss + i, value);
    float lanes[4];
    store(lanes, at.present(value));
    for (const float v : lanes) sum += v;  // one by one, so that an infinite one stays so
  });
  return sum;
}

void binary_cross_entropy(float* loss, float* dx, const float* x, const float* q,
                          const float* weight, const float* positive, const float* dloss,
                          size_t outer, size_t cols, size_t inner, int rules) {
  const bool mean = rules & LossRule::mean_of_rows, one = mean || rules & LossRule::sum_of_rows;
  const size_t all = outer * cols * inner;
  const double share = mean && all > 0 ? 1 / static_cast<double>(all) : 1;
  const double g = share * (one && dloss != nullptr ? *dloss : 1);
  const size_t n = inner == 1 ? cols : inner;
  double sum = 0;
  for (size_t i = 0; i < all; i += n) {
    const size_t c = inner == 1 ? 0 : i / inner % cols;
    const auto factors = [&](const float* f) {
      return Factors{f == nullptr ? nullptr : f + c, inner == 1};
    };
    sum += run_of({.loss = one || loss == nullptr ? nullptr : loss + i,
                   .dx = dx == nullptr ? nullptr : dx + i,
                   .x = x + i,
                   .q = q + i,
                   .dloss = one || dloss == nullptr ? nullptr : dloss + i,
                   .weight = factors(weight),
                   .positive = factors(positive),
                   .g = static_cast<float>(g)},
                  n);
  }
  if (!one || loss == nullptr) return;
  const bool nothing = mean && all == 0;
  *loss = static_cast<float>(!nothing                      ? sum * share
                             : rules & LossRule::zero_mean ? 0
                                                           : not_a_number);
}

}  // namespace sm
