#include "core/exp_rows.h"

#include <catch2/catch.hpp>

#include "maps.h"
#include "oracle/maps.h"
#include "support/call.h"
#include "support/near.h"
#include "support/rows.h"

// Row functions on x, up to 4 rows; a state where it is given.
struct Ways {
  std::vector<float> rows, columns;
};
static Ways both_ways(const Rows& x, float t, const std::vector<float>& peak = {},
                      const std::vector<float>& total = {}) {
  const size_t cols = x.cols;
  const sm::Temperature warm(t);
  sm::RowMap map{};
  map.axis = {x.rows, cols, 1};
  map.peak = peak.empty() ? nullptr : peak.data();
  map.total = total.empty() ? nullptr : total.data();
  std::vector<float> top;
  for (size_t r = 0; r < x.rows; ++r) top.push_back(sm::peak(x.x.data() + r * cols, cols));
  Guarded<float> rows(x.x.size());
  if (cols <= sm::kShort) {
    float room[sm::kBlock];
    const float* const in = sm::padded_rows(room, x.x.data(), cols, x.rows);
    sm::exp_rows(map, 0, rows.data(), in, x.rows, warm, top.data());
  } else {
    for (size_t r = 0; r < x.rows; ++r)
      CHECK(sm::exp_row(map, r, rows.data() + r * cols, x.x.data() + r * cols, warm));
  }
  const std::vector<float> across = laid_out(x.x, cols, x.rows);
  Guarded<float> columns(across.size());
  CHECK(sm::exp_columns(map, 0, columns.data(), across.data(), x.rows, x.rows, warm, top.data()));
  return {rows.values(), as_rows(columns.values(), cols, x.rows)};
}

static double distance(const std::vector<float>& a, const std::vector<float>& b) {
  Errors errors;
  errors.add(
      a, {b.begin(), b.end()}, [&](size_t i) { return probability_ulp(b[i]); }, "");
  return errors.max;
}

TEST_CASE("rows and columns give the same to their rounding", "[core]") {
  for (const size_t cols : {1, 3, 4, 33, 64, 129, 300}) {
    for (const float t : {1.0f, 0.7f, 100.0f}) {
      for (const double offset : {0.0, 1e5}) {
        const size_t rows = cols <= 64 ? 4 : 2;
        const Ways ways = both_ways(scores(rows, cols, 3, offset), t);
        INFO(cols << " columns, t " << t << ", offset " << offset);
        CHECK(distance(ways.columns, ways.rows) <= 3);
      }
    }
  }
}

TEST_CASE("beside a state with twice the mass a row gets half of it", "[core]") {
  for (const size_t cols : {33, 200}) {
    const Rows x = scores(4, cols);
    for (const float t : {1.0f, 0.7f}) {
      const std::vector<float> whole = both_ways(x, t).rows;
      std::vector<float> peak, total, half;
      for (size_t r = 0; r < 4; ++r) {
        const Rows row = x.row(r);
        const float top = sm::peak(row.x.data(), x.cols);
        double sum = 0;
        peak.push_back(static_cast<float>(sm::peak_over(top, t)));
        for (const float v : row.x) sum += std::exp(double{v} / t - peak[r]);
        total.push_back(static_cast<float>(2 * sum));
      }
      for (const float v : whole) half.push_back(v / 2);
      const Ways ways = both_ways(x, t, peak, total);
      INFO(cols << " columns, t " << t);
      CHECK(distance(ways.rows, half) <= 4);
      CHECK(distance(ways.columns, half) <= 4);
    }
  }
}

TEST_CASE("a NaN stays in its row, wherever the row stands among others", "[core]") {
  for (const size_t cols : {2, 4, 15, 33}) {
    for (size_t sick = 0; sick < 4; ++sick) {
      Rows x = scores(4, cols);
      const Ways healthy = both_ways(x, 1);
      x.x[sick * cols] = NAN;
      const Ways ways = both_ways(x, 1);
      INFO(cols << " columns, NaN in row " << sick);
      for (size_t i = 0; i < healthy.rows.size(); ++i) {
        if (i / cols == sick) continue;
        CHECK(ways.rows[i] == healthy.rows[i]);
        CHECK(ways.columns[i] == healthy.columns[i]);
      }
      CHECK(std::isnan(ways.rows[sick * cols]));
      CHECK(std::isnan(ways.columns[sick * cols]));
    }
  }
}

TEST_CASE("a row may lie far above its first scores, and has the same bits in place", "[core]") {
  sm::RowMap map{};
  for (const size_t cols : {129, 600}) {
    map.axis = {1, cols, 1};
    for (const float t : {1.0f, 0.01f, 1e4f}) {
      const sm::Temperature warm(t);
      // gaps on both sides of where a row begins anew, and of where exp ends
      for (const float gap : {0.0f, 30.0f, 63.9f, 64.1f, 90.0f, 150.0f, 1e6f, 1e30f}) {
        for (const float first : {0.0f, -7.0f, 3e5f}) {
          Rows x = scores(1, cols, 1, first);
          for (size_t i = 0; i < cols; ++i) x.x[i] = (x.x[i] + (i < 16 ? 0 : gap)) * t;
          if (gap == 30) std::fill_n(x.x.begin(), 16, -kInf);
          Guarded<float> y(cols, 1), in_place(x.x, 2);
          INFO(cols << " columns, t " << t << ", gap " << gap << ", from " << first);
          CHECK(sm::exp_row(map, 0, y.data(), x.x.data(), warm));
          CHECK(sm::exp_row(map, 0, in_place.data(), in_place.data(), warm));
          CHECK_THAT(in_place.values(), SameBits(y.values()));
          const oracle::Values exact = oracle::softmax(x, {.t = {t}});
          Errors errors;
          errors.add(
              y.values(), exact, [&](size_t i) { return probability_ulp(exact[i]); }, "");
          CHECK(errors.max <= 4);
        }
      }
    }
  }
}

TEST_CASE("a row without a finite peak is told apart before it is overwritten", "[core]") {
  sm::RowMap map{};
  map.axis = {1, 200, 1};
  for (const size_t at : {0, 15, 16, 199}) {
    for (const float peak : {kInf, -kInf}) {
      std::vector<float> x(200, peak == kInf ? 1 : -kInf);
      x[at] = peak;
      Guarded<float> y(200, 1), in_place(x, 2);
      INFO("peak " << peak << " at " << at);
      CHECK_FALSE(sm::exp_row(map, 0, y.data(), x.data(), sm::Temperature(1)));
      CHECK_FALSE(sm::exp_row(map, 0, in_place.data(), in_place.data(), sm::Temperature(1)));
      CHECK_THAT(in_place.values(), SameBits(x));
    }
  }
}

TEST_CASE(
    "a column may lie far above its first entries, and has the same bits beside others that "
    "do or do not, and in place",
    "[core]") {
  for (const size_t cols : {5, 40}) {
    for (const float t : {1.0f, 0.01f, 1e4f}) {
      // gaps on both sides of where a column begins anew, and of where exp ends
      std::vector<float> gaps = {0, 63.9f, 64.1f, 88, 90, 95, 100, 150, 1e6f, 1e30f};
      Rows x = scores(2 * gaps.size(), cols);
      for (size_t r = 0; r < x.rows; ++r) {
        const float gap = gaps[r / 2];
        for (size_t i = 0; i < cols; ++i) {
          float& v = x.x[r * cols + i];
          v = (v + (i < 4 ? 0 : gap)) * t;
          // what is left of it may be subnormal
          if (r % 2 && i + 1 == cols) v = (gap - 90) * t;
          if (gap == 88 && i < 4) v = -kInf;
        }
      }
      const Call across{.t = {t}, .inner = x.rows};
      const std::vector<float> y = run(sm::softmax, x, across);
      const oracle::Values exact = oracle::softmax(x, {.t = {t}});
      Errors errors;
      errors.add(
          y, exact, [&](size_t i) { return probability_ulp(exact[i]); }, "");
      INFO(cols << " columns, t " << t << "; " << errors.where);
      CHECK(errors.max <= 4);
      Call in_place = across;
      in_place.in_place = true;
      CHECK_THAT(run(sm::softmax, x, in_place), SameBits(y));
      for (size_t r = 0; r < x.rows; ++r) {
        Rows twice = x.row(r);
        twice.rows = 2;
        twice.x.insert(twice.x.end(), twice.x.begin(), twice.x.end());
        const std::vector<float> alone = run(sm::softmax, twice, {.t = {t}, .inner = 2});
        INFO("column " << r);
        CHECK_THAT(Rows({"", x.rows, cols, y}).row(r).x,
                   SameBits(Rows({"", 2, cols, alone}).row(1).x));
      }
    }
  }
}

TEST_CASE("equal scores get 1 / cols rounded once, and a single one 1", "[core]") {
  Random random(7);
  for (size_t cols = 1; cols <= 300; cols += cols < 40 ? 1 : 13) {
    Rows x{"equal", 12, cols, {}};
    for (size_t r = 0; r < x.rows; ++r)
      x.x.insert(x.x.end(), cols, static_cast<float>(200 * random.uniform() - 100));
    const std::vector<float> shares(x.x.size(), static_cast<float>(1 / static_cast<double>(cols)));
    for (const float t : {1.0f, 0.7f, 1e-3f}) {
      INFO(cols << " columns, t " << t);
      CHECK_THAT(run(sm::softmax, x, {.t = {t}}), SameBits(shares));
      CHECK_THAT(run(sm::softmax, x, {.t = {t}, .inner = 6}), SameBits(shares));
      CHECK_THAT(run(sm::softmax, x.row(0), {.t = {t}}),
                 SameBits(Rows({"", 12, cols, shares}).row(0).x));
    }
  }
}

TEST_CASE("at the largest temperatures rows begin with what they have, and +inf is seen",
          "[core]") {
  for (const size_t cols : {12, 200}) {
    for (const float t : {1e36f, 1e37f, 3e38f}) {
      for (const float v : {1.0f, kInf, kLargest}) {
        Rows x{"", 4, cols, std::vector<float>(4 * cols, 1)};
        for (size_t r = 0; r < 4; ++r) {
          std::fill_n(x.x.begin() + ptrdiff_t(r * cols), r % 2 ? 0 : cols == 12 ? 4 : 16, -kInf);
          x.x[r * cols + cols - 1] = v;
        }
        for (const int rules : {0, int{sm::infinite_limit}}) {
          for (const size_t inner : {1, 2}) {
            const Call call{.t = {t}, .rules = rules, .inner = inner};
            Errors errors;
            const oracle::Values exact = oracle::softmax(x, call);
            errors.add(
                run(sm::softmax, x, call), exact,
                [&](size_t i) { return probability_ulp(exact[i]); }, "softmax");
            const oracle::Values logs = oracle::log_softmax(x, call);
            errors.add(
                run(sm::log_softmax, x, call), logs, [&](size_t i) { return ulp(logs[i]); }, "log");
            INFO(errors.where << "; " << cols << " columns, t " << t << ", one is " << v
                              << ", inner " << inner << ", rules " << rules);
            CHECK(errors.max <= 4);
          }
        }
      }
    }
  }
}
