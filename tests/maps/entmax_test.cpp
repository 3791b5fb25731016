#include <catch2/catch.hpp>

#include "maps.h"
#include "support/sparse.h"
#include "support/time.h"

// The alphas of a call: one, or one for each row in the order they lie in.
static std::vector<float> alphas;

static int with_alphas(int rules) { return rules | (alphas.size() > 1 ? sm::row_alpha : 0); }
static void entmax(float* y, const float* x, const uint8_t* mask, const float* t, size_t outer,
                   size_t cols, size_t inner, int rules) {
  sm::entmax(y, x, mask, t, alphas.data(), outer, cols, inner, with_alphas(rules));
}
static void entmax_vjp(float* dx, const float* y, const float* dy, const float* t, size_t outer,
                       size_t cols, size_t inner, int rules) {
  sm::entmax_vjp(dx, y, dy, t, alphas.data(), outer, cols, inner, with_alphas(rules));
}

// What an entry that is alone at the threshold may be off by: there z - tau is known to 2⁻⁴⁶, and
// above alpha 2 y is a root of it.
static double marginal(double alpha) {
  constexpr double kFlushed = 0x1p-126;
  if (alpha <= 1) return kFlushed;
  return std::max(kFlushed, std::pow(alpha > 2 ? 0x1p-46 : 1e-6, 1 / (alpha - 1)));
}

static SparseMap map_of(float alpha) {
  const auto own = [=](const oracle::Row& row) { return oracle::entmax(row, alpha); };
  return {[=](const Rows& x, const Call& call) {
            alphas = {alpha};
            return run(entmax, x, call);
          },
          [=](const Rows& x, const Call& call) { return oracle::every(own, x, call); }, own,
          1e-6 + (alpha > 2 ? marginal(alpha) : 0), marginal(alpha)};
}
static SparseVjp vjp_of(float alpha) {
  return [=](const Rows& y, const std::vector<float>& dy, const Call& call, Place place) {
    alphas = {alpha};
    return run(entmax_vjp, y, dy, call, place);
  };
}

static const std::vector<float> kAlphas = {0.25f, 0.5f, 0.9f,  0.9995f, 1.0001f, 1.1f,
                                           1.25f, 1.6f, 1.75f, 1.9995f, 2.5f,    4};

// A few rows of every kind: the oracle sweeps a row 80 times.
static std::vector<Rows> some_rows() {
  std::vector<Rows> some;
  for (const Rows& x : finite_rows()) {
    if (x.cols == 3 || x.cols == 33 || x.cols == 131) some.push_back(x);
  }
  return some;
}

TEST_CASE("entmax is the oracle's on every row", "[maps][entmax][accuracy]") {
  for (const float alpha : kAlphas) {
    INFO("alpha " << alpha);
    is_the_oracles_on(map_of(alpha), some_rows());
  }
}

TEST_CASE("entmax is the oracle's on long rows", "[maps][entmax][accuracy]") {
  for (const float alpha : {0.5f, 1.0001f, 1.25f, 1.75f, 2.5f}) {
    INFO("alpha " << alpha);
    is_the_oracles_on(map_of(alpha), {scores(1, 3000, 1), scores(1, 20000, 3)});
  }
}

TEST_CASE("entmax is the oracle's at every temperature", "[maps][entmax][accuracy]") {
  for (const float alpha : {0.5f, 1.25f, 2.5f}) {
    for (const float t : kTemperatures) {
      INFO("alpha " << alpha);
      is_the_oracles_on(map_of(alpha), {scores(1, 7), scores(1, 131)}, {.t = {t}});
    }
  }
}

TEST_CASE("entmax sums to 1", "[maps][entmax][accuracy]") {
  for (const float alpha : kAlphas) {
    INFO("alpha " << alpha);
    sums_to_one(map_of(alpha), some_rows());
    sums_to_one(map_of(alpha), {scores(1, 30000)});
  }
}

TEST_CASE("entmax is softmax at 1, entmax15 at 1.5 and sparsemax at 2, to the bit",
          "[maps][entmax]") {
  for (const size_t cols : kLengths) {
    const Rows x = stack(every_row(), cols);
    const std::vector<uint8_t> mask = random_mask(x.x.size());
    for (const float t : {1.0f, 0.3f}) {
      const Call call{.t = {t}, .mask = mask};
      CHECK_THAT(map_of(1).run(x, call), SameBits(run(sm::softmax, x, call)));
      CHECK_THAT(map_of(1 + 0x1p-23f).run(x, call), SameBits(run(sm::softmax, x, call)));
      CHECK_THAT(map_of(1.5f).run(x, call), SameBits(run(sm::entmax15, x, call)));
      CHECK_THAT(map_of(2).run(x, call), SameBits(run(sm::sparsemax, x, call)));
    }
  }
}

TEST_CASE("entmax near 1 and 2 is near softmax and sparsemax", "[maps][entmax][accuracy]") {
  const Rows x = scores(1, 1000);
  const auto apart = [&](float alpha, const std::vector<float>& other) {
    const std::vector<float> y = map_of(alpha).run(x, {});
    double worst = 0;
    for (size_t i = 0; i < y.size(); ++i)
      worst = std::max(worst, std::fabs(double{y[i]} - other[i]));
    return worst;
  };
  for (const double e : {1e-3, 1e-4, 1e-5, 1e-6, 3e-7}) {
    INFO("off by " << e);
    for (const double side : {-e, e}) {
      CHECK(apart(static_cast<float>(1 + side), run(sm::softmax, x)) <= 3 * e + 4e-7);
      CHECK(apart(static_cast<float>(2 + side), run(sm::sparsemax, x)) <= 3 * e + 4e-7);
    }
  }
}

TEST_CASE("entmax tends to the largest, which share, as alpha grows", "[maps][entmax]") {
  const Rows x{"", 1, 5, {1, 2, 2, -kInf, 1.5f}};
  for (const float alpha : {1000.0f, 1e6f, 1e30f, kLargest})
    CHECK(map_of(alpha).run(x, {}) == std::vector<float>{0, 0.5f, 0.5f, 0, 0});
  const Rows any = scores(1, 4000);
  const auto at = std::max_element(any.x.begin(), any.x.end()) - any.x.begin();
  std::vector<float> hot(4000);
  hot[static_cast<size_t>(at)] = 1;
  CHECK(map_of(1e6f).run(any, {}) == hot);
  const Rows ties = one_row("ties", 3000, [](size_t) { return 2.5f; });
  for (const float y : map_of(1e6f).run(ties, {})) CHECK(std::fabs(y * 3000 - 1) < 1e-6);
}

TEST_CASE("entmax takes one alpha for each row", "[maps][entmax]") {
  for (const size_t inner : {1, 4}) {
    for (const size_t cols : kLengths) {
      const Rows x = scores(12, cols);
      const std::vector<float> all = {0.5f, 1, 1.1f, 1.5f, 1.7f, 2, 2.5f, 3, 1, 1.5f, 0.9f, 2};
      alphas = all;
      const Rows y{"", 12, cols, run(entmax, x, {.t = {0.7f}, .inner = inner})};
      for (size_t r = 0; r < 12; ++r) {
        if (all[r] == 1) continue;  // softmax has other ways for short rows
        INFO(cols << " columns, alpha " << all[r]);
        CHECK_THAT(y.row(r).x, SameBits(map_of(all[r]).run(x.row(r), {.t = {0.7f}})));
      }
      Errors errors;
      const oracle::Values exact = oracle::softmax(x, {.t = {0.7f}});
      for (size_t i = 0; i < exact.size(); ++i) {
        if (all[i / cols] == 1) errors.add(y.x[i], exact[i], 1e-6, x.name, i);
      }
      CHECK(errors.max <= 1);
    }
  }
}

TEST_CASE("entmax of a row does not depend on the other rows of the call", "[maps][entmax]") {
  for (const float alpha : {0.5f, 1.25f, 2.5f}) does_not_depend_on_other_rows(map_of(alpha));
}

TEST_CASE("entmax gives the same bits along another axis", "[maps][entmax]") {
  for (const float alpha : {0.5f, 1.25f, 2.5f}) is_the_same_along_another_axis(map_of(alpha));
}

TEST_CASE("entmax never reads a masked score as a number", "[maps][entmax]") {
  for (const float alpha : {0.5f, 1.25f, 2.5f}) never_reads_a_masked_score(map_of(alpha));
}

TEST_CASE("entmax of edge rows follows the rules", "[maps][entmax]") {
  for (const float alpha : {0.5f, 1.25f, 2.5f}) {
    for (const size_t cols : {1, 3, 65}) {
      const Rows x = stack(edge_rows(), cols);
      const std::vector<uint8_t> mask = random_mask(x.x.size(), 7);
      for (const int rules : {0, int{sm::empty_zero}, int{sm::empty_uniform},
                              int{sm::infinite_limit}, int{sm::tie_split}}) {
        for (const float t : {1.0f, 0.0f, kInf}) {
          INFO("alpha " << alpha);
          is_the_oracles_on(map_of(alpha), {x}, {.t = {t}, .rules = rules});
          is_the_oracles_on(map_of(alpha), {x}, {.t = {t}, .mask = mask, .rules = rules});
        }
      }
    }
  }
}

TEST_CASE("entmax gives the same bits in place and at every alignment", "[maps][entmax]") {
  for (const float alpha : {0.5f, 1.25f, 2.5f})
    is_the_same_in_place_and_at_every_alignment(map_of(alpha));
}

TEST_CASE("entmax of nothing is nothing", "[maps][entmax]") {
  for (const float alpha : {0.5f, 1.25f, 2.5f}) of_nothing_is_nothing(map_of(alpha));
}

TEST_CASE("entmax gives equal scores equal shares, and 1 to a score that is alone",
          "[maps][entmax]") {
  for (const float alpha : kAlphas) {
    for (const size_t n : {1, 2, 3, 50, 5000}) {
      INFO("alpha " << alpha << ", " << n << " scores");
      const Rows x = one_row("equal", n, [](size_t) { return -3.3f; });
      const std::vector<float> y = map_of(alpha).run(x, {});
      CHECK_THAT(y, SameBits(std::vector<float>(n, y[0])));
      CHECK(std::fabs(y[0] * static_cast<double>(n) - 1) <= 4 * kU);
      if (n == 1) CHECK(y[0] == 1);
    }
  }
}

TEST_CASE("entmax gives all to a leader ahead by 1 / (alpha - 1)", "[maps][entmax]") {
  for (const float alpha : {1.25f, 1.125f, 3.0f}) is_one_hot_from(map_of(alpha), 1 / (alpha - 1));
}

TEST_CASE("entmax does not see entries of -inf", "[maps][entmax]") {
  for (const float alpha : kAlphas) appended_minus_infinities_change_nothing(map_of(alpha));
}

TEST_CASE("entmax_vjp is the oracle's", "[maps][entmax][gradient][accuracy]") {
  for (const float alpha : {0.5f, 0.9f, 1.0f, 1.25f, 1.75f, 2.5f, 3.0f}) {
    for (const Rows& x : {scores(1, 7), scores(1, 131), scores(1, 5000, 0.3)}) {
      const Rows y{x.name, 1, x.cols, map_of(alpha).run(x, {})};
      const std::vector<float> dy = mixed_gradients(x.cols);
      const oracle::Values p(y.x.begin(), y.x.end()), g(dy.begin(), dy.end());
      double along = 0, total = 0;
      const auto s = [&](size_t i) { return p[i] == 0 ? 0 : std::pow(p[i], 2 - double{alpha}); };
      for (size_t i = 0; i < p.size(); ++i) along += s(i) * std::fabs(g[i]), total += s(i);
      Errors errors;
      errors.add(
          vjp_of(alpha)(y, dy, {.t = {0.7f}}, Place::apart), oracle::sparse_vjp(p, g, alpha, 0.7f),
          [&](size_t i) {
            const double roundings = 8 - (p[i] > 0 ? 4 * std::log(p[i]) : 0);
            return roundings * kU * s(i) * (std::fabs(g[i]) + along / total) / 0.7 + 1e-37;
          },
          x.name + ", alpha " + spell(alpha));
      INFO(errors.where);
      CHECK(errors.max <= 1);
    }
  }
}

TEST_CASE("entmax_vjp is the gradient of entmax", "[maps][entmax][gradient]") {
  for (const float alpha : {0.5f, 0.999f, 1.25f, 1.75f})
    vjp_is_the_gradient(vjp_of(alpha), map_of(alpha), 4e-6);
}

TEST_CASE("entmax_vjp of an entry that weighs all is what the others leave it",
          "[maps][entmax][gradient][accuracy]") {
  // At alpha 3 s is 1 / y: 10³⁰ beside 2 and 2, and dx_i tends to s_j (dy_j - dy_i) over the
  // others.
  const Rows y{"one tiny", 1, 3, {1e-30f, 0.5f, 0.5f}};
  const std::vector<float> dy = {1, 2, 5}, exact = {-10, 2, 8};
  const std::vector<float> dx = vjp_of(3)(y, dy, {}, Place::apart);
  for (size_t i = 0; i < 3; ++i) CHECK(std::fabs(dx[i] - exact[i]) <= 2 * kU * 10);
}

TEST_CASE("entmax_vjp gives entries of probability 0 nothing, and rows of one entry",
          "[maps][entmax][gradient]") {
  for (const float alpha : {0.5f, 1.25f, 2.5f, 1e6f})
    vjp_gives_zeros_nothing(vjp_of(alpha), map_of(alpha));
}

TEST_CASE("entmax_vjp gives the same bits in place, at every alignment, along every axis",
          "[maps][entmax][gradient]") {
  for (const float alpha : {0.5f, 1.25f, 2.5f})
    vjp_is_the_same_everywhere(vjp_of(alpha), map_of(alpha));
}

static std::vector<float> run_alpha_vjp(const Rows& y, const std::vector<float>& dy,
                                        const std::vector<float>& alpha, size_t inner) {
  Guarded<float> ys(laid_out(y.x, y.cols, inner), 1), gs(laid_out(dy, y.cols, inner), 1),
      as(alpha, 1), dalpha(y.rows, 1);
  CHECK(allocations([&] {
          sm::entmax_alpha_vjp(dalpha.data(), ys.data(), gs.data(), as.data(), y.rows / inner,
                               y.cols, inner, alpha.size() > 1 ? sm::row_alpha : 0);
        }) == 0);
  return dalpha.values();
}

TEST_CASE("entmax_alpha_vjp is the oracle's", "[maps][entmax][gradient][accuracy]") {
  const std::vector<float> all = {0.3f, 0.9f, 1, 1.05f, 1.25f, 1.5f, 1.75f, 2, 2.25f, 2.5f, 3, 5};
  for (const size_t cols : kLengths) {
    const Rows x = scores(all.size(), cols, 1);
    alphas = all;
    const Rows y{x.name, x.rows, cols, run(entmax, x)};
    const std::vector<float> dy = scores(all.size(), cols, 1, 0, 5).x;
    for (const size_t inner : {1, 3}) {
      const std::vector<float> dalpha = run_alpha_vjp(y, dy, all, inner);
      for (size_t r = 0; r < all.size(); ++r) {
        const std::vector<float> own = y.row(r).x;
        const oracle::Values g(dy.begin() + ptrdiff_t(r * cols),
                               dy.begin() + ptrdiff_t((r + 1) * cols));
        // The formula takes for granted that probabilities sum to 1, to more digits than floats do.
        oracle::Values p(own.begin(), own.end());
        double sum = 0, size = 0;
        for (const double v : p) sum += v;
        for (double& v : p) v /= sum;
        for (size_t i = 0; i < cols; ++i) size += std::fabs(g[i]) * p[i];
        const double exact = oracle::entmax_alpha_vjp(p, g, all[r]);
        INFO(cols << " columns, alpha " << all[r] << ", size " << size);
        CHECK(std::fabs(dalpha[r] - exact) <= 1e-5 * (size + std::fabs(exact)));
      }
    }
  }
}

TEST_CASE("entmax_alpha_vjp is the gradient of entmax in alpha", "[maps][entmax][gradient]") {
  for (const float alpha : {0.5f, 0.9f, 1.0f, 1.25f, 1.5f, 1.75f, 2.0f, 2.25f}) {
    for (const size_t cols : {2, 3, 7, 33}) {
      const Rows x = scores(1, cols, 1);
      const std::vector<float> dy = mixed_gradients(cols);
      const auto f = [&](const std::vector<double>& a) {
        return oracle::entmax(
            oracle::Row{{x.x.begin(), x.x.end()}, std::vector<bool>(cols, true), 1, 0}, a[0]);
      };
      const double exact = central_differences(f, {alpha}, {dy.begin(), dy.end()})[0];
      const Rows y{"", 1, cols, map_of(alpha).run(x, {})};
      INFO(cols << " columns, alpha " << alpha);
      CHECK(std::fabs(run_alpha_vjp(y, dy, {alpha}, 1)[0] - exact) <=
            1e-4 * std::fabs(exact) + 1e-5);
    }
  }
}

TEST_CASE("entmax_alpha_vjp of rows that nothing moves is 0, and of NaN NaN",
          "[maps][entmax][gradient]") {
  for (const float alpha : {0.5f, 1.0f, 1.5f, 2.0f, 3.0f, 1e6f}) {
    CHECK(run_alpha_vjp({"", 1, 3, {0, 1, 0}}, {kNan, 5, kInf}, {alpha}, 1)[0] == 0);
    CHECK(run_alpha_vjp({"", 1, 2, {0, 0}}, {1, 2}, {alpha}, 1)[0] == 0);
    CHECK(run_alpha_vjp({"", 1, 0, {}}, {}, {alpha}, 1)[0] == 0);
    CHECK(std::isnan(run_alpha_vjp({"", 1, 2, {kNan, kNan}}, {1, 2}, {alpha}, 1)[0]));
    const float even = run_alpha_vjp({"", 1, 2, {0.5f, 0.5f}}, {1, 2}, {alpha}, 1)[0];
    CHECK(std::fabs(even) <= 1e-6);
  }
}

TEST_CASE("entmax speed", "[!benchmark][maps]") {
  for (const float alpha : {0.5f, 1.25f, 3.0f}) {
    for (const Rows& x : timed_rows()) {
      const std::string what = " " + spell(alpha) + ", " + shape_of(x);
      alphas = {alpha};
      time("entmax" + what, entmax, x);
      const Rows y{x.name, x.rows, x.cols, run(entmax, x)};
      time("entmax_vjp" + what, entmax_vjp, y);
      const std::vector<float> dy = mixed_gradients(y.x.size());
      std::vector<float> dalpha(y.rows);
      time("entmax_alpha_vjp" + what, [&] {
        sm::entmax_alpha_vjp(dalpha.data(), y.x.data(), dy.data(), &alpha, y.rows, y.cols, 1, 0);
      });
    }
  }
}
