#include <catch2/catch.hpp>

#include "maps.h"
#include "oracle/maps.h"
#include "support/call.h"
#include "support/gradient.h"
#include "support/hash.h"
#include "support/near.h"
#include "support/rows.h"
#include "support/time.h"

static void compare(Errors& errors, const Rows& x, const Call& call = {}) {
  const oracle::Values exact = oracle::softmax(x, call);
  errors.add(
      run(sm::softmax, x, call), exact, [&](size_t i) { return probability_ulp(exact[i]); },
      x.name + ", t " + spell(call.t_of(0)));
}

// |sum y - 1| of the worst row, in 2⁻²⁴.
static double sum_error(const std::vector<float>& y, size_t cols) {
  double worst = 0;
  for (size_t r = 0; r < y.size(); r += cols) {
    double sum = 0;
    for (size_t i = r; i < r + cols; ++i) sum += y[i];
    worst = std::max(worst, std::fabs(sum - 1) / kU);
  }
  return worst;
}

TEST_CASE("softmax is the oracle's on every row, and on crowds", "[maps][accuracy]") {
  Errors errors;
  for (const Rows& x : every_row()) compare(errors, x);
  for (const Rows& x : crowds()) {
    compare(errors, x);
    compare(errors, x, {.inner = 2});
  }
  INFO(errors.where);
  CHECK(errors.max <= 4);
  CHECK(errors.mean() <= 1);
}

TEST_CASE("softmax is the oracle's on rows of up to a million scores", "[maps][accuracy]") {
  for (const Rows& x : long_rows()) {
    Errors errors;
    compare(errors, x);
    INFO(errors.where);
    CHECK(errors.max <= 4);
    CHECK(errors.mean() <= 1);
  }
}

TEST_CASE("softmax is the oracle's at every temperature", "[maps][accuracy]") {
  const std::vector<Rows> all = every_row();
  for (const float t : kTemperatures) {
    Errors errors;
    for (const Rows& x : all) compare(errors, x, {.t = {t}});
    INFO(errors.where);
    CHECK(errors.max <= 4);
  }
}

TEST_CASE("softmax sums to 1", "[maps][accuracy]") {
  double worst = 0;
  for (const Rows& x : finite_rows())
    worst = std::max(worst, sum_error(run(sm::softmax, x), x.cols));
  CHECK(worst <= 4);
  for (const Rows& x : long_rows()) {
    INFO(x.name);
    CHECK(sum_error(run(sm::softmax, x), x.cols) <= 4);
  }
}

TEST_CASE("softmax of a row does not depend on the other rows of the call", "[maps]") {
  for (const size_t cols : kLengths) {
    const Rows batch = stack(every_row(), cols);
    const std::vector<uint8_t> mask = random_mask(batch.x.size());
    for (const bool masked : {false, true}) {
      const Rows together{
          "", batch.rows, cols,
          run(sm::softmax, batch, {.mask = masked ? mask : std::vector<uint8_t>()})};
      for (size_t r = 0; r < batch.rows; ++r) {
        Call alone;
        if (masked)
          alone.mask.assign(mask.begin() + ptrdiff_t(r * cols),
                            mask.begin() + ptrdiff_t((r + 1) * cols));
        INFO(batch.name << ", row " << r << (masked ? ", masked" : ""));
        CHECK_THAT(together.row(r).x, SameBits(run(sm::softmax, batch.row(r), alone)));
      }
    }
  }
}

TEST_CASE("softmax along another axis is the oracle's", "[maps][accuracy]") {
  for (const size_t cols : kLengths) {
    const Rows all = stack(every_row(), cols);
    for (const size_t inner : {2, 5, 17, 300}) {
      Rows x = all;
      while (x.rows % inner)
        x.rows++, x.x.insert(x.x.end(), all.x.begin(), all.x.begin() + ptrdiff_t(cols));
      for (const float t : {1.0f, 0.3f, 0.0f}) {
        Errors errors;
        compare(errors, x, {.t = {t}, .inner = inner});
        INFO(errors.where << ", inner " << inner);
        CHECK(errors.max <= 4);
      }
    }
  }
}

TEST_CASE("softmax along another axis does not depend on the columns beside", "[maps]") {
  const size_t cols = 33, inner = 300;
  const Rows all = stack(every_row(), cols);
  Rows x{"", inner, cols, {}};
  while (x.x.size() < inner * cols) x.x.insert(x.x.end(), all.x.begin(), all.x.end());
  x.x.resize(inner * cols);
  const Rows together{"", inner, cols, run(sm::softmax, x, {.inner = inner})};
  for (size_t r = 0; r < inner; ++r) {
    Rows twice = x.row(r);
    twice.rows = 2;
    twice.x.insert(twice.x.end(), x.x.begin(), x.x.begin() + ptrdiff_t(cols));
    INFO("column " << r);
    CHECK_THAT(together.row(r).x,
               SameBits(Rows{"", 2, cols, run(sm::softmax, twice, {.inner = 2})}.row(0).x));
  }
}

TEST_CASE("softmax gives masked scores nothing, and the others what they have without them",
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
          CHECK(errors.max <= 4);
        }
      }
    }
  }
}

TEST_CASE("softmax never reads a masked score as a number", "[maps]") {
  for (const size_t cols : kLengths) {
    Rows x = scores(20, cols);
    const std::vector<uint8_t> mask = random_mask(x.x.size());
    for (const size_t inner : {1, 5}) {
      for (const float t : {1.0f, 0.3f, 0.0f, kInf}) {
        const Call call{.t = {t}, .mask = mask, .inner = inner};
        const std::vector<float> y = run(sm::softmax, x, call);
        for (const float under : {kNan, kInf, -kInf, kLargest, 0.0f}) {
          Rows spoilt = x;
          for (size_t i = 0; i < mask.size(); ++i) spoilt.x[i] = mask[i] ? x.x[i] : under;
          CHECK_THAT(run(sm::softmax, spoilt, call), SameBits(y));
        }
      }
    }
  }
}

TEST_CASE("softmax of edge rows follows the rules, at every temperature and in every combination",
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
        CHECK(errors.max <= 4);
      }
    }
  }
}

TEST_CASE("softmax takes one temperature for each row", "[maps]") {
  for (const size_t inner : {1, 4}) {
    for (const size_t cols : kLengths) {
      const Rows x = scores(24, cols);
      std::vector<float> t = {0, kInf, 1};
      t.insert(t.end(), kTemperatures.begin(), kTemperatures.end());
      t.resize(24, 0.25f);
      Errors errors;
      compare(errors, x, {.t = t, .inner = inner});
      INFO(errors.where);
      CHECK(errors.max <= 4);
    }
  }
}

TEST_CASE("softmax gives the same bits in place and at every alignment", "[maps]") {
  for (const Rows& x : every_row()) {
    const std::vector<float> y = run(sm::softmax, x);
    INFO(x.name);
    for (const size_t offset : {0, 1, 2, 3}) {
      CHECK_THAT(run(sm::softmax, x, {.offset = offset}), SameBits(y));
      CHECK_THAT(run(sm::softmax, x, {.offset = offset, .in_place = true}), SameBits(y));
    }
    const std::vector<uint8_t> mask = random_mask(x.cols);
    CHECK_THAT(run(sm::softmax, x, {.mask = mask, .in_place = true}),
               SameBits(run(sm::softmax, x, {.mask = mask})));
  }
  const Rows across = scores(300, 70);
  CHECK_THAT(run(sm::softmax, across, {.inner = 300, .in_place = true}),
             SameBits(run(sm::softmax, across, {.inner = 300})));
}

TEST_CASE("softmax of nothing is nothing", "[maps]") {
  CHECK(run(sm::softmax, Rows{"no rows", 0, 3, {}}).empty());
  CHECK(run(sm::softmax, Rows{"no columns", 2, 0, {}}).empty());
  CHECK(run(sm::softmax, Rows{"no columns", 4, 0, {}}, {.inner = 2}).empty());
}

TEST_CASE("softmax keeps the order of the scores, and equal scores equal", "[maps]") {
  for (const Rows& x : finite_rows()) {
    const std::vector<float> y = run(sm::softmax, x);
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

TEST_CASE("softmax of one score is 1", "[maps]") {
  for (const float x : {0.0f, -0.0f, 1.0f, -1e30f, kLargest, -kLargest, 0x1p-149f}) {
    for (const float t : kTemperatures) {
      INFO("score " << x << ", t " << t);
      CHECK(run(sm::softmax, Rows{"one", 1, 1, {x}}, {.t = {t}})[0] == 1);
    }
  }
}

TEST_CASE("softmax does not change when all scores move together", "[maps]") {
  for (const size_t cols : kLengths) {
    Rows x = scores(1, cols);
    for (float& v : x.x) v = std::round(v * 64) / 64;
    const oracle::Values exact = oracle::softmax(x);
    for (const float shift : {1.0f, -1.0f, 512.0f, -1024.0f, 1100.0f, 5000.0f, -100000.0f}) {
      Rows moved = x;
      for (float& v : moved.x) v += shift;
      Errors errors;
      errors.add(
          run(sm::softmax, moved), exact, [&](size_t i) { return ulp(exact[i]); }, x.name);
      INFO(errors.where << ", moved by " << shift);
      CHECK(errors.max <= 4);
    }
  }
}

// Gradients that a bound in terms of sum |y dy| is sharp for: of mixed size and sign.
static std::vector<float> gradients(size_t n) { return scores(1, n, 2, 0.5, 99).x; }

TEST_CASE("softmax_vjp is the oracle's", "[maps][gradient][accuracy]") {
  for (const float t : {1.0f, 0.25f, 0.7f, 30.0f}) {
    Errors errors;
    std::vector<Rows> all = finite_rows();
    if (t == 1) all.push_back(scores(1, 100000));
    for (const Rows& x : all) {
      const Rows y{x.name, 1, x.cols, run(sm::softmax, x)};
      const std::vector<float> dy = gradients(x.cols);
      const oracle::Values p(y.x.begin(), y.x.end()), g(dy.begin(), dy.end());
      double sum = 0;
      for (size_t i = 0; i < p.size(); ++i) sum += std::fabs(p[i] * g[i]);
      errors.add(
          run(sm::softmax_vjp, y, dy, {.t = {t}}), oracle::softmax_vjp(p, g, t),
          [&](size_t i) {
            return (6 * kU * p[i] * (std::fabs(g[i]) + sum) + 0x1p-149) / t + 0x1p-149;
          },
          x.name + ", t " + spell(t));
    }
    INFO(errors.where);
    CHECK(errors.max <= 1);
  }
}

TEST_CASE("softmax_vjp is the gradient of softmax", "[maps][gradient]") {
  for (const float t : {1.0f, 0.5f, 3.0f}) {
    for (const size_t cols : kLengths) {
      const Rows x = scores(1, cols);
      const std::vector<float> dy = gradients(cols);
      const auto f = [&](const std::vector<double>& v) {
        return oracle::softmax(oracle::Row{v, std::vector<bool>(cols, true), t, 0});
      };
      const oracle::Values exact =
          central_differences(f, {x.x.begin(), x.x.end()}, {dy.begin(), dy.end()});
      Errors errors;
      errors.add(
          run(sm::softmax_vjp, {"", 1, cols, run(sm::softmax, x, {.t = {t}})}, dy, {.t = {t}}),
          exact, [](size_t) { return 5e-6; }, x.name);
      INFO(errors.where << ", t " << t);
      if (cols > 1) CHECK(errors.max <= 1);
    }
  }
}

TEST_CASE("softmax_vjp gives entries of probability 0 nothing, whatever their gradient",
          "[maps][gradient]") {
  for (const size_t cols : {3, 33, 131}) {
    Rows y = scores(6, cols);
    std::vector<float> dy = scores(6, cols).x, calm = dy;
    Random random(5);
    y.x = run(sm::softmax, y, {.mask = random_mask(y.x.size())});
    for (size_t i = 0; i < dy.size(); ++i) {
      if (y.x[i] == 0) dy[i] = random.below(2) ? kNan : kInf, calm[i] = 1;
    }
    for (const size_t inner : {1, 3}) {
      const std::vector<float> dx = run(sm::softmax_vjp, y, dy, {.inner = inner});
      CHECK_THAT(dx, SameBits(run(sm::softmax_vjp, y, calm, {.inner = inner})));
      bool nothing = true;
      for (size_t i = 0; i < dx.size(); ++i) nothing &= y.x[i] != 0 || dx[i] == 0;
      CHECK(nothing);
    }
  }
}

TEST_CASE("softmax_vjp of a row of one probability, and at temperatures 0 and inf, is 0",
          "[maps][gradient]") {
  CHECK(run(sm::softmax_vjp, Rows{"", 1, 1, {1}}, {123.25f})[0] == 0);
  for (const float t : {0.0f, kInf}) {
    const Rows y{"", 2, 3, {0, 1, 0, 0.5f, 0.25f, 0.25f}};
    for (const float dx : run(sm::softmax_vjp, y, {1, 2, 3, 4, 5, 6}, {.t = {t}})) CHECK(dx == 0);
  }
}

TEST_CASE("softmax_vjp at a temperature that counts as the least one is not NaN",
          "[maps][gradient]") {
  for (const float dx : run(sm::softmax_vjp, Rows{"", 1, 2, {1, 0}}, {1, 2}, {.t = {1e-40f}}))
    CHECK(dx == 0);
}

TEST_CASE("softmax_vjp of a NaN row is NaN", "[maps][gradient]") {
  for (const float dx : run(sm::softmax_vjp, Rows{"", 1, 3, {kNan, kNan, kNan}}, {1, 2, 3}))
    CHECK(std::isnan(dx));
}

TEST_CASE("softmax_vjp gives the same bits in place, at every alignment, and with other rows",
          "[maps][gradient]") {
  for (const size_t cols : kLengths) {
    Rows y = scores(12, cols);
    y.x = run(sm::softmax, y);
    const std::vector<float> dy = scores(12, cols, 1, 0, 3).x;
    for (const size_t inner : {1, 4}) {
      const std::vector<float> dx = run(sm::softmax_vjp, y, dy, {.inner = inner});
      for (const size_t offset : {0, 1, 2, 3}) {
        for (const Place place : {Place::apart, Place::on_y, Place::on_dy}) {
          CHECK_THAT(run(sm::softmax_vjp, y, dy, {.inner = inner, .offset = offset}, place),
                     SameBits(dx));
        }
      }
      if (inner > 1) continue;
      for (size_t r = 0; r < y.rows; ++r) {
        const std::vector<float> g(dy.begin() + ptrdiff_t(r * cols),
                                   dy.begin() + ptrdiff_t((r + 1) * cols));
        CHECK_THAT(run(sm::softmax_vjp, y.row(r), g), SameBits(Rows{"", 12, cols, dx}.row(r).x));
      }
    }
  }
}

TEST_CASE("softmax and its vjp have the same bits everywhere", "[maps][hash]") {
  check_hash("softmax", [](const Rows& x, const Call& call) { return run(sm::softmax, x, call); });
  check_hash("softmax_vjp", [](const Rows& x, const Call& call) {
    const Rows y{x.name, x.rows, x.cols, run(sm::softmax, x, call)};
    return run(sm::softmax_vjp, y, hashed_gradients(x), call);
  });
}

TEST_CASE("softmax speed", "[!benchmark][maps]") {
  for (const Rows& x : timed_rows()) {
    time("softmax " + shape_of(x), sm::softmax, x);
    const Rows y{x.name, x.rows, x.cols, run(sm::softmax, x)};
    time("softmax_vjp " + shape_of(x), sm::softmax_vjp, y);
  }
}
