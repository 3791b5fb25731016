#include <catch2/catch.hpp>

#include "core/threshold.h"
#include "oracle/sparse.h"
#include "support/call.h"
#include "support/near.h"
#include "support/rows.h"

namespace {

// Those at which doubles can tell the threshold of every row here: at much larger ones an entry
// alone at it takes a share however little it is above.
const std::vector<double> kAlphas = {2.0001, 2.5, 3, 5};

// steep_row in a column of this stride, between numbers that must stay; in place or not.
std::vector<float> column(const Rows& row, double alpha, float t, size_t stride = 1,
                          bool in_place = false) {
  Rows all{"", stride, row.cols, std::vector<float>(stride * row.cols, 7)};
  std::copy(row.x.begin(), row.x.end(), all.x.begin());
  const std::vector<float> in = laid_out(all.x, row.cols, stride);
  Guarded<float> x(in, stride % 4), apart(in, 1);
  Guarded<float>& y = in_place ? x : apart;
  sm::steep_row(y.data(), x.data(), row.cols, stride, alpha, t, sm::peak(row.x.data(), row.cols));
  const std::vector<float> out = as_rows(y.values(), row.cols, stride);
  CHECK_THAT(std::vector<float>(out.begin() + ptrdiff_t(row.cols), out.end()),
             SameBits(std::vector<float>((stride - 1) * row.cols, 7)));
  return {out.begin(), out.begin() + ptrdiff_t(row.cols)};
}

// What defines the map, looked at from its result: z - y^(alpha - 1) is tau wherever y is above 0,
// z is at most tau elsewhere, and the sum of y is 1.
void check_threshold(const Rows& row, double alpha, float t) {
  const std::vector<float> y = column(row, alpha, t);
  const double top = sm::peak(row.x.data(), row.cols), slope = (alpha - 1) / t;
  const auto power = [=](double v) { return std::pow(v, alpha - 1); };
  double highest = 0, sum = 0;
  for (const float v : y) highest = std::max(highest, double{v}), sum += v;
  const double tau = -power(highest);
  INFO(row.name << ", alpha " << alpha << ", t " << t);
  CHECK(std::fabs(sum - 1) <= 4e-7);
  double most = 0;  // in what rounding y to a float makes of tau
  for (size_t i = 0; i < row.cols; ++i) {
    const double z = (row.x[i] - top) * slope;
    const double unit = kU * (alpha - 1) * (power(y[i]) - tau) + 0x1p-44;
    most = std::max(most, (y[i] > 0 ? std::fabs(z - power(y[i]) - tau) : z - tau) / unit);
  }
  CHECK(most <= 1.01);
}

}  // namespace

TEST_CASE("a steep row has the threshold that defines it, at every alpha", "[core][accuracy]") {
  for (const double alpha : kAlphas) {
    for (const float t : {1.0f, 0.25f, 30.0f}) {
      for (const size_t cols : kLengths) {
        for (const double sd : {0.01, 1.0, 10.0}) check_threshold(scores(1, cols, sd), alpha, t);
      }
    }
  }
}

TEST_CASE("a steep row is the oracle's where that can be told to the last digits",
          "[core][accuracy]") {
  Errors errors;
  for (const double alpha : {2.0001, 2.5, 3.0}) {
    for (const size_t cols : kLengths) {
      const Rows row = scores(1, cols, 1);
      errors.add(
          column(row, alpha, 0.7f), oracle::entmax(oracle::row_of(row, 0, {.t = {0.7f}}), alpha),
          [](size_t) { return 1e-7; }, row.name + ", alpha " + spell(alpha));
    }
  }
  INFO(errors.where);
  CHECK(errors.max <= 1);
}

TEST_CASE("a steep row may have any number of entries in reach of the threshold", "[core]") {
  for (const size_t within : {1023, 1024, 1025, 3000}) {  // 1024 are put aside
    Rows row = one_row("within reach", within,
                       [](size_t i) { return -static_cast<float>(i % 7) * 0x1p-10f; });
    row.x.resize(4000, -100);  // out of reach
    row.cols = 4000;
    check_threshold(row, 2.5, 1);
    const std::vector<float> y = column(row, 2.5, 1);
    CHECK(std::count(y.begin() + ptrdiff_t(within), y.end(), 0.0f) == ptrdiff_t(4000 - within));
  }
}

TEST_CASE("a steep row is the same in place and at every stride", "[core]") {
  for (const double alpha : kAlphas) {
    for (const size_t cols : {1, 5, 64, 1500}) {
      const Rows row = scores(1, cols, 0.5);
      const std::vector<float> y = column(row, alpha, 1);
      for (const size_t stride : {1, 2, 5}) {
        for (const bool in_place : {false, true})
          CHECK_THAT(column(row, alpha, 1, stride, in_place), SameBits(y));
      }
    }
  }
}

TEST_CASE("a steep row is shared by equal scores, -inf gets nothing, NaN is everywhere", "[core]") {
  for (const double alpha : {2.5, 5.0, 1000.0, 0x1p20}) {
    INFO("alpha " << alpha);
    CHECK_THAT(column({"", 1, 1, {-3}}, alpha, 1), SameBits({1}));
    CHECK_THAT(column({"", 1, 4, {2, -kInf, 2, 0}}, alpha, 1), SameBits({0.5f, 0, 0.5f, 0}));
    CHECK_THAT(column({"", 1, 4, {2, 2, 2, 2}}, alpha, 1), SameBits({0.25f, 0.25f, 0.25f, 0.25f}));
    CHECK_THAT(column({"", 1, 3, {2, 1.5f, kNan}}, alpha, 1), SameBits({kNan, kNan, kNan}));
  }
  CHECK_THAT(column({"", 1, 2, {1, 1 - 0x1p-19f}}, 0x1p20, 1), SameBits({1, 0}));
}
