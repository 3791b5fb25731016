#include <catch2/catch.hpp>

#include "maps.h"
#include "support/sparse.h"
#include "support/time.h"

// [rows, 5]
static std::vector<float> run_stats(const Rows& in, const Call& call = {}) {
  Arguments a(in.rows, in.cols, call);
  Guarded<float> x(laid_out(in.x, in.cols, call.inner), call.offset),
      stats(5 * in.rows, call.offset);
  CHECK(allocations([&] {
          sm::row_stats(stats.data(), x.data(), a.mask.or_null(), a.t.or_null(), a.outer, in.cols,
                        call.inner, a.rules);
        }) == 0);
  std::vector<float> expected = in.x;
  for (size_t i = 0; i < expected.size(); ++i) {
    if (!call.keeps(i / in.cols, i % in.cols, in.cols)) expected[i] = -kInf;
  }
  CHECK_THAT(as_rows(x.values(), in.cols, call.inner), SameBits(expected));
  return as_rows(stats.values(), 5, in.rows);
}

static void compare(const Rows& x, const Call& call = {}) {
  const std::vector<float> stats = run_stats(x, call);
  for (size_t r = 0; r < x.rows; ++r) {
    const oracle::Row row = oracle::row_of(x, r, call);
    const oracle::Values exact = oracle::row_stats(row);
    Errors errors;
    const auto add = [&](size_t i, double unit) {
      errors.add(stats[5 * r + i], exact[i], unit, x.name, i);
    };
    add(0, 1e-40);
    add(1, 1.5 * std::max(ulp(exact[1]), ulp(std::fabs(exact[2]) + 1)));
    add(2, 4e-7 * (1 + exact[2]));
    add(3, ulp(exact[3]) / 2);
    add(4, 0.5);
    INFO(errors.where << ", row " << r << ", t " << call.t_of(r));
    CHECK(errors.max <= 1);
  }
}

TEST_CASE("row_stats is the oracle's on every row", "[maps][row_stats][accuracy]") {
  for (const Rows& x : every_row()) compare(x);
  for (const Rows& x : {scores(1, 32000), scores(1, 200000, 10), scores(1, 100000, 3, 5000)})
    compare(x);
}

TEST_CASE("row_stats is the oracle's at every temperature", "[maps][row_stats][accuracy]") {
  const std::vector<Rows> all = finite_rows();
  for (const float t : {0.5f, 4.0f, 0.7f, 100.0f, 1e-3f, 1e30f, 3.3e38f, 1e-40f}) {
    for (const Rows& x : all) compare(x, {.t = {t}});
  }
}

TEST_CASE("row_stats of masked and edge rows, along every axis", "[maps][row_stats]") {
  for (const size_t cols : kLengths) {
    Rows x = stack(every_row(), cols);
    x.rows -= x.rows % 3;
    x.x.resize(x.rows * cols);
    for (const size_t inner : {1, 3}) {
      for (const int rules : {0, int{sm::infinite_limit}, int{sm::tie_split}}) {
        for (const float t : {1.0f, 0.0f, kInf}) {
          compare(x, {.t = {t}, .rules = rules, .inner = inner});
          compare(x, {.t = {t}, .mask = random_mask(x.x.size()), .rules = rules, .inner = inner});
        }
      }
    }
  }
}

TEST_CASE("row_stats takes one temperature for each row", "[maps][row_stats]") {
  for (const size_t cols : kLengths)
    compare(scores(4, cols), {.t = {1, 0.5f, 0, kInf}, .inner = 2});
}

TEST_CASE("row_stats gives the same bits at every alignment, along every axis and beside any row",
          "[maps][row_stats]") {
  for (const size_t cols : kLengths) {
    Rows x = stack(every_row(), cols);
    const Rows stats{"", x.rows, 5, run_stats(x)};
    for (size_t r = 0; r < x.rows; ++r) {
      INFO(cols << " columns, row " << r);
      CHECK_THAT(run_stats(x.row(r), {.offset = r % 4}), SameBits(stats.row(r).x));
    }
  }
}

TEST_CASE("row_stats of no columns and of no rows", "[maps][row_stats]") {
  CHECK(run_stats(Rows{"no rows", 0, 3, {}}).empty());
  CHECK_THAT(run_stats(Rows{"no columns", 1, 0, {}}), SameBits({-kInf, -kInf, 0, 0, 0}));
}

TEST_CASE("row_stats speed", "[!benchmark][maps]") {
  for (const Rows& in : timed_rows()) {
    std::vector<float> x = in.x, stats(5 * in.rows);
    time("row_stats " + shape_of(in),
         [&] { sm::row_stats(stats.data(), x.data(), nullptr, nullptr, in.rows, in.cols, 1, 0); });
  }
}
