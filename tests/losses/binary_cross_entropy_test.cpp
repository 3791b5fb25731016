#include <catch2/catch.hpp>

#include "losses.h"
#include "oracle/losses.h"
#include "support/gradient.h"
#include "support/loss_call.h"
#include "support/near.h"
#include "support/rows.h"
#include "support/time.h"

using oracle::Values;

struct Factors {
  std::vector<float> weight = {}, positive = {};
};

// [rows, cols] always; inner decides how they lie for the op.
static LossResult run(const Rows& in, const std::vector<float>& targets, const Call& call = {},
                      const Factors& factors = {}, const std::vector<float>& arrives = {}) {
  const bool one = call.rules & (sm::mean_of_rows | sm::sum_of_rows);
  const size_t n = in.x.size();
  Guarded<float> q(laid_out(targets, in.cols, call.inner), call.offset),
      w(factors.weight, call.offset), v(factors.positive, call.offset),
      g(one ? arrives : laid_out(arrives, in.cols, call.inner), call.offset);
  LossResult both;
  for (const int way : {0, 1, 2, 3}) {
    const bool value = way != 1, gradient = way != 2, in_place = way == 3;
    Guarded<float> x(laid_out(in.x, in.cols, call.inner), call.offset),
        loss(one ? 1 : n, call.offset), dx(n, call.offset);
    CHECK(allocations([&] {
            sm::binary_cross_entropy(value ? loss.data() : nullptr,
                                     in_place   ? x.data()
                                     : gradient ? dx.data()
                                                : nullptr,
                                     x.data(), q.data(), w.or_null(), v.or_null(), g.or_null(),
                                     in.rows / call.inner, in.cols, call.inner, call.rules);
          }) == 0);
    const LossResult got{one ? loss.values() : as_rows(loss.values(), in.cols, call.inner),
                         as_rows((in_place ? x : dx).values(), in.cols, call.inner)};
    if (way == 0) both = got;
    if (value) CHECK_THAT(got.loss, SameBits(both.loss));
    if (gradient) CHECK_THAT(got.dx, SameBits(both.dx));
  }
  return both;
}

TEST_CASE("binary_cross_entropy is the oracle's on every score", "[losses][accuracy]") {
  for (const float q : {0.0f, 1.0f, 0.3f}) {
    Errors errors;
    for (const Rows& x : every_row()) {
      const LossResult got = run(x, std::vector<float>(x.cols, q));
      for (size_t i = 0; i < x.cols; ++i) {
        const double exact = oracle::binary_cross_entropy(x.x[i], q, 1, 1);
        errors.add(got.loss[i], exact, ulp(exact) + 0x1p-126, x.name, i);
      }
    }
    INFO(errors.where << ", q " << q);
    CHECK(errors.max <= 4);
  }
}

TEST_CASE("binary_cross_entropy takes factors and what arrives on every axis",
          "[losses][accuracy][gradient]") {
  for (const size_t cols : kLengths) {
    const Rows x = scores(6, cols);
    const std::vector<float> q = random_targets(6, cols), g = scores(6, cols, 1, 0, 3).x;
    Factors factors{scores(1, cols, 1, 2, 4).x, scores(1, cols, 1, 2, 5).x};
    for (float& w : factors.weight) w = w < 0 ? 0 : w;
    for (float& v : factors.positive) v = v < 0 ? 0 : v;
    const auto exact = [&](size_t i, double v) {
      return oracle::binary_cross_entropy(v, q[i], factors.weight[i % cols],
                                          factors.positive[i % cols]);
    };
    for (const size_t inner : {1, 3}) {
      const LossResult got = run(x, q, {.inner = inner, .offset = 1}, factors, g);
      Errors values, gradients;
      double sum = 0;
      for (size_t i = 0; i < x.x.size(); ++i) {
        const double value = exact(i, x.x[i]), step = 1e-4;
        const double slope = (exact(i, x.x[i] + step) - exact(i, x.x[i] - step)) / (2 * step);
        const double most = factors.weight[i % cols] * (1 + factors.positive[i % cols]);
        values.add(got.loss[i], value, ulp(value) + 0x1p-126, x.name, i);
        gradients.add(got.dx[i], g[i] * slope, std::fabs(g[i]) * most * 1e-7 + 1e-20, x.name, i);
        sum += value;
      }
      INFO(values.where << "; " << gradients.where << ", inner " << inner);
      CHECK(values.max <= 4);
      CHECK(gradients.max <= 4);
      const auto n = static_cast<double>(x.x.size());
      const LossResult mean = run(x, q, {.rules = sm::mean_of_rows, .inner = inner}, factors, {3}),
                       all = run(x, q, {.rules = sm::sum_of_rows, .inner = inner}, factors);
      CHECK(std::fabs(mean.loss[0] - sum / n) <= 2 * ulp(sum / n));
      CHECK(std::fabs(all.loss[0] - sum) <= 2 * ulp(sum));
      for (size_t i = 0; i < x.x.size(); ++i)
        CHECK(std::fabs(mean.dx[i] - 3 * all.dx[i] / n) <= 2e-7 * std::fabs(3 * all.dx[i] / n));
    }
  }
}

TEST_CASE("binary_cross_entropy at its edges", "[losses]") {
  const auto one = [](float x, float q, const Factors& factors = {}) {
    return run({"", 1, 1, {x}}, {q}, {}, factors);
  };
  CHECK_THAT(one(kInf, 1).loss, SameBits({0}));
  CHECK_THAT(one(kInf, 0).loss, SameBits({kInf}));
  CHECK_THAT(one(-kInf, 0).loss, SameBits({0}));
  CHECK_THAT(one(-kInf, 1).loss, SameBits({kInf}));
  CHECK_THAT(one(-kInf, 1).dx, SameBits({-1}));
  CHECK_THAT(one(-kInf, 1, {{0}, {}}).loss, SameBits({0}));
  CHECK_THAT(one(-kInf, 1, {{}, {0}}).loss, SameBits({0}));
  CHECK_THAT(one(kNan, 1).loss, SameBits({kNan}));
  CHECK_THAT(one(kNan, 1).dx, SameBits({kNan}));
  for (const int zero : {0, int{sm::zero_mean}}) {
    const std::vector<float> nothing{zero ? 0 : kNan};
    CHECK_THAT(run({"", 0, 3, {}}, {}, {.rules = sm::mean_of_rows | zero}).loss, SameBits(nothing));
  }
  CHECK_THAT(run({"", 1, 3, {-kInf, 1, 1}}, {1, 1, 1}, {.rules = sm::mean_of_rows}).loss,
             SameBits({kInf}));
}

TEST_CASE("binary_cross_entropy speed", "[!benchmark][losses]") {
  for (const Rows& x : timed_rows()) {
    const std::vector<float> q = random_targets(x.rows, x.cols);
    std::vector<float> loss(x.x.size()), dx(x.x.size());
    time("binary_cross_entropy " + shape_of(x), [&] {
      sm::binary_cross_entropy(loss.data(), dx.data(), x.x.data(), q.data(), nullptr, nullptr,
                               nullptr, x.rows, x.cols, 1, 0);
    });
  }
}
