#include <catch2/catch.hpp>

#include "losses.h"
#include "oracle/losses.h"
#include "support/gradient.h"
#include "support/loss_call.h"
#include "support/near.h"
#include "support/rows.h"
#include "support/time.h"

using oracle::Values;

static oracle::CrossEntropy numbers_of(const LossOptions& options,
                                       const std::vector<float>& weight = {}) {
  return {{weight.begin(), weight.end()}, options.smoothing, options.z_loss};
}

// cross_entropy with weights.
static LossResult run(const Rows& x, const std::vector<int32_t>& target,
                      const LossOptions& options = {}, const std::vector<float>& weight = {}) {
  Guarded<float> w(weight, options.call.offset);
  return run_classes(
      [&](auto loss, auto dx, auto in, auto y, auto mask, auto... more) {
        sm::cross_entropy(loss, dx, in, y, mask, w.or_null(), more..., options.smoothing,
                          options.z_loss);
      },
      x, target, options);
}
static LossResult run_q(const Rows& x, const std::vector<float>& q, const LossOptions& options = {},
                        const std::vector<float>& weight = {}) {
  Guarded<float> w(weight, options.call.offset);
  return run_soft(
      [&](auto loss, auto dx, auto in, auto t, auto mask, auto... more) {
        sm::cross_entropy_soft(loss, dx, in, t, mask, w.or_null(), more..., options.smoothing,
                               options.z_loss);
      },
      x, q, options);
}

static Values target_of(const Rows& x, const std::vector<int32_t>& target, size_t r) {
  return oracle::one_hot(x.cols, static_cast<size_t>(target[r]));
}

// Errors of values in ulp of the loss, or of its largest term, and of gradients in 10⁻⁷ of their
// factors; tiny exps may be missing.
struct Judge {
  Errors values, gradients, own;

  void add(const LossResult& got, const Rows& x, size_t r, const Values& q,
           const LossOptions& options, const oracle::CrossEntropy& loss, double share = 1) {
    const bool has_mask = !options.call.mask.empty();
    oracle::Row row = oracle::row_of(x, r, options.call);
    row.t = options.t;
    const bool edge = oracle::is_edge(row);
    const double exact =
        edge ? oracle::edge_loss(row, has_mask, INFINITY) : oracle::cross_entropy(row, q, loss);
    const Values dx =
        edge ? oracle::edge_gradient(row, has_mask) : oracle::cross_entropy_vjp(row, q, loss);
    const Values v = loss.factors(row, q);
    double all = 0;
    for (const double one : v) all += one;
    const double square = edge ? 0 : 2 * loss.z * (1 + std::fabs(oracle::log_sum_exp(row))) / row.t;
    // lse is as exact as log sum exp(x - max), not relatively where it is near 0.
    const double unit = ulp(exact) + static_cast<double>(x.cols) * 0x1p-126 +
                        loss.z * kU * (2 * std::fabs(edge ? 0 : oracle::log_sum_exp(row)) + kU);
    if (got.loss.size() == x.rows) values.add(got.loss[r], exact, unit, x.name, r);
    const double g =
        (options.dloss.empty() ? 1 : options.dloss[got.loss.size() == x.rows ? r : 0]) * share;
    for (size_t c = 0; c < x.cols; ++c) {
      const size_t i = r * x.cols + c;
      const double slope = 1e-7 * std::fabs(g) * (all / row.t + square) + 1e-36;
      gradients.add(got.dx[i], g * dx[c], slope, x.name, i);
      if (q[c] == 1 && loss.smoothing == 0 && loss.z == 0)
        own.add(got.dx[i], g * dx[c], std::fabs(g * dx[c]) + 0x1p-100, x.name, i);
    }
  }
};

TEST_CASE("cross_entropy is the oracle's on every row, however small", "[losses][accuracy]") {
  Judge judge;
  for (const Rows& x : every_row()) {
    for (const size_t y : {size_t{0}, x.cols / 2, x.cols - 1}) {
      const std::vector<int32_t> target{static_cast<int32_t>(y)};
      judge.add(run(x, target), x, 0, oracle::one_hot(x.cols, y), {}, {});
    }
  }
  INFO(judge.values.where << "; " << judge.gradients.where << "; " << judge.own.where);
  CHECK(judge.values.max <= 4);
  CHECK(judge.gradients.max <= 3);
  CHECK(judge.own.max <= 1e-6);
}

TEST_CASE("cross_entropy is the oracle's on rows of up to a million scores", "[losses][accuracy]") {
  for (const Rows& x : long_rows()) {
    const auto y = static_cast<int32_t>(x.cols / 3);
    const LossResult got = run(x, {y});
    const oracle::Row row = oracle::row_of(x, 0, {});
    const double exact = -oracle::log_softmax(row)[x.cols / 3];
    const Values p = oracle::softmax(row);
    INFO(x.name);
    CHECK(std::fabs(got.loss[0] - exact) <= 4 * ulp(exact));
    double worst = 0;
    for (size_t c = 0; c < x.cols; ++c)
      worst = std::max(worst, std::fabs(got.dx[c] - (p[c] - (c == x.cols / 3))));
    CHECK(worst <= 3e-7);
  }
}

TEST_CASE("cross_entropy is the oracle's at every temperature", "[losses][accuracy]") {
  for (const float t : kTemperatures) {
    if (t < 0x1p-126f) continue;
    Judge judge;
    for (const size_t cols : kLengths) {
      const Rows x = scores(1, cols);
      for (const int32_t y : random_classes(3, cols)) {
        const LossOptions options{.t = t};
        judge.add(run(x, {y}, options), x, 0, oracle::one_hot(cols, size_t(y)), options, {});
      }
    }
    INFO(judge.values.where << "; " << judge.gradients.where);
    CHECK(judge.values.max <= 4);
    CHECK(judge.gradients.max <= 3);
  }
}

TEST_CASE("cross_entropy takes weights, smoothing, squares, masks and what arrives",
          "[losses][accuracy]") {
  for (const size_t cols : kLengths) {
    const Rows all = stack(every_row(), cols);
    for (const size_t inner : {1, 3}) {
      Rows x = all;
      x.rows -= x.rows % inner;
      x.x.resize(x.rows * cols);
      const std::vector<int32_t> target = random_classes(x.rows, cols, false);
      std::vector<float> weight = scores(1, cols).x;
      for (float& w : weight) w = w < 0 ? 0 : w;
      for (const float smoothing : {0.0f, 0.1f, 1.0f}) {
        for (const float z : {0.0f, 0.01f}) {
          for (const bool masked : {false, true}) {
            const LossOptions options{
                .call = {.mask = masked ? random_mask(x.x.size(), cols) : std::vector<uint8_t>(),
                         .inner = inner},
                .dloss = scores(1, x.rows, 2, 0, 5).x,
                .t = 0.75f,
                .smoothing = smoothing,
                .z_loss = z};
            const std::vector<float> used = z > 0 ? weight : std::vector<float>();
            const LossResult got = run(x, target, options, used);
            Judge judge;
            for (size_t r = 0; r < x.rows; ++r) {
              if (target[r] >= 0) {
                judge.add(got, x, r, target_of(x, target, r), options, numbers_of(options, used));
                continue;
              }
              CHECK(got.loss[r] == 0);
              for (size_t c = 0; c < cols; ++c) CHECK(got.dx[r * cols + c] == 0);
            }
            INFO(judge.values.where << "; " << judge.gradients.where << "; " << judge.own.where
                                    << "; smoothing " << smoothing << ", z " << z << ", masked "
                                    << masked << ", inner " << inner);
            CHECK(judge.values.max <= 4);
            CHECK(judge.gradients.max <= 4);
            CHECK(judge.own.max <= 1e-6);
          }
        }
      }
    }
  }
}

TEST_CASE("cross_entropy_soft is the oracle's", "[losses][accuracy]") {
  for (const size_t cols : kLengths) {
    const Rows all = stack(finite_rows(), cols);
    for (const size_t inner : {1, 3}) {
      Rows x = all;
      x.rows -= x.rows % inner;
      x.x.resize(x.rows * cols);
      std::vector<float> q = random_targets(x.rows, cols);
      for (size_t i = 0; i < q.size(); i += 7) q[i] *= 3;  // rows need not sum to 1
      for (const float smoothing : {0.0f, 0.2f}) {
        for (const bool masked : {false, true}) {
          const LossOptions options{
              .call = {.mask = masked ? random_mask(x.x.size(), cols) : std::vector<uint8_t>(),
                       .inner = inner},
              .t = 2,
              .smoothing = smoothing};
          const LossResult got = run_q(x, q, options);
          Judge judge;
          for (size_t r = 0; r < x.rows; ++r) {
            const auto from = q.begin() + ptrdiff_t(r * cols);
            judge.add(got, x, r, {from, from + ptrdiff_t(cols)}, options, numbers_of(options));
          }
          INFO(judge.values.where << "; " << judge.gradients.where << "; smoothing " << smoothing
                                  << ", masked " << masked << ", inner " << inner);
          CHECK(judge.values.max <= 4);
          CHECK(judge.gradients.max <= 4);
        }
      }
    }
  }
}

TEST_CASE("cross_entropy of classes is that of rows with one 1", "[losses]") {
  const Rows x = scores(9, 33);
  const std::vector<int32_t> target = random_classes(9, 33);
  std::vector<float> q;
  for (size_t r = 0; r < 9; ++r) {
    const Values one = target_of(x, target, r);
    q.insert(q.end(), one.begin(), one.end());
  }
  const LossOptions options{.smoothing = 0.1f, .z_loss = 0.1f};
  const LossResult hard = run(x, target, options), soft = run_q(x, q, options);
  CHECK_THAT(soft.loss, SameBits(hard.loss));
  CHECK_THAT(soft.dx, SameBits(hard.dx));
}

TEST_CASE("cross_entropy on another axis has the same bits", "[losses]") {
  const Rows x = scores(12, 65);
  const std::vector<int32_t> target = random_classes(12, 65, false);
  const LossResult last = run(x, target);
  for (const size_t inner : {2, 3, 12}) {
    const LossResult other = run(x, target, {.call = {.inner = inner, .offset = 1}});
    CHECK_THAT(other.loss, SameBits(last.loss));
    CHECK_THAT(other.dx, SameBits(last.dx));
  }
}

TEST_CASE("cross_entropy of a row does not depend on the other rows of the call", "[losses]") {
  for (const size_t cols : kLengths) {
    const Rows batch = stack(every_row(), cols);
    const std::vector<int32_t> target = random_classes(batch.rows, cols);
    const LossResult together = run(batch, target);
    for (size_t r = 0; r < batch.rows; ++r) {
      const LossResult alone = run(batch.row(r), {target[r]}, {.call = {.offset = r % 4}});
      CHECK(bits_of(alone.loss[0]) == bits_of(together.loss[r]));
      CHECK_THAT(Rows({"", batch.rows, cols, together.dx}).row(r).x, SameBits(alone.dx));
    }
  }
}

TEST_CASE("cross_entropy sums and averages rows in double", "[losses][accuracy]") {
  const Rows x = scores(200, 17);
  const std::vector<int32_t> target = random_classes(200, 17, false);
  std::vector<float> weight(17);
  for (size_t c = 0; c < 17; ++c) weight[c] = 0.25f + static_cast<float>(c % 5);
  const LossOptions plain{.smoothing = 0.1f, .z_loss = 0.01f};
  const oracle::CrossEntropy loss = numbers_of(plain, weight);
  double weights = 0, rows = 0, entropy = 0, squares = 0;
  for (size_t r = 0; r < 200; ++r) {
    if (target[r] < 0) continue;
    const oracle::Row row = oracle::row_of(x, r, {});
    oracle::CrossEntropy without = loss;
    without.z = 0;
    const double one = oracle::cross_entropy(row, target_of(x, target, r), without);
    entropy += one;
    squares += oracle::cross_entropy(row, target_of(x, target, r), loss) - one;
    weights += weight[size_t(target[r])];
    rows += 1;
  }
  LossOptions options = plain;
  options.call.rules = sm::sum_of_rows;
  const double sum = entropy + squares, mean = entropy / weights + squares / rows;
  CHECK(std::fabs(run(x, target, options, weight).loss[0] - sum) <= 2 * ulp(sum));
  options.call.rules = sm::mean_of_rows;
  options.dloss = {3};
  const LossResult got = run(x, target, options, weight);
  CHECK(std::fabs(got.loss[0] - mean) <= 2 * ulp(mean));
  for (size_t r = 0; r < 200; ++r) {
    oracle::CrossEntropy scaled = loss;
    scaled.z = loss.z * weights / rows;
    const Values dx = target[r] < 0 ? Values(17, 0)
                                    : oracle::cross_entropy_vjp(oracle::row_of(x, r, {}),
                                                                target_of(x, target, r), scaled);
    for (size_t c = 0; c < 17; ++c)
      CHECK(std::fabs(got.dx[r * 17 + c] - 3 * dx[c] / weights) <= 1e-6 * 5 / weights);
  }
  options.call.rules = sm::mean_of_rows;
  options.smoothing = options.z_loss = 0;
  const std::vector<float> q = random_targets(200, 17);
  double soft = 0;
  for (size_t r = 0; r < 200; ++r)
    soft += oracle::cross_entropy(oracle::row_of(x, r, {}), {q.begin() + ptrdiff_t(r * 17),
                                                             q.begin() + ptrdiff_t((r + 1) * 17)});
  CHECK(std::fabs(run_q(x, q, options).loss[0] - soft / 200) <= 2 * ulp(soft / 200));
}

TEST_CASE("cross_entropy of nothing is NaN or 0, and its gradient 0", "[losses]") {
  const Rows x = scores(2, 3);
  for (const int zero : {0, int{sm::zero_mean}}) {
    const LossOptions options{.call = {.rules = sm::mean_of_rows | zero}};
    const float nothing = zero ? 0 : kNan;
    CHECK_THAT(run(x, {-1, -1}, options).loss, SameBits({nothing}));
    CHECK_THAT(run(x, {-1, -1}, options).dx, SameBits({0, 0, 0, 0, 0, 0}));
    CHECK_THAT(run(x, {0, 1}, options, {0, 0, 1}).loss, SameBits({nothing}));
    CHECK_THAT(run({"", 0, 3, {}}, {}, options).loss, SameBits({nothing}));
  }
  CHECK_THAT(run({"", 0, 3, {}}, {}, {.call = {.rules = sm::sum_of_rows}}).loss, SameBits({0}));
}

TEST_CASE("cross_entropy at its edges", "[losses]") {
  const auto one = [](std::vector<float> x, int32_t y, const LossOptions& options = {},
                      const std::vector<float>& weight = {}) {
    return run({"", 1, x.size(), x}, {y}, options, weight);
  };
  CHECK_THAT(one({7}, 0).loss, SameBits({0}));
  CHECK_THAT(one({7}, 0).dx, SameBits({0}));
  CHECK_THAT(one({kNan, 1}, -1).loss, SameBits({0}));
  CHECK_THAT(one({kNan, 1}, -1).dx, SameBits({0, 0}));
  CHECK_THAT(one({0, -kInf}, 1).loss, SameBits({kInf}));
  CHECK_THAT(one({0, -kInf}, 1).dx, SameBits({1, -1}));
  CHECK_THAT(one({0, -kInf}, 1, {}, {1, 0}).loss, SameBits({0}));
  CHECK_THAT(one({0, -kInf}, 1, {}, {1, 0}).dx, SameBits({0, 0}));
  CHECK_THAT(one({-kInf, -kInf}, 0).loss, SameBits({kNan}));
  CHECK_THAT(one({-kInf, -kInf}, 0).dx, SameBits({kNan, kNan}));
  const LossOptions nobody{.call = {.mask = {0, 0}}}, first{.call = {.mask = {1, 0}}};
  CHECK_THAT(one({1, 2}, 0, nobody).loss, SameBits({kInf}));
  CHECK_THAT(one({1, 2}, 0, nobody).dx, SameBits({0, 0}));
  CHECK_THAT(one({1, kNan}, 0, first).loss, SameBits({0}));
  CHECK_THAT(one({1, kNan}, 1, first).loss, SameBits({kInf}));
  CHECK_THAT(one({1, kNan}, 1, first).dx, SameBits({1, 0}));
}

TEST_CASE("cross_entropy gradients are central differences", "[losses][gradient]") {
  for (const size_t cols : kLengths) {
    const Rows x = scores(1, cols);
    for (const LossOptions& options :
         {LossOptions{}, {.t = 2}, {.t = 0.5f, .smoothing = 0.3f}, {.z_loss = 0.1f}}) {
      const size_t y = cols / 2;
      const Values q = oracle::one_hot(cols, y);
      const auto f = [&](const std::vector<double>& v) {
        return Values{oracle::cross_entropy({v, std::vector<bool>(cols, true), options.t, 0}, q,
                                            numbers_of(options))};
      };
      Errors errors;
      errors.add(
          run(x, {static_cast<int32_t>(y)}, options).dx,
          central_differences(f, {x.x.begin(), x.x.end()}, {1}), [](size_t) { return 3e-6; },
          x.name);
      INFO(errors.where);
      CHECK(errors.max <= 1);
    }
  }
}

TEST_CASE("cross_entropy speed", "[!benchmark][losses]") {
  for (const Rows& x : timed_rows()) {
    const std::vector<int32_t> target = random_classes(x.rows, x.cols);
    const std::vector<float> q = random_targets(x.rows, x.cols);
    std::vector<float> loss(x.rows), dx(x.x.size()), tmp(3 * x.cols);
    time("cross_entropy " + shape_of(x), [&] {
      sm::cross_entropy(loss.data(), dx.data(), x.x.data(), target.data(), nullptr, nullptr,
                        nullptr, tmp.data(), x.rows, x.cols, 1, 0, 1, 0, 0);
    });
    time("cross_entropy_soft " + shape_of(x), [&] {
      sm::cross_entropy_soft(loss.data(), dx.data(), x.x.data(), q.data(), nullptr, nullptr,
                             nullptr, tmp.data(), x.rows, x.cols, 1, 0, 1, 0, 0);
    });
  }
}
