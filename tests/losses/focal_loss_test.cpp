#include <catch2/catch.hpp>

#include "losses.h"
#include "oracle/losses.h"
#include "support/gradient.h"
#include "support/loss_call.h"
#include "support/near.h"
#include "support/rows.h"
#include "support/time.h"

using oracle::Values;

static LossResult run(const Rows& x, const std::vector<int32_t>& target,
                      const LossOptions& options = {}, const std::vector<float>& weight = {}) {
  Guarded<float> w(weight, options.call.offset);
  return run_classes(
      [&](auto loss, auto dx, auto in, auto y, auto mask, auto... more) {
        sm::focal_loss(loss, dx, in, y, mask, w.or_null(), more..., options.gamma);
      },
      x, target, options, 2);
}

TEST_CASE("focal_loss is the oracle's on every row", "[losses][accuracy]") {
  for (const float gamma : {0.0f, 0.5f, 1.0f, 2.0f, 5.0f}) {
    Errors errors;
    for (const Rows& x : every_row()) {
      for (const size_t y : {size_t{0}, x.cols / 2}) {
        const LossOptions options{.gamma = gamma};
        const oracle::Row row = oracle::row_of(x, 0, {});
        const double exact = oracle::is_edge(row) ? oracle::edge_loss(row, false, INFINITY)
                                                  : oracle::focal_loss(row, y, 1, gamma);
        const double unit = (1 + gamma) * ulp(exact) + static_cast<double>(x.cols) * 0x1p-126;
        errors.add(run(x, {static_cast<int32_t>(y)}, options).loss[0], exact, unit, x.name);
      }
    }
    INFO(errors.where << ", gamma " << gamma);
    CHECK(errors.max <= 4);
  }
}

TEST_CASE("focal_loss at gamma 0 is cross_entropy", "[losses]") {
  const Rows x = scores(12, 33);
  const std::vector<int32_t> target = random_classes(12, 33, false);
  const std::vector<float> weight(33, 0.5f);
  const LossOptions options{.call = {.mask = random_mask(33), .inner = 3}, .t = 2};
  const LossResult entropy = run_classes(
      [&](auto loss, auto dx, auto in, auto y, auto mask, auto... more) {
        sm::cross_entropy(loss, dx, in, y, mask, weight.data(), more..., 0, 0);
      },
      x, target, options);
  const LossResult focal = run(x, target, options, weight);
  CHECK_THAT(focal.loss, SameBits(entropy.loss));
  Errors errors;
  errors.add(
      focal.dx, {entropy.dx.begin(), entropy.dx.end()}, [](size_t) { return 3e-7; }, x.name);
  CHECK(errors.max <= 1);
}

TEST_CASE("focal_loss gradients are central differences", "[losses][gradient]") {
  for (const size_t cols : kLengths) {
    const Rows x = scores(1, cols);
    const size_t y = cols / 2;
    for (const float gamma : {0.0f, 0.5f, 2.0f}) {
      const LossOptions options{.t = 1.5f, .gamma = gamma};
      const std::vector<float> weight(cols, 2);
      const auto f = [&](const std::vector<double>& v) {
        return Values{
            oracle::focal_loss({v, std::vector<bool>(cols, true), options.t, 0}, y, 2, gamma)};
      };
      Errors errors;
      errors.add(
          run(x, {static_cast<int32_t>(y)}, options, weight).dx,
          central_differences(f, {x.x.begin(), x.x.end()}, {1}),
          [=](size_t) { return 1e-6 * (1 + gamma); }, x.name);
      INFO(errors.where << ", gamma " << gamma);
      CHECK((cols == 1 || errors.max <= 1));
    }
  }
}

TEST_CASE("focal_loss at its edges", "[losses]") {
  const auto one = [](std::vector<float> x, int32_t y, float gamma) {
    return run({"", 1, x.size(), x}, {y}, {.gamma = gamma});
  };
  CHECK_THAT(one({7}, 0, 2).loss, SameBits({0}));
  CHECK(one({7}, 0, 0.5f).dx[0] == 0);
  CHECK_THAT(one({0, -kInf}, 1, 2).loss, SameBits({kInf}));
  CHECK_THAT(one({0, -kInf}, 1, 2).dx, SameBits({1, -1}));
  CHECK_THAT(one({kNan, 0}, -1, 2).loss, SameBits({0}));
  CHECK_THAT(one({kNan, 0}, 1, 2).loss, SameBits({kNan}));
}

TEST_CASE("focal_loss speed", "[!benchmark][losses]") {
  for (const Rows& x : timed_rows()) {
    const std::vector<int32_t> target = random_classes(x.rows, x.cols);
    std::vector<float> loss(x.rows), dx(x.x.size()), tmp(2 * x.cols);
    time("focal_loss " + shape_of(x), [&] {
      sm::focal_loss(loss.data(), dx.data(), x.x.data(), target.data(), nullptr, nullptr, nullptr,
                     tmp.data(), x.rows, x.cols, 1, 0, 1, 2);
    });
  }
}
