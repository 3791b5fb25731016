#include <catch2/catch.hpp>

#include "losses.h"
#include "oracle/losses.h"
#include "oracle/sparse.h"
#include "support/gradient.h"
#include "support/loss_call.h"
#include "support/near.h"
#include "support/rows.h"
#include "support/time.h"

using oracle::Values;

static LossResult run(const Rows& x, const std::vector<int32_t>& target, float alpha,
                      const LossOptions& options = {}) {
  return run_classes([&](auto... all) { sm::entmax_loss(all..., alpha); }, x, target, options, 2);
}

// H(p) + <p, z> - z_y at the p that makes it largest.
static double exact(const oracle::Row& row, size_t y, double alpha) {
  const Values p = oracle::entmax(row, alpha);
  long double loss = 0;
  for (size_t i = 0; i < p.size(); ++i) {
    if (p[i] == 0) continue;
    const double u = (alpha - 1) * std::log(p[i]);
    const double part = alpha == 1 ? -std::log(p[i]) : -std::expm1(u) / (alpha - 1);
    loss += p[i] * (part / alpha + (row.x[i] - row.x[y]) / row.t);
  }
  return static_cast<double>(loss);
}

TEST_CASE("entmax_loss is the oracle's, and its gradient entmax minus the class",
          "[losses][accuracy]") {
  for (const float alpha : {1.0f, 1.0005f, 1.25f, 1.5f, 1.75f, 2.0f}) {
    Errors values, gradients;
    for (const size_t cols : kLengths) {
      const Rows x = scores(12, cols, 2);
      const std::vector<int32_t> target = random_classes(12, cols, false);
      const LossOptions options{.call = {.inner = 3}, .dloss = scores(1, 12, 2, 0, 8).x, .t = 1.5f};
      const LossResult got = run(x, target, alpha, options);
      for (size_t r = 0; r < 12; ++r) {
        oracle::Row row = oracle::row_of(x, r, {});
        row.t = options.t;
        const bool counts = target[r] >= 0;
        const auto y = static_cast<size_t>(counts ? target[r] : 0);
        const double loss = counts ? exact(row, y, alpha) : 0;
        values.add(got.loss[r], loss, 1 + loss, x.name, r);
        const Values p = oracle::entmax(row, alpha);
        for (size_t c = 0; c < cols; ++c) {
          const double dx = counts ? options.dloss[r] * (p[c] - (c == y)) / row.t : 0;
          gradients.add(got.dx[r * cols + c], dx, std::fabs(options.dloss[r]), x.name, c);
        }
      }
    }
    INFO(values.where << "; " << gradients.where << ", alpha " << alpha);
    CHECK(values.max <= (alpha == 2 ? 1e-6 : 2e-6));
    CHECK(gradients.max <= 1e-6);
  }
}

TEST_CASE("entmax_loss at alpha 1 is cross_entropy, at 2 sparsemax_loss", "[losses]") {
  const Rows x = scores(12, 33);
  const std::vector<int32_t> target = random_classes(12, 33, false);
  const LossOptions options{.call = {.mask = random_mask(33), .inner = 3}, .t = 2};
  const LossResult soft = run(x, target, 1, options),
                   entropy = run_classes(
                       [&](auto loss, auto dx, auto in, auto y, auto mask, auto... more) {
                         sm::cross_entropy(loss, dx, in, y, mask, nullptr, more..., 0, 0);
                       },
                       x, target, options);
  for (size_t r = 0; r < 12; ++r) {
    CHECK((soft.loss[r] == entropy.loss[r] ||
           std::fabs(soft.loss[r] - entropy.loss[r]) <= 2e-6 * (1 + entropy.loss[r])));
  }
  for (size_t i = 0; i < soft.dx.size(); ++i) CHECK(std::fabs(soft.dx[i] - entropy.dx[i]) <= 1e-6);
  const LossResult two = run(x, target, 2, options),
                   sparse = run_classes([](auto... all) { sm::sparsemax_loss(all...); }, x, target,
                                        options, 2);
  CHECK_THAT(sparse.loss, SameBits(two.loss));
  CHECK_THAT(sparse.dx, SameBits(two.dx));
}

TEST_CASE("entmax_loss is 0 where the class leads by its margin, and only there", "[losses]") {
  for (const float alpha : {1.5f, 2.0f}) {
    const float margin = 1 / (alpha - 1);
    for (const size_t cols : {2, 9, 70}) {
      const Rows leads = one_row("leads", cols, [=](size_t i) { return i == 1 ? margin : 0; });
      CHECK_THAT(run(leads, {1}, alpha).loss, SameBits({0}));
      for (const float v : run(leads, {1}, alpha).dx) CHECK(v == 0);
      const Rows nearly =
          one_row("nearly", cols, [=](size_t i) { return i == 1 ? 0.9f * margin : 0; });
      CHECK(run(nearly, {1}, alpha).loss[0] > 0);
      CHECK(run(leads, {0}, alpha).loss[0] == Approx(margin).epsilon(1e-6));
    }
  }
}

TEST_CASE("entmax_loss gradients are central differences", "[losses][gradient]") {
  for (const float alpha : {1.25f, 1.5f, 2.0f}) {
    for (const size_t cols : {2, 7, 33}) {
      const Rows x = scores(1, cols, 2);
      const auto f = [&](const std::vector<double>& v) {
        return Values{exact({v, std::vector<bool>(cols, true), 1, 0}, cols / 2, alpha)};
      };
      Errors errors;
      errors.add(
          run(x, {static_cast<int32_t>(cols / 2)}, alpha).dx,
          central_differences(f, {x.x.begin(), x.x.end()}, {1}), [](size_t) { return 1e-4; },
          x.name);
      INFO(errors.where << ", alpha " << alpha);
      CHECK(errors.max <= 1);
    }
  }
}

TEST_CASE("entmax_loss averages, and at its edges", "[losses]") {
  const Rows x{"", 3, 2, {0, 3, kNan, 1, 3, 0}};
  CHECK_THAT(run(x, {1, -1, 1}, 2, {.call = {.rules = sm::mean_of_rows}}).loss, SameBits({1.5f}));
  CHECK_THAT(run({"", 1, 2, {0, -kInf}}, {1}, 2).loss, SameBits({kInf}));
  CHECK_THAT(run({"", 1, 2, {0, -kInf}}, {1}, 1.5f).dx, SameBits({1, -1}));
  CHECK_THAT(run({"", 1, 2, {0, kNan}}, {0}, 1.5f).loss, SameBits({kNan}));
  CHECK_THAT(run({"", 1, 2, {0, 1}}, {0}, 2, {.call = {.mask = {0, 1}}}).loss, SameBits({kInf}));
  CHECK_THAT(run({"", 1, 2, {0, 1}}, {0}, 2, {.call = {.mask = {0, 1}}}).dx, SameBits({0, 1}));
}

TEST_CASE("sparsemax_loss and entmax_loss speed", "[!benchmark][losses]") {
  for (const Rows& x : timed_rows()) {
    const std::vector<int32_t> target = random_classes(x.rows, x.cols);
    std::vector<float> loss(x.rows), dx(x.x.size()), tmp(2 * x.cols);
    time("sparsemax_loss " + shape_of(x), [&] {
      sm::sparsemax_loss(loss.data(), dx.data(), x.x.data(), target.data(), nullptr, nullptr,
                         tmp.data(), x.rows, x.cols, 1, 0, 1);
    });
    time("entmax_loss " + shape_of(x), [&] {
      sm::entmax_loss(loss.data(), dx.data(), x.x.data(), target.data(), nullptr, nullptr,
                      tmp.data(), x.rows, x.cols, 1, 0, 1, 1.5f);
    });
  }
}
