#include "core/exp_rows.h"

#include <catch2/catch.hpp>

#include "support/call.h"
#include "support/near.h"
#include "support/rows.h"

// Row functions on x [4, cols], a peak for each row; a state where it is given.
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
  sm::Ahead none;
  if (cols <= sm::kShort) {
    float room[sm::kBlock];
    const float* const in = sm::padded_rows(room, x.x.data(), cols, x.rows);
    sm::exp_rows(map, 0, rows.data(), in, x.rows, warm, top.data(), none);
  } else {
    for (size_t r = 0; r < x.rows; ++r)
      sm::exp_rows(map, r, rows.data() + r * cols, x.x.data() + r * cols, 1, warm, &top[r], none);
  }
  const std::vector<float> across = laid_out(x.x, cols, x.rows);
  Guarded<float> columns(across.size());
  sm::exp_columns(map, 0, columns.data(), across.data(), x.rows, x.rows, warm, top.data());
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
  for (const size_t cols : {1, 2, 4, 15, 33}) {
    for (size_t sick = 0; sick < 4; ++sick) {
      Rows x = scores(4, cols);
      const std::vector<float> healthy = both_ways(x, 1).rows;
      x.x[sick * cols] = NAN;
      const Ways ways = both_ways(x, 1);
      INFO(cols << " columns, NaN in row " << sick);
      for (size_t i = 0; i < healthy.size(); ++i) {
        if (i / cols == sick) continue;
        CHECK(ways.rows[i] == healthy[i]);
        CHECK(std::isfinite(ways.columns[i]));
      }
      CHECK(std::isnan(ways.rows[sick * cols]));
      CHECK(std::isnan(ways.columns[sick * cols]));
    }
  }
}
