// A loss called as its contract allows: values alone, gradients alone, both, and both over the
// scores; all must agree.
#pragma once

#include "losses.h"
#include "support/call.h"

// What a loss is called with besides scores and targets. Tests see rows as [rows, cols] always.
struct LossOptions {
  Call call = {};  // mask, inner, offset and rules count
  std::vector<float> dloss = {};
  float t = 1, smoothing = 0, z_loss = 0, gamma = 0;
};

struct LossResult {
  std::vector<float> loss, dx;
};

// f(loss, dx, x, mask, dloss, tmp, outer, cols, inner, rules, t) calls the op; tmp has so many
// rows.
template <class F>
LossResult run_loss(const Rows& in, const LossOptions& options, size_t tmp_rows, F f) {
  const Call& call = options.call;
  Arguments a(in.rows, in.cols, call);
  const size_t losses = a.rules & (sm::mean_of_rows | sm::sum_of_rows) ? 1 : in.rows;
  const std::vector<float> scores = laid_out(in.x, in.cols, call.inner);
  Guarded<float> dloss(options.dloss, call.offset), tmp(tmp_rows * in.cols, call.offset);
  LossResult both;
  for (const int way : {0, 1, 2, 3}) {
    const bool value = way != 1, gradient = way != 2, in_place = way == 3;
    Guarded<float> x(scores, call.offset), loss(losses, call.offset),
        dx(scores.size(), call.offset);
    float* const out = in_place ? x.data() : gradient ? dx.data() : nullptr;
    CHECK(allocations([&] {
            f(value ? loss.data() : nullptr, out, x.data(), a.mask.or_null(), dloss.or_null(),
              tmp.data(), a.outer, in.cols, call.inner, a.rules, options.t);
          }) == 0);
    if (!in_place) CHECK_THAT(x.values(), SameBits(scores));
    const std::vector<float> made = as_rows((in_place ? x : dx).values(), in.cols, call.inner);
    if (way == 0) both = {loss.values(), made};
    if (value) CHECK_THAT(loss.values(), SameBits(both.loss));
    if (gradient) CHECK_THAT(made, SameBits(both.dx));
  }
  return both;
}

// Ops on a class for each row.
template <class Op>
LossResult run_classes(Op op, const Rows& in, const std::vector<int32_t>& target,
                       const LossOptions& options = {}, size_t tmp_rows = 3) {
  Guarded<int32_t> classes(target, options.call.offset);
  return run_loss(in, options, tmp_rows, [&](auto loss, auto dx, auto x, auto... more) {
    op(loss, dx, x, classes.data(), more...);
  });
}

// Ops on a number for each score.
template <class Op>
LossResult run_soft(Op op, const Rows& in, const std::vector<float>& q,
                    const LossOptions& options = {}, size_t tmp_rows = 3) {
  const std::vector<float> given = laid_out(q, in.cols, options.call.inner);
  Guarded<float> targets(given, options.call.offset);
  const LossResult result = run_loss(
      in, options, tmp_rows,
      [&](auto loss, auto dx, auto x, auto... more) { op(loss, dx, x, targets.data(), more...); });
  CHECK_THAT(targets.values(), SameBits(given));
  return result;
}

// A class for each row, now and then none.
inline std::vector<int32_t> random_classes(size_t rows, size_t cols, bool all = true,
                                           uint64_t seed = 1) {
  Random random(seed * 7919 + cols);
  std::vector<int32_t> target(rows);
  for (int32_t& y : target) {
    y = static_cast<int32_t>(random.below(cols));
    if (!all && random.below(4) == 0) y = -1;
  }
  return target;
}

// Rows that sum to 1, some of whose entries are 0.
inline std::vector<float> random_targets(size_t rows, size_t cols, uint64_t seed = 1) {
  Random random(seed * 104729 + cols);
  std::vector<float> q(rows * cols);
  for (size_t r = 0; r < rows; ++r) {
    double sum = 0;
    for (size_t c = 0; c < cols; ++c) {
      q[r * cols + c] = random.below(3) && c > 0 ? 0 : static_cast<float>(random.uniform() + 0.01);
      sum += q[r * cols + c];
    }
    for (size_t c = 0; c < cols; ++c) q[r * cols + c] = static_cast<float>(q[r * cols + c] / sum);
  }
  return q;
}
