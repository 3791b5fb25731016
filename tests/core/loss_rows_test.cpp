#include "core/loss_rows.h"

#include <catch2/catch.hpp>

#include "support/call.h"
#include "support/loss_call.h"
#include "support/near.h"
#include "support/rows.h"

namespace {

// A loss of its own for the driver: the sum of c x_c over the kept classes c, counted from 1.
double weighted_sum(const sm::Loss&, const sm::LossRow& row) {
  double sum = 0;
  for (size_t c = 0; c < row.cols; ++c) {
    const double weight = static_cast<double>(c + 1);
    sum += row.kept(c) ? weight * row.x[c] : 0;
    if (row.gradient) row.y[c] = static_cast<float>(row.g * weight);
  }
  return sum;
}

LossResult run_sum(const Rows& in, const std::vector<int32_t>& target, const LossOptions& options) {
  const sm::Temperature t = sm::temperature_of(1);
  return run_classes(
      [&](float* loss, float* dx, const float* x, const int32_t* own, const uint8_t* mask,
          const float* dloss, float* tmp, size_t outer, size_t cols, size_t inner, int rules,
          float) {
        sm::loss_rows({loss,
                       dx,
                       x,
                       own,
                       mask,
                       dloss,
                       tmp,
                       {outer, cols, inner},
                       rules,
                       t,
                       sm::rows_counted(own, outer * inner),
                       99,
                       weighted_sum});
      },
      in, target, options, 2);
}

// A row of odds with room for its exps.
struct Odd {
  std::vector<float> x, e;
  sm::LossRow row;
  explicit Odd(const Rows& in) : x(in.x), e(x.size()), row{} {
    row.cols = x.size(), row.x = x.data(), row.exps = e.data();
    row.top = sm::peak(x.data(), x.size());
  }
};

}  // namespace

TEST_CASE("rows of a loss come to one number each or one for all, with masks, on every axis",
          "[core]") {
  for (const size_t inner : {1, 2}) {
    for (const bool masked : {false, true}) {
      for (const int rules : {0, int{sm::sum_of_rows}, int{sm::mean_of_rows}}) {
        Rows x = scores(4, 5);
        const std::vector<int32_t> target = {0, -1, 3, 2};
        for (size_t c = 0; c < 5; ++c) x.x[5 + c] = kNan;  // of a row that does not count
        LossOptions options{.call = {.rules = rules, .inner = inner}, .dloss = {2, 3, 4, 5}};
        if (masked)
          options.call.mask = {1, 0, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 0};
        if (rules != 0) options.dloss = {2};
        const LossResult got = run_sum(x, target, options);
        const double share = rules == sm::mean_of_rows ? 1.0 / 3 : 1;
        double all = 0;
        INFO("inner " << inner << (masked ? ", masked" : "") << ", rules " << rules);
        for (size_t r = 0; r < 4; ++r) {
          double value = 0;
          const double g = options.dloss[rules == 0 ? r : 0] * share;
          for (size_t c = 0; c < 5; ++c) {
            const bool counts = target[r] >= 0 && options.call.keeps(r, c, 5);
            const double weight = counts ? static_cast<double>(c + 1) : 0;
            value += counts ? weight * x.x[5 * r + c] : 0;
            CHECK(got.dx[5 * r + c] == static_cast<float>(g * weight));
          }
          all += value;
          if (rules == 0) CHECK(got.loss[r] == static_cast<float>(value));
        }
        if (rules != 0) CHECK(got.loss[0] == static_cast<float>(all * share));
      }
    }
  }
}

TEST_CASE("rows of a loss that exp cannot answer, and a mean of nothing", "[core]") {
  // A NaN beside numbers is for the loss itself to meet.
  for (const std::vector<float>& x : {std::vector<float>{1, kInf}, {kNan, kNan}, {kNan, kInf}}) {
    const LossResult got = run_sum({"", 2, 2, {x[0], x[1], 1, 2}}, {0, 0}, {});
    CHECK_THAT(got.loss, SameBits({kNan, 5}));
    CHECK_THAT(got.dx, SameBits({kNan, kNan, 1, 2}));
  }
  const Rows nothing{"", 1, 2, {-kInf, -kInf}};
  CHECK_THAT(run_sum(nothing, {0}, {}).loss, SameBits({kNan}));
  const LossResult masked = run_sum({"", 1, 2, {1, kNan}}, {0}, {.call = {.mask = {0, 0}}});
  CHECK_THAT(masked.loss, SameBits({99}));
  CHECK_THAT(masked.dx, SameBits({0, 0}));
  const Rows x{"", 1, 2, {1, 2}};
  const int mean = sm::mean_of_rows;
  CHECK_THAT(run_sum(x, {-1}, {.call = {.rules = mean}}).loss, SameBits({kNan}));
  CHECK_THAT(run_sum(x, {-1}, {.call = {.rules = mean | sm::zero_mean}}).loss, SameBits({0}));
}

TEST_CASE("rows and weights that count", "[core]") {
  const int32_t target[] = {2, -1, 0, 2};
  const float weight[] = {0.5f, 100, 3};
  CHECK(sm::rows_counted(nullptr, 4) == 4);
  CHECK(sm::rows_counted(target, 4) == 3);
  CHECK(sm::weights_counted(nullptr, target, 4) == 3);
  CHECK(sm::weights_counted(weight, target, 4) == 6.5);
}

TEST_CASE("odds keep a surprise however small or large, and what is made of them",
          "[core][accuracy]") {
  Errors surprises, sums, gaps, logs;
  for (const float t : {1.0f, 0.3f, 30.0f}) {
    const sm::Temperature own = sm::temperature_of(t);
    for (const size_t cols : {2, 7, 33, 128, 129, 300}) {
      for (const float lead : {0.0f, 20.0f, 80.0f, -80.0f, -900.0f}) {
        for (const size_t k : {size_t{0}, cols / 2, cols - 1}) {
          Rows x = scores(1, cols, 1);
          x.x[k] = lead * t;
          const double top = sm::peak(x.x.data(), cols);
          long double others = 0, all = 0, gap = 0;
          for (size_t i = 0; i < cols; ++i) {
            const long double z = (x.x[i] - top) / t;
            if (i != k) others += std::exp((static_cast<long double>(x.x[i]) - x.x[k]) / t);
            all += std::exp(z);
            gap -= z * std::exp(z);
          }
          Odd odd(x);
          const sm::Odds odds = sm::odds_of(odd.e.data(), odd.row, k, own);
          const std::string name = x.name + ", lead " + spell(lead) + ", t " + spell(t);
          // Where long double is no wider than double, exp(900) is infinite.
          const auto exact = static_cast<double>(std::isfinite(static_cast<double>(others))
                                                     ? std::log1p(others)
                                                     : (top - x.x[k]) / t + std::log(all));
          surprises.add(static_cast<float>(odds.surprise), exact, ulp(exact), name);
          const auto sum = static_cast<double>(top / t + std::log(all));
          sums.add(static_cast<float>(odds.log_sum_exp(odd.row, own)), sum, ulp(top / t) + ulp(1),
                   name);
          const auto mean = static_cast<double>(gap / all);
          gaps.add(static_cast<float>(sm::mean_gap(odd.row, odds, own)), mean, 8 * kU * (1 + mean),
                   name);
        }
      }
      Odd odd(scores(1, cols, 1));
      const size_t k = sm::first_peak(odd.x.data(), odd.row.top);
      CHECK(odd.x[k] == odd.row.top);
      const sm::Odds odds = sm::odds_of(odd.e.data(), odd.row, k, own);
      long double all = 0;
      for (const float v : odd.x) all += std::exp((static_cast<long double>(v) - odd.row.top) / t);
      std::vector<float> y(cols);
      sm::log_probabilities(y.data(), odd.row, odds, own);
      for (size_t i = 0; i < cols; ++i) {
        const double log =
            (double{odd.x[i]} - odd.row.top) / t - static_cast<double>(std::log(all));
        logs.add(y[i], log, 2 * ulp(log), "log probabilities", i);
      }
    }
  }
  INFO(surprises.where << "; " << sums.where << "; " << gaps.where << "; " << logs.where);
  CHECK(surprises.max <= 4);
  CHECK(sums.max <= 2);
  CHECK(gaps.max <= 1);
  CHECK(logs.max <= 2);
}

TEST_CASE("all but one entry are summed and scaled, wherever it is", "[core]") {
  const std::vector<float> e = {1, 2, 4, 8, 16};
  for (size_t k = 0; k < e.size(); ++k) {
    const double sum = sm::all_but(k, e.size(), [&](size_t from, size_t n) {
      double part = 0;
      for (size_t i = from; i < from + n; ++i) part += e[i];
      return part;
    });
    CHECK(sum == 31 - e[k]);
    std::vector<float> expected = {3, 6, 12, 24, 48};
    expected[k] = -5;
    Guarded<float> y(e, 1);
    sm::scale_but_one(y.data(), y.data(), e.size(), k, 3, -5);
    CHECK_THAT(y.values(), SameBits(expected));
  }
  const std::vector<float> ties = {1, 7, 3, 7};
  CHECK(sm::first_peak(ties.data(), 7) == 1);
}
