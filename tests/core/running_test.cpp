#include "core/running.h"

#include <catch2/catch.hpp>

#include "oracle/maps.h"
#include "support/call.h"
#include "support/near.h"
#include "support/rows.h"

// sum exp((x - max) / t) - 1, one of the largest left out.
static double exact_rest(const Rows& x, float t) {
  return std::expm1(oracle::log_total(oracle::gaps(oracle::row_of(x, 0, {.t = {t}}))));
}

static double rest_of(const Rows& x, float t) {
  const sm::Temperature warm(t);
  const float top = sm::peak(x.x.data(), x.cols);
  if (x.cols > sm::kShort) return sm::running_of_row(x.x.data(), x.cols, warm).rest;
  float room[sm::kBlock];
  double rest;
  const float* const in = sm::padded_rows(room, x.x.data(), x.cols, 1);
  sm::rest_of_rows(&rest, in, x.cols, 1, warm, &top);
  return rest;
}

TEST_CASE("the rest of a row is exact to its own size, not to that of the total",
          "[core][accuracy]") {
  Errors errors;
  for (const float t : {1.0f, 0.3f, 40.0f}) {
    for (const Rows& x : finite_rows()) {
      if (!std::isfinite(sm::peak(x.x.data(), x.cols))) continue;
      const double exact = exact_rest(x, t);
      if (exact < 0x1p-100) continue;  // exps under 2⁻¹²⁶ may be missing
      errors.add(static_cast<float>(rest_of(x, t)), exact, 0x1p-23 * exact,
                 x.name + ", t " + spell(t));
    }
  }
  INFO(errors.where);
  CHECK(errors.max <= 4);
}

TEST_CASE("equal largest scores are but one away from their number", "[core]") {
  for (const float top : {0.0f, 17.3f, -1e30f, kLargest}) {
    for (const size_t cols : {1, 5, 128, 129, 5000}) {
      const Rows x{"", 1, cols, std::vector<float>(cols, top)};
      CHECK(rest_of(x, 0.7f) == Approx(cols - 1).epsilon(2 * kU));
    }
  }
}

TEST_CASE("a row may lie far above its first scores", "[core]") {
  for (const float t : {1.0f, 0.01f, 1e4f}) {
    for (const float gap : {0.0f, 63.9f, 64.1f, 150.0f, 1e30f}) {
      Rows x = scores(1, 300);
      for (size_t i = 0; i < 300; ++i) x.x[i] = (x.x[i] + (i < 16 ? 0 : gap)) * t;
      if (gap == 150) std::fill_n(x.x.begin(), 16, -kInf);
      const sm::Running row = sm::running_of_row(x.x.data(), 300, sm::Temperature(t));
      INFO("t " << t << ", gap " << gap);
      CHECK(row.peak == sm::peak(x.x.data(), 300));
      CHECK(row.rest == Approx(exact_rest(x, t)).epsilon(4 * kU));
    }
  }
}

TEST_CASE("the rests of columns are those of the rows", "[core]") {
  constexpr size_t kCols = 33, kRows = 9;
  const Rows x = scores(kRows, kCols);
  const std::vector<float> across = laid_out(x.x, kCols, kRows);
  float peak[kRows];
  double rest[kRows];
  CHECK(sm::column_peaks(peak, across.data(), kCols, kRows, kRows));
  for (const float t : {1.0f, 0.3f}) {
    const sm::Temperature warm(t);
    for (const size_t seen : {size_t{1}, kCols}) {
      float top[kRows];
      CHECK(sm::column_peaks(top, across.data(), seen, kRows, kRows));
      CHECK(sm::rest_of_columns(rest, across.data(), kCols, kRows, kRows, warm, top));
      CHECK(std::equal(peak, peak + kRows, top));
      for (size_t r = 0; r < kRows; ++r) {
        const double row = rest_of(x.row(r), t);
        CHECK(std::fabs(rest[r] - row) <= 4 * 0x1p-23 * row);
      }
    }
  }
  float far[kRows];
  std::copy(peak, peak + kRows, far);
  far[kRows - 1] -= 65;
  CHECK(!sm::rest_of_columns(rest, across.data(), kCols, kRows, kRows, sm::Temperature(1), far));
}

// What reduce_rows tells its sink: peaks and rests where they belong, and how often each.
struct Told {
  std::vector<float> peak, rest, calls;
};
static Told reduced(const Rows& x, const Call& call) {
  static Told told;
  told = {std::vector<float>(x.rows), std::vector<float>(x.rows), std::vector<float>(x.rows)};
  const auto sink = [](const sm::Reduction& to, size_t r, size_t n, const float* peak,
                       const double* rest, float t) {
    for (size_t k = 0; k < n; ++k) {
      to.a[r + k] = peak[k];
      to.b[r + k] = static_cast<float>(rest[k]);
      told.calls[r + k] += t;
    }
  };
  const Arguments a(x.rows, x.cols, call);
  std::vector<float> across = laid_out(x.x, x.cols, call.inner);
  sm::reduce_rows({told.peak.data(), told.rest.data(), sink}, across.data(),
                  call.t.empty() ? nullptr : call.t.data(), {a.outer, x.cols, call.inner}, a.rules);
  return told;
}

TEST_CASE("reduce_rows tells each row once, with its temperature", "[core]") {
  for (const size_t inner : {1, 2, 4}) {
    for (const size_t cols : {1, 5, 70}) {
      const Rows x = scores(4, cols);
      const std::vector<float> t = {1, 0.5f, kInf, 3};
      CHECK_THAT(reduced(x, {.t = t, .inner = inner}).calls, SameBits(t));
      CHECK_THAT(reduced(x, {.t = {2}, .inner = inner}).calls, SameBits({2, 2, 2, 2}));
    }
  }
}

TEST_CASE("reduce_rows of rows that exp cannot answer", "[core]") {
  const Rows x{"",
               6,
               3,
               {-kInf, -kInf, -kInf, kInf, 1, kInf, kNan, 1, 2,  // no peak, +inf, NaN
                1, 2, 2, -kInf, 4, -kInf, -0.0f, 0, -1}};
  for (const size_t inner : {1, 3}) {
    const Told plain = reduced(x, {.inner = inner});
    CHECK_THAT(std::vector<float>(plain.peak.begin(), plain.peak.begin() + 2),
               SameBits({-kInf, kInf}));
    CHECK_THAT(std::vector<float>(plain.rest.begin(), plain.rest.begin() + 3),
               SameBits({-1, 1, kNan}));
    CHECK(plain.rest[4] == 0);
    const Told cold = reduced(x, {.t = {0}, .inner = inner});
    CHECK_THAT(cold.rest, SameBits({-1, 1, kNan, 1, 0, 1}));
    const Told hot = reduced(x, {.t = {kInf}, .inner = inner});
    CHECK_THAT(hot.rest, SameBits({-1, 1, kNan, 2, 0, 2}));
  }
  const Told none = reduced({"no columns", 2, 0, {}}, {});
  CHECK_THAT(none.peak, SameBits({-kInf, -kInf}));
  CHECK_THAT(none.rest, SameBits({-1, -1}));
}
