#include <catch2/catch.hpp>

#include "maps.h"
#include "oracle/maps.h"
#include "support/call.h"
#include "support/gradient.h"
#include "support/hash.h"
#include "support/near.h"
#include "support/rows.h"
#include "support/time.h"

// Errors in ulp of the larger of |lse| and log sum exp((x - max)/t); exps under 2⁻¹²⁶ may be
// missing from that sum.
static void compare(Errors& errors, const Rows& x, const Call& call = {}) {
  const oracle::Values exact = oracle::log_sum_exp(x, call);
  errors.add(
      run(sm::log_sum_exp, x, call), exact,
      [&](size_t r) {
        const oracle::Row row = oracle::row_of(x, r, call);
        const double log_total =
            oracle::is_ordinary(row) ? oracle::log_total(oracle::gaps(row)) : 0;
        return ulp(std::max(std::fabs(exact[r]), log_total)) +
               static_cast<double>(x.cols) * 0x1p-126;
      },
      x.name + ", t " + spell(call.t_of(0)));
}

TEST_CASE("log_sum_exp is the oracle's on every row", "[maps][accuracy]") {
  Errors errors;
  for (const Rows& x : every_row()) compare(errors, x);
  for (const Rows& x : long_rows()) compare(errors, x);
  INFO(errors.where);
  CHECK(errors.max <= 1.5);
}

TEST_CASE("log_sum_exp is the oracle's at every temperature", "[maps][accuracy]") {
  std::vector<float> all_t = kTemperatures;
  all_t.insert(all_t.end(), {0, kInf});
  const std::vector<Rows> all = every_row();
  for (const float t : all_t) {
    Errors errors;
    for (const Rows& x : all) compare(errors, x, {.t = {t}});
    INFO(errors.where);
    CHECK(errors.max <= 1.5);
  }
}

TEST_CASE("log_sum_exp is relatively exact where one score towers at 0", "[maps][accuracy]") {
  Errors errors;
  for (const size_t cols : {2, 3, 33, 131, 1000}) {
    for (const float gap : {1.0f, 5.0f, 10.0f, 20.0f, 40.0f, 60.0f, 80.0f}) {
      const Rows x = one_row("a gap of " + spell(gap), cols,
                             [=](size_t i) { return i == cols / 2 ? 0 : -gap; });
      const double exact = oracle::log_sum_exp(x)[0];
      errors.add(run(sm::log_sum_exp, x)[0], exact, exact, x.name);
    }
  }
  INFO(errors.where);
  CHECK(errors.max <= 1e-6);
}

TEST_CASE("log_sum_exp of one score is that score", "[maps]") {
  for (const float x : {0.0f, 1.0f, -1e30f, kLargest, -kLargest, 0x1p-149f, 17.3f}) {
    CHECK(run(sm::log_sum_exp, Rows{"one", 1, 1, {x}})[0] == x);
  }
  CHECK(run(sm::log_sum_exp, Rows{"one", 1, 1, {-0.0f}})[0] == 0);
}

TEST_CASE("log_sum_exp along another axis is the oracle's", "[maps][accuracy]") {
  for (const size_t cols : kLengths) {
    const Rows all = stack(every_row(), cols);
    for (const size_t inner : {2, 17, 300}) {
      Rows x = all;
      while (x.rows % inner)
        x.rows++, x.x.insert(x.x.end(), all.x.begin(), all.x.begin() + ptrdiff_t(cols));
      for (const float t : {1.0f, 0.3f, 0.0f, kInf}) {
        Errors errors;
        compare(errors, x, {.t = {t}, .inner = inner});
        INFO(errors.where << ", inner " << inner);
        CHECK(errors.max <= 1.5);
      }
    }
  }
}

TEST_CASE("log_sum_exp sees no masked score", "[maps]") {
  for (const size_t inner : {1, 3}) {
    for (const size_t cols : kLengths) {
      Rows x = stack(every_row(), cols);
      x.rows -= x.rows % inner;
      x.x.resize(x.rows * cols);
      for (const bool shared : {false, true}) {
        Errors errors;
        compare(errors, x,
                {.mask = random_mask(shared ? cols : x.x.size(), cols),
                 .rules = shared ? sm::shared_mask : 0,
                 .inner = inner});
        INFO(errors.where << (shared ? ", one mask" : "") << ", inner " << inner);
        CHECK(errors.max <= 1.5);
      }
    }
  }
}

TEST_CASE("log_sum_exp takes one temperature for each row", "[maps]") {
  for (const size_t inner : {1, 4}) {
    for (const size_t cols : kLengths) {
      std::vector<float> t = {0, kInf, 1};
      t.insert(t.end(), kTemperatures.begin(), kTemperatures.end());
      t.resize(24, 0.25f);
      Errors errors;
      compare(errors, scores(24, cols), {.t = t, .inner = inner});
      INFO(errors.where);
      CHECK(errors.max <= 1.5);
    }
  }
}

TEST_CASE("log_sum_exp of no columns is -inf, and of no rows nothing", "[maps]") {
  CHECK_THAT(run(sm::log_sum_exp, Rows{"no columns", 3, 0, {}}), SameBits({-kInf, -kInf, -kInf}));
  CHECK_THAT(run(sm::log_sum_exp, Rows{"no columns", 4, 0, {}}, {.inner = 2}),
             SameBits({-kInf, -kInf, -kInf, -kInf}));
  CHECK_THAT(run(sm::log_sum_exp, Rows{"no columns", 2, 0, {}}, {.t = {2, 3}}),
             SameBits({-kInf, -kInf}));
  CHECK(run(sm::log_sum_exp, Rows{"no rows", 0, 3, {}}).empty());
}

TEST_CASE("log_sum_exp gives the same bits at every alignment and with other rows", "[maps]") {
  for (const size_t cols : kLengths) {
    const Rows batch = stack(every_row(), cols);
    const std::vector<float> together = run(sm::log_sum_exp, batch);
    for (size_t r = 0; r < batch.rows; ++r) {
      for (const size_t offset : {0, 1, 2, 3}) {
        INFO(batch.name << ", row " << r);
        CHECK(bits_of(run(sm::log_sum_exp, batch.row(r), {.offset = offset})[0]) ==
              bits_of(together[r]));
      }
    }
  }
}

// One gradient for each row.
static std::vector<float> run_vjp(const Rows& y, const std::vector<float>& dlse, const Call& call,
                                  bool in_place = false) {
  Arguments a(y.rows, y.cols, call);
  Guarded<float> ys(laid_out(y.x, y.cols, call.inner), call.offset), gs(dlse, call.offset),
      dx(y.x.size(), call.offset);
  Guarded<float>& out = in_place ? ys : dx;
  CHECK(allocations([&] {
          sm::log_sum_exp_vjp(out.data(), ys.data(), gs.data(), a.t.or_null(), a.outer, y.cols,
                              call.inner, a.rules);
        }) == 0);
  return as_rows(out.values(), y.cols, call.inner);
}

TEST_CASE("log_sum_exp_vjp is the oracle's", "[maps][gradient][accuracy]") {
  for (const size_t cols : kLengths) {
    const Rows x = scores(12, cols);
    const Rows y{x.name, 12, cols,
                 run(sm::softmax, x, {.mask = random_mask(x.x.size()), .rules = sm::empty_zero})};
    const std::vector<float> g = scores(1, 12, 2, 0, 7).x;
    for (const size_t inner : {1, 3}) {
      for (const std::vector<float>& t : {std::vector<float>{1},
                                          {0.7f},
                                          {0},
                                          {kInf},
                                          {1, 2, 0.3f, 0, kInf, 5, 6, 7, 8, 9, 1e3f, 1e-3f}}) {
        const Call call{.t = t, .inner = inner};
        oracle::Values exact;
        for (size_t r = 0; r < 12; ++r) {
          const Rows row = y.row(r);
          const oracle::Values dx =
              oracle::log_sum_exp_vjp({row.x.begin(), row.x.end()}, g[r], call.t_of(r));
          exact.insert(exact.end(), dx.begin(), dx.end());
        }
        Errors errors;
        const std::vector<float> dx = run_vjp(y, g, call);
        errors.add(
            dx, exact, [&](size_t i) { return ulp(exact[i]); }, x.name);
        INFO(errors.where);
        CHECK(errors.max <= 6);
        CHECK_THAT(run_vjp(y, g, call, true), SameBits(dx));
      }
    }
  }
}

TEST_CASE("log_sum_exp_vjp is the gradient of log_sum_exp", "[maps][gradient]") {
  for (const float t : {1.0f, 0.5f, 3.0f}) {
    for (const size_t cols : kLengths) {
      const Rows x = scores(1, cols);
      const auto f = [&](const std::vector<double>& v) {
        return oracle::Values{
            oracle::log_sum_exp(oracle::Row{v, std::vector<bool>(cols, true), t, 0})};
      };
      const oracle::Values exact = central_differences(f, {x.x.begin(), x.x.end()}, {1.5});
      Errors errors;
      errors.add(
          run_vjp({"", 1, cols, run(sm::softmax, x, {.t = {t}})}, {1.5f}, {.t = {t}}), exact,
          [](size_t) { return 2e-6; }, x.name);
      INFO(errors.where << ", t " << t);
      CHECK(errors.max <= 1);
    }
  }
}

TEST_CASE("log_sum_exp_vjp is 0 where the probability is, whatever the gradient",
          "[maps][gradient]") {
  for (const float g : {kInf, kNan, -kInf}) CHECK(run_vjp({"", 1, 2, {0, 1}}, {g}, {})[0] == 0);
}

TEST_CASE("log_sum_exp and its vjp have the same bits everywhere", "[maps][hash]") {
  check_hash("log_sum_exp",
             [](const Rows& x, const Call& call) { return run(sm::log_sum_exp, x, call); });
  check_hash("log_sum_exp_vjp", [](const Rows& x, const Call& call) {
    const Rows y{x.name, x.rows, x.cols, run(sm::softmax, x, call)};
    return run_vjp(y, hashed_gradients({"", 1, x.rows, {}}), call);
  });
}

TEST_CASE("log_sum_exp speed", "[!benchmark][maps]") {
  for (const Rows& in : timed_rows()) {
    std::vector<float> x = in.x, dx(x.size()), lse(in.rows), g(in.rows, 1);
    time("log_sum_exp " + shape_of(in),
         [&] { sm::log_sum_exp(lse.data(), x.data(), nullptr, nullptr, in.rows, in.cols, 1, 0); });
    time("log_sum_exp_vjp " + shape_of(in), [&] {
      sm::log_sum_exp_vjp(dx.data(), x.data(), g.data(), nullptr, in.rows, in.cols, 1, 0);
    });
  }
}
