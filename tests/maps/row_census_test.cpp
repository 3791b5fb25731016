#include <catch2/catch.hpp>

#include "maps.h"
#include "oracle/maps.h"
#include "support/call.h"
#include "support/rows.h"
#include "support/time.h"

static std::vector<int32_t> census(const Rows& x, const Call& call) {
  Arguments a(x.rows, x.cols, call);
  Guarded<float> in(laid_out(x.x, x.cols, call.inner), call.offset);
  Guarded<int32_t> counts(3);
  CHECK(allocations([&] {
          sm::row_census(counts.data(), in.data(), a.mask.or_null(), a.outer, x.cols, call.inner,
                         a.rules);
        }) == 0);
  return counts.values();
}

TEST_CASE("row_census counts rows with NaN and rows without a candidate", "[maps]") {
  for (const size_t cols : kLengths) {
    Rows x = stack(every_row(), cols);
    x.rows -= x.rows % 3;
    x.x.resize(x.rows * cols);
    for (const size_t inner : {1, 3}) {
      for (const std::vector<uint8_t>& mask : {std::vector<uint8_t>(), random_mask(x.x.size()),
                                               random_mask(cols), std::vector<uint8_t>(cols, 0)}) {
        const Call call{.mask = mask, .inner = inner};
        std::vector<int32_t> expected = {0, 0, -1};
        for (size_t r = 0; r < x.rows; ++r) {
          const oracle::Row row = oracle::row_of(x, r, call);
          const bool nan = oracle::has_nan(row), empty = !nan && oracle::largest(row) == -kInf;
          expected[0] += nan;
          expected[1] += empty;
          if (empty && expected[2] < 0) expected[2] = static_cast<int32_t>(r);
        }
        INFO(x.name << ", inner " << inner << ", mask of " << mask.size());
        CHECK(census(x, call) == expected);
      }
    }
  }
}

TEST_CASE("row_census of no columns finds only rows without a candidate", "[maps]") {
  CHECK(census({"no columns", 3, 0, {}}, {}) == std::vector<int32_t>{0, 3, 0});
  CHECK(census({"no rows", 0, 3, {}}, {}) == std::vector<int32_t>{0, 0, -1});
}

TEST_CASE("row_census speed", "[!benchmark][maps]") {
  for (const Rows& x : timed_rows()) {
    int32_t counts[3];
    time("row_census " + shape_of(x),
         [&] { sm::row_census(counts, x.x.data(), nullptr, x.rows, x.cols, 1, 0); });
  }
}
