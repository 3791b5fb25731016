#include "core/exp_rows.h"

#include <catch2/catch.hpp>

#include "support/call.h"
#include "support/near.h"
#include "support/rows.h"

TEST_CASE("peak over t is 0 where it would be NaN, and rounds once", "[core]") {
  CHECK(sm::peak_over(0, 0) == 0);
  CHECK(sm::peak_over(3, kInf) == 0);
  CHECK(sm::peak_over(kInf, kInf) == kInf);
  CHECK(sm::peak_over(-kInf, 0.5f) == -kInf);
  CHECK(sm::peak_over(1e30f, 1e-30f) == Approx(1e60).epsilon(1e-6));
  CHECK(sm::peak_over(1, 3) == 1.0 / 3);
}

// Row functions on x [4, cols], a peak for each row; a state where it is given.
struct Ways {
  std::vector<float> row, columns, lanes;
};
static Ways all_ways(const Rows& x, float t, const std::vector<float>& peak = {},
                     const std::vector<float>& total = {}) {
  const size_t cols = x.cols;
  const sm::Temperature warm(t);
  sm::RowMap map{};
  map.axis = {x.rows, cols, 1};
  map.peak = peak.empty() ? nullptr : peak.data();
  map.total = total.empty() ? nullptr : total.data();
  std::vector<float> top, row(x.x.size());
  for (size_t r = 0; r < x.rows; ++r) top.push_back(sm::peak(x.x.data() + r * cols, cols));
  for (size_t r = 0; r < x.rows; ++r)
    sm::exp_row(map, r, row.data() + r * cols, x.x.data() + r * cols, warm, top[r]);

  const std::vector<float> across = laid_out(x.x, cols, x.rows);
  std::vector<float> columns(across.size());
  sm::exp_columns(map, 0, columns.data(), across.data(), x.rows, x.rows, warm, top.data());

  Guarded<float> tile(cols * sm::kTile), tops(top, 0);
  for (size_t i = 0; i < across.size(); ++i) tile.data()[i / 4 * sm::kTile + i % 4] = across[i];
  sm::exp_lanes(map, 0, tile.data(), warm, tops.data());
  std::vector<float> lanes(across.size());
  for (size_t i = 0; i < across.size(); ++i) lanes[i] = tile.data()[i / 4 * sm::kTile + i % 4];
  return {row, as_rows(columns, cols, x.rows), as_rows(lanes, cols, x.rows)};
}

static double distance(const std::vector<float>& a, const std::vector<float>& b) {
  Errors errors;
  errors.add(
      a, {b.begin(), b.end()}, [&](size_t i) { return probability_ulp(b[i]); }, "");
  return errors.max;
}

TEST_CASE("a row, columns and lanes of a tile give the same to their rounding", "[core]") {
  for (const size_t cols : {1, 4, 33, 64}) {
    for (const float t : {1.0f, 0.7f, 100.0f}) {
      for (const double offset : {0.0, 1e5}) {
        const Ways ways = all_ways(scores(4, cols, 3, offset), t);
        INFO(cols << " columns, t " << t << ", offset " << offset);
        CHECK(distance(ways.columns, ways.row) <= 3);
        CHECK(distance(ways.lanes, ways.row) <= 3);
      }
    }
  }
}

TEST_CASE("beside a state with twice the mass a row gets half of it", "[core]") {
  const Rows x = scores(4, 33);
  for (const float t : {1.0f, 0.7f}) {
    const std::vector<float> whole = all_ways(x, t).row;
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
    const Ways ways = all_ways(x, t, peak, total);
    INFO("t " << t);
    CHECK(distance(ways.row, half) <= 4);
    CHECK(distance(ways.columns, half) <= 4);
    CHECK(distance(ways.lanes, half) <= 4);
  }
}
