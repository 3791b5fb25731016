#include <catch2/catch.hpp>

#include "maps.h"
#include "oracle/maps.h"
#include "support/call.h"
#include "support/gradient.h"
#include "support/hash.h"
#include "support/near.h"
#include "support/rows.h"
#include "support/time.h"

// Errors in units of the bound, ulp((x - max)/t) + ulp(log sum exp((x - max)/t)), and 4 ulp of the
// result at the largest score. Exps under 2⁻¹²⁶ may be missing from the sum.
static void compare(Errors& errors, const Rows& x, const Call& call = {}) {
  const oracle::Values exact = oracle::log_softmax(x, call);
  const double flushed = static_cast<double>(x.cols) * 0x1p-126;
  std::vector<double> units;
  for (size_t r = 0; r < x.rows; ++r) {
    const oracle::Row row = oracle::row_of(x, r, call);
    const bool ordinary = oracle::is_ordinary(row);
    const oracle::Values z = ordinary ? oracle::gaps(row) : oracle::Values();
    const double log_total = ordinary ? oracle::log_total(z) : 0;
    for (size_t i = 0; i < x.cols; ++i) {
      units.push_back(!ordinary   ? ulp(exact[r * x.cols + i])
                      : z[i] == 0 ? 4 * ulp(log_total) + flushed
                                  : ulp(z[i]) + ulp(log_total) + ulp(exact[r * x.cols + i]) / 2);
    }
  }
  errors.add(
      run(sm::log_softmax, x, call), exact, [&](size_t i) { return units[i]; },
      x.name + ", t " + spell(call.t_of(0)));
}

TEST_CASE("log_softmax is the oracle's on every row, and on crowds", "[maps][accuracy]") {
  Errors errors;
  for (const Rows& x : every_row()) compare(errors, x);
  for (const Rows& x : crowds()) {
    compare(errors, x);
    compare(errors, x, {.inner = 2});
  }
  INFO(errors.where);
  CHECK(errors.max <= 1);
}

TEST_CASE("log_softmax is the oracle's on rows of up to a million scores", "[maps][accuracy]") {
  Errors errors;
  for (const Rows& x : long_rows()) compare(errors, x);
  INFO(errors.where);
  CHECK(errors.max <= 1);
}

TEST_CASE("log_softmax is the oracle's at every temperature", "[maps][accuracy]") {
  const std::vector<Rows> all = every_row();
  for (const float t : kTemperatures) {
    Errors errors;
    for (const Rows& x : all) compare(errors, x, {.t = {t}});
    INFO(errors.where);
    CHECK(errors.max <= 1);
  }
}

TEST_CASE("log_softmax is exact far below zero, where the probability is 0", "[maps]") {
  CHECK(run(sm::log_softmax, Rows{"", 1, 2, {0, -150}})[1] == -150);
  CHECK(run(sm::log_softmax, Rows{"", 1, 2, {0, -1e30f}})[1] == -1e30f);
  CHECK(run(sm::log_softmax, Rows{"", 1, 2, {0, -40}})[0] ==
        Approx(-4.248354255291589e-18).epsilon(1e-6));
  CHECK(run(sm::log_softmax, Rows{"", 1, 2, {5, -35}})[0] ==
        Approx(-4.248354255291589e-18).epsilon(1e-6));
  CHECK(run(sm::log_softmax, Rows{"", 1, 1, {17.5f}})[0] == 0);
}

TEST_CASE("log_softmax along another axis is the oracle's", "[maps][accuracy]") {
  for (const size_t cols : kLengths) {
    const Rows all = stack(every_row(), cols);
    for (const size_t inner : {2, 17, 300}) {
      Rows x = all;
      while (x.rows % inner)
        x.rows++, x.x.insert(x.x.end(), all.x.begin(), all.x.begin() + ptrdiff_t(cols));
      for (const float t : {1.0f, 0.3f, 0.0f}) {
        Errors errors;
        compare(errors, x, {.t = {t}, .inner = inner});
        INFO(errors.where << ", inner " << inner);
        CHECK(errors.max <= 1);
      }
    }
  }
}

TEST_CASE("log_softmax gives masked scores -inf, and the others what they have without them",
          "[maps]") {
  for (const size_t inner : {1, 3}) {
    for (const size_t cols : kLengths) {
      Rows x = stack(every_row(), cols);
      x.rows -= x.rows % inner;
      x.x.resize(x.rows * cols);
      for (const bool shared : {false, true}) {
        for (const int rules :
             {0, int{sm::empty_zero}, int{sm::empty_uniform}, int{sm::infinite_limit}}) {
          Errors errors;
          compare(errors, x,
                  {.mask = random_mask(shared ? cols : x.x.size(), cols),
                   .rules = rules | (shared ? sm::shared_mask : 0),
                   .inner = inner});
          INFO(errors.where << ", rules " << rules << (shared ? ", one mask" : "") << ", inner "
                            << inner);
          CHECK(errors.max <= 1);
        }
      }
    }
  }
}

TEST_CASE("log_softmax never reads a masked score as a number", "[maps]") {
  for (const size_t cols : kLengths) {
    const Rows x = scores(20, cols);
    const std::vector<uint8_t> mask = random_mask(x.x.size());
    for (const size_t inner : {1, 5}) {
      for (const float t : {1.0f, 0.3f, 0.0f, kInf}) {
        const Call call{.t = {t}, .mask = mask, .inner = inner};
        const std::vector<float> y = run(sm::log_softmax, x, call);
        for (const float under : {kNan, kInf, -kInf, kLargest, 0.0f}) {
          Rows spoilt = x;
          for (size_t i = 0; i < mask.size(); ++i) spoilt.x[i] = mask[i] ? x.x[i] : under;
          CHECK_THAT(run(sm::log_softmax, spoilt, call), SameBits(y));
        }
      }
    }
  }
}

TEST_CASE(
    "log_softmax of edge rows follows the rules, at every temperature and in every combination",
    "[maps]") {
  std::vector<Rows> all = edge_rows();
  for (const size_t n : kLengths) {
    all.push_back(one_row("ties", n, [](size_t i) { return static_cast<float>((i + 1) % 3); }));
    all.push_back(one_row("ties and -inf", n, [](size_t i) { return i % 2 ? -kInf : 0.0f; }));
  }
  for (const size_t cols : kLengths) {
    const Rows x = stack(all, cols);
    const std::vector<uint8_t> mask = random_mask(x.x.size(), 7);
    for (int rules = 0; rules < 16; ++rules) {
      if ((rules & sm::empty_zero) && (rules & sm::empty_uniform)) continue;
      for (const float t : {1.0f, 0.0f, kInf, 0.3f}) {
        Errors errors;
        compare(errors, x, {.t = {t}, .rules = rules});
        compare(errors, x, {.t = {t}, .mask = mask, .rules = rules});
        INFO(errors.where << ", rules " << rules);
        CHECK(errors.max <= 1);
      }
    }
  }
}

TEST_CASE("log_softmax takes one temperature for each row", "[maps]") {
  for (const size_t inner : {1, 4}) {
    for (const size_t cols : kLengths) {
      std::vector<float> t = {0, kInf, 1};
      t.insert(t.end(), kTemperatures.begin(), kTemperatures.end());
      t.resize(24, 0.25f);
      Errors errors;
      compare(errors, scores(24, cols), {.t = t, .inner = inner});
      INFO(errors.where);
      CHECK(errors.max <= 1);
    }
  }
}

TEST_CASE("log_softmax gives the same bits in place, at every alignment, and with other rows",
          "[maps]") {
  for (const Rows& x : every_row()) {
    const std::vector<float> y = run(sm::log_softmax, x);
    INFO(x.name);
    for (const size_t offset : {0, 1, 2, 3}) {
      CHECK_THAT(run(sm::log_softmax, x, {.offset = offset}), SameBits(y));
      CHECK_THAT(run(sm::log_softmax, x, {.offset = offset, .in_place = true}), SameBits(y));
    }
    const std::vector<uint8_t> mask = random_mask(x.cols);
    CHECK_THAT(run(sm::log_softmax, x, {.mask = mask, .in_place = true}),
               SameBits(run(sm::log_softmax, x, {.mask = mask})));
  }
  for (const size_t cols : kLengths) {  // the bytes of a mask at every distance from a boundary
    const Rows x = scores(4, cols);
    const std::vector<uint8_t> mask = random_mask(x.x.size());
    const std::vector<float> y = run(sm::log_softmax, x, {.mask = mask});
    for (size_t offset = 0; offset < 16; ++offset) {
      INFO(x.name << ", offset " << offset);
      CHECK_THAT(run(sm::log_softmax, x, {.mask = mask, .offset = offset}), SameBits(y));
    }
  }
  for (const size_t cols : kLengths) {
    const Rows batch = stack(every_row(), cols);
    const Rows together{"", batch.rows, cols, run(sm::log_softmax, batch)};
    for (size_t r = 0; r < batch.rows; ++r) {
      INFO(batch.name << ", row " << r);
      CHECK_THAT(together.row(r).x, SameBits(run(sm::log_softmax, batch.row(r))));
    }
  }
}

TEST_CASE("log_softmax of nothing is nothing", "[maps]") {
  CHECK(run(sm::log_softmax, Rows{"no rows", 0, 3, {}}).empty());
  CHECK(run(sm::log_softmax, Rows{"no columns", 2, 0, {}}).empty());
}

TEST_CASE("log_softmax keeps the order of the scores, and equal scores equal", "[maps]") {
  for (const Rows& x : finite_rows()) {
    const std::vector<float> y = run(sm::log_softmax, x);
    bool kept = true;
    for (size_t i = 0; i < x.cols; ++i) {
      for (size_t j = 0; j < x.cols; ++j) {
        kept &= x.x[i] <= x.x[j] ? y[i] <= y[j] : y[i] >= y[j];
        kept &= x.x[i] != x.x[j] || y[i] == y[j];
      }
    }
    INFO(x.name);
    CHECK(kept);
  }
}

static std::vector<float> gradients(size_t n) { return scores(1, n, 2, 0.5, 99).x; }

TEST_CASE("log_softmax_vjp is the oracle's", "[maps][gradient][accuracy]") {
  for (const float t : {1.0f, 0.25f, 0.7f, 30.0f}) {
    Errors errors;
    std::vector<Rows> all = finite_rows();
    if (t == 1) all.push_back(scores(1, 100000));
    for (const Rows& x : all) {
      const Rows y{x.name, 1, x.cols, run(sm::log_softmax, x)};
      const std::vector<float> dy = gradients(x.cols);
      const oracle::Values logs(y.x.begin(), y.x.end()), g(dy.begin(), dy.end());
      double sum = 0;
      for (size_t i = 0; i < g.size(); ++i) sum += logs[i] == -INFINITY ? 0 : std::fabs(g[i]);
      errors.add(
          run(sm::log_softmax_vjp, y, dy, {.t = {t}}), oracle::log_softmax_vjp(logs, g, t),
          [&](size_t i) {
            const double p = std::exp(logs[i]), size = p > 0 ? std::fabs(logs[i]) : 0;
            return (kU * (3 * std::fabs(g[i]) + (5 + size) * p * sum) + 0x1p-149) / t + 0x1p-149;
          },
          x.name + ", t " + spell(t));
    }
    INFO(errors.where);
    CHECK(errors.max <= 1);
  }
}

TEST_CASE("log_softmax_vjp is the gradient of log_softmax", "[maps][gradient]") {
  for (const float t : {1.0f, 0.5f, 3.0f}) {
    for (const size_t cols : kLengths) {
      const Rows x = scores(1, cols);
      const std::vector<float> dy = gradients(cols);
      const auto f = [&](const std::vector<double>& v) {
        return oracle::log_softmax(oracle::Row{v, std::vector<bool>(cols, true), t, 0});
      };
      const oracle::Values exact =
          central_differences(f, {x.x.begin(), x.x.end()}, {dy.begin(), dy.end()});
      Errors errors;
      errors.add(
          run(sm::log_softmax_vjp, {"", 1, cols, run(sm::log_softmax, x, {.t = {t}})}, dy,
              {.t = {t}}),
          exact, [&](size_t) { return 1e-6 * std::sqrt(static_cast<double>(cols)) * 10; }, x.name);
      INFO(errors.where << ", t " << t);
      if (cols > 1) CHECK(errors.max <= 1);
    }
  }
}

TEST_CASE("log_softmax_vjp gives masked entries nothing and ignores their gradient",
          "[maps][gradient]") {
  for (const size_t cols : {3, 33, 131}) {
    Rows y = scores(6, cols);
    std::vector<float> dy = scores(6, cols).x, calm = dy;
    Random random(5);
    y.x = run(sm::log_softmax, y, {.mask = random_mask(y.x.size())});
    for (size_t i = 0; i < dy.size(); ++i) {
      if (y.x[i] == -kInf) dy[i] = random.below(2) ? kNan : kInf, calm[i] = 1;
    }
    for (const size_t inner : {1, 3}) {
      const std::vector<float> dx = run(sm::log_softmax_vjp, y, dy, {.inner = inner});
      CHECK_THAT(dx, SameBits(run(sm::log_softmax_vjp, y, calm, {.inner = inner})));
      bool nothing = true;
      for (size_t i = 0; i < dx.size(); ++i) nothing &= y.x[i] != -kInf || dx[i] == 0;
      CHECK(nothing);
    }
  }
}

TEST_CASE("log_softmax_vjp of one score, and at temperatures 0 and inf, is 0", "[maps][gradient]") {
  CHECK(run(sm::log_softmax_vjp, Rows{"", 1, 1, {0}}, {123.25f})[0] == 0);
  for (const float t : {0.0f, kInf}) {
    const Rows y{"", 2, 3, {-kInf, 0, -kInf, -0.6931472f, -1.3862944f, -1.3862944f}};
    for (const float dx : run(sm::log_softmax_vjp, y, {1, 2, 3, 4, 5, 6}, {.t = {t}}))
      CHECK(dx == 0);
  }
}

TEST_CASE("log_softmax_vjp gives the same bits in place, at every alignment, and with other rows",
          "[maps][gradient]") {
  for (const size_t cols : kLengths) {
    Rows y = scores(12, cols);
    y.x = run(sm::log_softmax, y);
    const std::vector<float> dy = scores(12, cols, 1, 0, 3).x;
    for (const size_t inner : {1, 4}) {
      const std::vector<float> dx = run(sm::log_softmax_vjp, y, dy, {.inner = inner});
      for (const size_t offset : {0, 1, 2, 3}) {
        for (const Place place : {Place::apart, Place::on_y, Place::on_dy}) {
          CHECK_THAT(run(sm::log_softmax_vjp, y, dy, {.inner = inner, .offset = offset}, place),
                     SameBits(dx));
        }
      }
      if (inner > 1) continue;
      for (size_t r = 0; r < y.rows; ++r) {
        const std::vector<float> g(dy.begin() + ptrdiff_t(r * cols),
                                   dy.begin() + ptrdiff_t((r + 1) * cols));
        CHECK_THAT(run(sm::log_softmax_vjp, y.row(r), g),
                   SameBits(Rows{"", 12, cols, dx}.row(r).x));
      }
    }
  }
}

TEST_CASE("log_softmax and its vjp have the same bits everywhere", "[maps][hash]") {
  check_hash("log_softmax",
             [](const Rows& x, const Call& call) { return run(sm::log_softmax, x, call); });
  check_hash("log_softmax_vjp", [](const Rows& x, const Call& call) {
    const Rows y{x.name, x.rows, x.cols, run(sm::log_softmax, x, call)};
    return run(sm::log_softmax_vjp, y, hashed_gradients(x), call);
  });
}

TEST_CASE("log_softmax speed", "[!benchmark][maps]") {
  for (const Rows& x : timed_rows()) {
    time("log_softmax " + shape_of(x), sm::log_softmax, x);
    const Rows y{x.name, x.rows, x.cols, run(sm::log_softmax, x)};
    time("log_softmax_vjp " + shape_of(x), sm::log_softmax_vjp, y);
  }
}
