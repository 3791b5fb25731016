#include <catch2/catch.hpp>

#include "losses.h"
#include "oracle/losses.h"
#include "support/gradient.h"
#include "support/loss_call.h"
#include "support/near.h"
#include "support/rows.h"
#include "support/time.h"

using oracle::Values;

static LossResult run_log(const Rows& x, const std::vector<int32_t>& action,
                          const LossOptions& options = {}) {
  return run_classes([](auto... all) { sm::log_probability(all...); }, x, action, options, 2);
}

static LossResult run(const Rows& x, const std::vector<int32_t>& action,
                      const std::vector<float>& advantage, float bonus,
                      const LossOptions& options = {}) {
  Guarded<float> rewards(advantage, options.call.offset);
  return run_classes(
      [&](auto loss, auto dx, auto in, auto a, auto... more) {
        sm::policy_gradient(loss, dx, in, a, rewards.data(), more..., bonus);
      },
      x, action, options, 2);
}

TEST_CASE("log_probability is the oracle's on every row", "[losses][accuracy]") {
  Errors errors, own;
  for (const Rows& x : every_row()) {
    const size_t a = x.cols / 2;
    const oracle::Row row = oracle::row_of(x, 0, {});
    const bool edge = oracle::is_edge(row);
    const double exact = edge ? NAN : oracle::log_probabilities(row)[a];
    const LossResult got = run_log(x, {static_cast<int32_t>(a)});
    errors.add(got.loss[0], exact, ulp(exact) + static_cast<double>(x.cols) * 0x1p-126, x.name);
    const double rest = edge ? NAN : oracle::others(row, a);
    own.add(got.dx[a], rest, rest + 0x1p-100, x.name);
  }
  INFO(errors.where << "; " << own.where);
  CHECK(errors.max <= 4);
  CHECK(own.max <= 1e-6);
}

TEST_CASE("log_probability is minus cross_entropy", "[losses]") {
  const Rows x = scores(12, 33);
  const std::vector<int32_t> action = random_classes(12, 33, false);
  const LossOptions options{.call = {.mask = random_mask(33), .inner = 3}, .t = 2};
  const LossResult entropy = run_classes(
      [&](auto loss, auto dx, auto in, auto y, auto mask, auto... more) {
        sm::cross_entropy(loss, dx, in, y, mask, nullptr, more..., 0, 0);
      },
      x, action, options);
  const LossResult got = run_log(x, action, options);
  for (size_t r = 0; r < 12; ++r) CHECK(got.loss[r] == -entropy.loss[r]);
  for (size_t i = 0; i < got.dx.size(); ++i) CHECK(got.dx[i] == -entropy.dx[i]);
}

TEST_CASE("log_probability of a masked action is -inf", "[losses]") {
  const LossOptions second{.call = {.mask = {0, 1}}};
  CHECK_THAT(run_log({"", 1, 2, {5, 3}}, {0}, second).loss, SameBits({-kInf}));
  CHECK_THAT(run_log({"", 1, 2, {5, 3}}, {0}, second).dx, SameBits({0, -1}));
  CHECK_THAT(run_log({"", 1, 2, {kNan, 3}}, {1}, second).loss, SameBits({0}));
  CHECK_THAT(run_log({"", 1, 2, {5, 3}}, {0}, {.call = {.mask = {0, 0}}}).loss, SameBits({-kInf}));
}

TEST_CASE("policy_gradient is the oracle's", "[losses][accuracy]") {
  for (const float advantage : {2.0f, -1.5f, 0.0f}) {
    for (const float bonus : {0.0f, 0.25f}) {
      Errors errors;
      for (const Rows& x : finite_rows()) {
        const size_t a = x.cols / 2;
        const oracle::Row row = oracle::row_of(x, 0, {});
        const double exact = oracle::policy_gradient(row, a, advantage, bonus);
        const double parts =
            std::fabs(oracle::policy_gradient(row, a, advantage, 0)) + bonus * oracle::entropy(row);
        errors.add(run(x, {static_cast<int32_t>(a)}, {advantage}, bonus).loss[0], exact,
                   ulp(parts) + bonus * kU + static_cast<double>(x.cols) * 0x1p-119, x.name);
      }
      INFO(errors.where << ", advantage " << advantage << ", bonus " << bonus);
      CHECK(errors.max <= 4);
    }
  }
}

TEST_CASE("policy gradients are central differences", "[losses][gradient]") {
  for (const size_t cols : kLengths) {
    const Rows x = scores(1, cols);
    const size_t a = cols / 3;
    for (const bool masked : {false, true}) {
      std::vector<uint8_t> mask = masked ? random_mask(cols) : std::vector<uint8_t>();
      if (masked) mask[a] = 1;
      const LossOptions options{.call = {.mask = mask}, .t = 0.75f};
      const oracle::Row row = oracle::row_of(x, 0, options.call);
      const auto with = [&](const std::vector<double>& v) {
        return oracle::Row{v, row.keep, options.t, 0};
      };
      const std::vector<double> at(x.x.begin(), x.x.end());
      Errors logs, all;
      const auto unit = [](size_t) { return 1e-5; };
      logs.add(run_log(x, {static_cast<int32_t>(a)}, options).dx,
               central_differences(
                   [&](const auto& v) { return Values{oracle::log_probabilities(with(v))[a]}; }, at,
                   {1}),
               unit, x.name);
      all.add(
          run(x, {static_cast<int32_t>(a)}, {-1.5f}, 0.5f, options).dx,
          central_differences(
              [&](const auto& v) { return Values{oracle::policy_gradient(with(v), a, -1.5, 0.5)}; },
              at, {1}),
          unit, x.name);
      INFO(logs.where << "; " << all.where);
      CHECK(logs.max <= 1);
      CHECK(all.max <= 1);
    }
  }
}

TEST_CASE("policy_gradient averages the rows that count", "[losses]") {
  const Rows x{"", 3, 2, {0, 0, kNan, 1, 0, 0}};
  const LossResult got = run(x, {0, -1, 1}, {1, 5, 3}, 1, {.call = {.rules = sm::mean_of_rows}});
  CHECK(got.loss[0] == Approx((4 * std::log(2) - 2 * std::log(2)) / 2).epsilon(1e-6));
  CHECK_THAT(got.dx, SameBits({-0.25f, 0.25f, 0, 0, 0.75f, -0.75f}));
}

TEST_CASE("log_probability and policy_gradient speed", "[!benchmark][losses]") {
  for (const Rows& x : timed_rows()) {
    const std::vector<int32_t> action = random_classes(x.rows, x.cols);
    const std::vector<float> advantage = scores(1, x.rows, 1, 0).x;
    std::vector<float> loss(x.rows), dx(x.x.size()), tmp(2 * x.cols);
    time("log_probability " + shape_of(x), [&] {
      sm::log_probability(loss.data(), dx.data(), x.x.data(), action.data(), nullptr, nullptr,
                          tmp.data(), x.rows, x.cols, 1, 0, 1);
    });
    time("policy_gradient " + shape_of(x), [&] {
      sm::policy_gradient(loss.data(), dx.data(), x.x.data(), action.data(), advantage.data(),
                          nullptr, nullptr, tmp.data(), x.rows, x.cols, 1, 0, 1, 0.01f);
    });
  }
}
