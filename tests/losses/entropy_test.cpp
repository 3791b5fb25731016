#include <catch2/catch.hpp>

#include "losses.h"
#include "oracle/losses.h"
#include "support/gradient.h"
#include "support/loss_call.h"
#include "support/near.h"
#include "support/rows.h"
#include "support/time.h"

using oracle::Values;

static LossResult run(const Rows& x, const LossOptions& options = {}) {
  return run_loss(x, options, 2, [](auto... all) { sm::entropy(all...); });
}

TEST_CASE("entropy is the oracle's on every row", "[losses][accuracy]") {
  for (const bool masked : {false, true}) {
    for (const float t : {1.0f, 0.3f, 5.0f}) {
      Errors errors;
      for (const Rows& x : every_row()) {
        const LossOptions options{
            .call = {.mask = masked ? random_mask(x.cols) : std::vector<uint8_t>()}, .t = t};
        oracle::Row row = oracle::row_of(x, 0, options.call);
        row.t = t;
        const double exact =
            oracle::is_edge(row) ? oracle::edge_loss(row, masked, 0) : oracle::entropy(row);
        // Exps that are flushed count times their gap, under 2⁷ each.
        const double unit = ulp(exact) + static_cast<double>(x.cols) * 0x1p-119;
        errors.add(run(x, options).loss[0], exact, unit, x.name);
      }
      INFO(errors.where << ", masked " << masked << ", t " << t);
      CHECK(errors.max <= 4);
    }
  }
}

TEST_CASE("entropy gradients are central differences", "[losses][gradient]") {
  for (const size_t cols : kLengths) {
    const Rows x = scores(6, cols);
    const LossOptions options{.call = {.inner = 3}, .dloss = {1, 2, -3, 4, 5, 0}, .t = 0.75f};
    const LossResult got = run(x, options);
    for (size_t r = 0; r < 6; ++r) {
      const Rows row = x.row(r);
      const auto f = [&](const std::vector<double>& v) {
        return Values{oracle::entropy({v, std::vector<bool>(cols, true), options.t, 0})};
      };
      Errors errors;
      errors.add(
          Rows({"", 6, cols, got.dx}).row(r).x,
          central_differences(f, {row.x.begin(), row.x.end()}, {options.dloss[r]}),
          [](size_t) { return 1e-5; }, x.name);
      INFO(errors.where);
      CHECK(errors.max <= 1);
    }
  }
}

TEST_CASE("entropy averages rows, and at its edges", "[losses]") {
  const Rows even{"", 2, 4, {1, 1, 1, 1, 9, 9, -kInf, -kInf}};
  const LossResult got = run(even, {.call = {.rules = sm::mean_of_rows}});
  CHECK(got.loss[0] == Approx(1.5 * std::log(2)).epsilon(1e-7));
  for (const float v : got.dx) CHECK(v == 0);
  CHECK_THAT(run({"", 1, 1, {3}}).loss, SameBits({0}));
  CHECK_THAT(run({"", 1, 1, {3}}).dx, SameBits({0}));
  CHECK_THAT(run({"", 1, 2, {3, kInf}}).loss, SameBits({kNan}));
  CHECK_THAT(run({"", 1, 2, {3, kNan}}, {.call = {.mask = {0, 0}}}).loss, SameBits({0}));
}

TEST_CASE("entropy speed", "[!benchmark][losses]") {
  for (const Rows& x : timed_rows()) {
    std::vector<float> loss(x.rows), dx(x.x.size()), tmp(2 * x.cols);
    time("entropy " + shape_of(x), [&] {
      sm::entropy(loss.data(), dx.data(), x.x.data(), nullptr, nullptr, tmp.data(), x.rows, x.cols,
                  1, 0, 1);
    });
  }
}
