#include <catch2/catch.hpp>

#include "losses.h"
#include "oracle/losses.h"
#include "support/gradient.h"
#include "support/loss_call.h"
#include "support/near.h"
#include "support/rows.h"
#include "support/time.h"

using oracle::Values;

static LossResult run(const Rows& x, const std::vector<float>& q, const LossOptions& options = {}) {
  return run_soft([](auto... all) { sm::kl_divergence(all...); }, x, q, options, 5);
}
static LossResult run_teacher(const Rows& x, const std::vector<float>& q,
                              const LossOptions& options = {}) {
  return run_soft([](auto... all) { sm::distillation(all...); }, x, q, options, 5);
}

// Targets of row r, given as probabilities or as scores, of which masked ones do not count.
struct Target {
  Values q, log_q;
  Target(const Rows& given, size_t r, const LossOptions& options, bool are_scores) {
    oracle::Row row = oracle::row_of(given, r, options.call);
    row.t = options.t;
    if (are_scores) {
      q = oracle::probabilities(row);
      log_q = oracle::log_probabilities(row);
      return;
    }
    for (size_t c = 0; c < row.size(); ++c) {
      q.push_back(row.keep[c] ? row.x[c] : 0);
      log_q.push_back(std::log(q[c]));
    }
  }
};

static double unit(const oracle::Row& row, const Target& target, bool reverse) {
  const Values p = oracle::probabilities(row), log_p = oracle::log_probabilities(row);
  double sum = 0;
  for (size_t c = 0; c < p.size(); ++c) {
    const double part = reverse ? p[c] : target.q[c];
    if (part > 0 && std::isfinite(target.log_q[c]))
      sum += part * (1 + std::fabs(log_p[c]) + std::fabs(target.log_q[c]));
  }
  return kU * sum + static_cast<double>(p.size()) * 0x1p-110;
}

TEST_CASE("kl_divergence is the oracle's, and its gradient a central difference",
          "[losses][accuracy][gradient]") {
  for (const size_t cols : kLengths) {
    const Rows x = scores(12, cols);
    for (const bool are_scores : {false, true}) {
      for (const bool reverse : {false, true}) {
        for (const bool masked : {false, true}) {
          Rows given{"", 12, cols,
                     are_scores ? scores(12, cols, 2, 0, 9).x : random_targets(12, cols)};
          if (reverse && !are_scores) {
            for (float& v : given.x) v += 0.01f;
          }
          std::vector<uint8_t> mask = masked ? random_mask(12 * cols) : std::vector<uint8_t>();
          for (size_t r = 0; r < 12 && masked; ++r) mask[r * cols] = 1;
          const LossOptions options{.call = {.mask = mask,
                                             .rules = (are_scores ? sm::target_scores : 0) |
                                                      (reverse ? sm::reverse_divergence : 0),
                                             .inner = 3},
                                    .t = 1.5f};
          const LossResult got = run(x, given.x, options);
          Errors values, gradients;
          for (size_t r = 0; r < 12; ++r) {
            oracle::Row row = oracle::row_of(x, r, options.call);
            row.t = options.t;
            const Target target(given, r, options, are_scores);
            const auto f = [&](const std::vector<double>& v) {
              oracle::Row moved = row;
              moved.x = v;
              return Values{oracle::kl_divergence(moved, target.q, target.log_q, reverse)};
            };
            const double one = unit(row, target, reverse);
            values.add(got.loss[r], f(row.x)[0], one, x.name, r);
            gradients.add(
                Rows({"", 12, cols, got.dx}).row(r).x, central_differences(f, row.x, {1}),
                [=](size_t) { return one + 1e-8; }, x.name);
          }
          INFO(values.where << "; " << gradients.where << "; scores " << are_scores << ", reverse "
                            << reverse << ", masked " << masked);
          CHECK(values.max <= 6);
          CHECK(gradients.max <= 6);
        }
      }
    }
  }
}

TEST_CASE("kl_divergence of a row from itself is 0", "[losses]") {
  const Rows x = scores(9, 65);
  for (const int reverse : {0, int{sm::reverse_divergence}}) {
    const LossResult got = run(x, x.x, {.call = {.rules = sm::target_scores | reverse}});
    for (const float v : got.loss) CHECK(v == 0);
    for (const float v : got.dx) CHECK(std::fabs(v) <= 4 * kU);
  }
}

TEST_CASE("distillation is t² times the divergence of scores", "[losses]") {
  const Rows x = scores(6, 33);
  const std::vector<float> teacher = scores(6, 33, 3, 0, 5).x;
  const LossOptions options{.dloss = {1, 2, 3, 4, 5, 6}, .t = 4};
  LossOptions of_scores = options;
  of_scores.call.rules = sm::target_scores;
  const LossResult plain = run(x, teacher, of_scores), got = run_teacher(x, teacher, options);
  for (size_t r = 0; r < 6; ++r) CHECK(got.loss[r] == 16 * plain.loss[r]);
  for (size_t i = 0; i < got.dx.size(); ++i) CHECK(got.dx[i] == 16 * plain.dx[i]);
  double exact = 0;
  for (size_t r = 0; r < 6; ++r) {
    oracle::Row row = oracle::row_of(x, r, {});
    row.t = 4;
    const Target target(Rows{"", 6, 33, teacher}, r, options, true);
    exact += 16 * oracle::kl_divergence(row, target.q, target.log_q, false) / 6;
  }
  const LossOptions mean{.call = {.rules = sm::mean_of_rows}, .t = 4};
  CHECK(run_teacher(x, teacher, mean).loss[0] == Approx(exact).epsilon(1e-6));
}

TEST_CASE("kl_divergence at its edges", "[losses]") {
  const auto one = [](std::vector<float> x, const std::vector<float>& q, int rules = 0,
                      std::vector<uint8_t> mask = {}) {
    return run({"", 1, x.size(), x}, q, {.call = {.mask = mask, .rules = rules}});
  };
  CHECK(one({0, 0}, {1, 0}).loss[0] == Approx(std::log(2)).epsilon(1e-7));
  CHECK_THAT(one({0, 0}, {1, 0}).dx, SameBits({-0.5f, 0.5f}));
  CHECK_THAT(one({0, -kInf}, {0.5f, 0.5f}).loss, SameBits({kInf}));
  CHECK_THAT(one({0, -kInf}, {0.5f, 0.5f}).dx, SameBits({0.5f, -0.5f}));
  CHECK_THAT(one({0, -kInf}, {1, 0}).loss, SameBits({0}));
  CHECK_THAT(one({0, 0}, {1, 0}, sm::reverse_divergence).loss, SameBits({kInf}));
  CHECK_THAT(one({0, kNan}, {1, 0}).loss, SameBits({kNan}));
  CHECK_THAT(one({0, 1}, {1, kNan}).loss, SameBits({kNan}));
  CHECK_THAT(one({0, 1}, {kInf, 0}, sm::target_scores).loss, SameBits({kNan}));
  CHECK_THAT(one({0, 1}, {kInf, 0}, sm::target_scores).dx, SameBits({kNan, kNan}));
  CHECK_THAT(one({0, kNan}, {1, kNan}, 0, {1, 0}).loss, SameBits({0}));
  CHECK_THAT(one({0, kNan}, {1, kNan}, 0, {0, 0}).loss, SameBits({0}));
}

TEST_CASE("kl_divergence and distillation speed", "[!benchmark][losses]") {
  for (const Rows& x : timed_rows()) {
    const std::vector<float> q = random_targets(x.rows, x.cols),
                             teacher = scores(x.rows, x.cols, 2, 0, 9).x;
    std::vector<float> loss(x.rows), dx(x.x.size()), tmp(5 * x.cols);
    time("kl_divergence " + shape_of(x), [&] {
      sm::kl_divergence(loss.data(), dx.data(), x.x.data(), q.data(), nullptr, nullptr, tmp.data(),
                        x.rows, x.cols, 1, 0, 1);
    });
    time("distillation " + shape_of(x), [&] {
      sm::distillation(loss.data(), dx.data(), x.x.data(), teacher.data(), nullptr, nullptr,
                       tmp.data(), x.rows, x.cols, 1, 0, 2);
    });
  }
}
