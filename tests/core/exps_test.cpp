#include "core/exps.h"

#include <catch2/catch.hpp>

#include "support/call.h"
#include "support/near.h"
#include "support/rows.h"

namespace {

const std::vector<float> kPeaks = {0, 1, -3, 1e6f, -1e6f, 900, 0x1p-149f};

// exp of one score of a row with this peak, as with_exp has it.
float one_exp(const sm::Temperature& t, float peak, float x) {
  return sm::with_exp(t, sm::splat(peak), [=](auto exp) { return sm::lane<0>(exp(sm::splat(x))); });
}

// Scores from the peak down, a temperature apart, the last -inf.
float score(float peak, float t, size_t i) {
  return i == 8 ? -kInf : peak - static_cast<float>(i) * t;
}

}  // namespace

TEST_CASE("exps of rows, short rows and columns are those of with_exp", "[core]") {
  const size_t rows = kPeaks.size();
  for (const float asked : {1.0f, 0.3f, 30.0f}) {
    const sm::Temperature t(asked);
    const sm::Exps exps(t, kPeaks.data(), rows);
    std::vector<float> x, expected;
    for (const float peak : kPeaks) {
      for (size_t i = 0; i < 12; ++i) x.push_back(score(peak, asked, i % 9));
    }
    for (size_t i = 0; i < x.size(); ++i) expected.push_back(one_exp(t, kPeaks[i / 12], x[i]));

    sm::Block block;
    exps.short_rows(block, x.data(), 12, rows);
    CHECK_THAT(std::vector<float>(block.r, block.r + x.size()), SameBits(expected));

    Guarded<float> row(x, 1), column(rows, 2);
    for (size_t k = 0; k < rows; ++k) {
      double sum = 0;
      for (size_t i = 0; i < 11; ++i) sum += expected[k * 12 + i];
      const sm::RowExps::Summed got =
          sm::RowExps(t, kPeaks[k]).row(row.data() + k * 12, row.data() + k * 12, 11);
      CHECK(std::fabs(got.sum.value() - sum) <= 2 * kU * sum);
      CHECK(got.peak == kPeaks[k]);
      row.data()[k * 12 + 11] = expected[k * 12 + 11];
    }
    CHECK_THAT(row.values(), SameBits(expected));
    for (size_t i = 0; i < 12; ++i) {
      std::vector<float> entries, exact;
      for (size_t k = 0; k < rows; ++k) {
        entries.push_back(x[k * 12 + i]);
        exact.push_back(expected[k * 12 + i]);
      }
      Guarded<float> in(entries, 3);
      exps.column(column.data(), in.data(), rows);
      CHECK_THAT(column.values(), SameBits(exact));
    }
  }
}

TEST_CASE("the sum of exps rounds less than once where one stands above a crowd",
          "[core][accuracy]") {
  const sm::Temperature t(1);
  for (const Rows& all : crowds()) {
    std::vector<float> e(all.cols);
    double worst = 0;
    for (size_t r = 0; r < all.rows; ++r) {
      const Rows row = all.row(r);
      const sm::RowExps exps(t, row.x[0]);
      const double got = exps.row(e.data(), row.x.data(), all.cols).sum.value();
      double sum = 0;
      for (const float one : e) sum += one;
      worst = std::max(worst, std::fabs(got - sum) / (kU * sum));
    }
    INFO(all.name << ", off by " << worst);
    CHECK(worst <= 1);
  }
}

TEST_CASE("the rest of a row is exact to its own size, wherever the peak stands", "[core]") {
  const sm::Temperature t(1);
  const float peak = 2;
  for (const float unit : {2.0f, -20.0f}) {
    const sm::RowExps exps(t, unit);
    for (const size_t cols : {1, 3, 300, 1000}) {
      for (const size_t at : {size_t{0}, cols / 2, cols - 1}) {
        std::vector<float> x(cols, -kInf);
        x[at] = peak;
        INFO(cols << " columns, peak at " << at << ", unit of " << unit);
        CHECK(exps.rest(x.data(), cols).rest == 0);
        if (cols == 1) continue;
        const auto others = static_cast<double>(cols - 1);
        for (float& v : x) v = peak;
        CHECK(exps.rest(x.data(), cols).rest == Approx(others).epsilon(2 * kU));
        for (float& v : x) v = -60;
        x[at] = peak;
        CHECK(exps.rest(x.data(), cols).rest == Approx(others * std::exp(-62.0)).epsilon(1e-6));
      }
    }
  }
}

TEST_CASE("the peak is found on the way, and nothing past the end is read", "[core]") {
  for (const float asked : {1.0f, 0.3f}) {
    const sm::Temperature t(asked);
    const sm::RowExps exps(t, -3);
    for (const size_t cols : {1, 3, 4, 17, 511, 512, 515, 1100}) {
      for (const size_t at : {size_t{0}, cols / 2, cols - 1}) {
        std::vector<float> scores(cols, -9);
        scores[cols - 1 - at] = NAN;  // passed over, as by peak
        scores[at] = -5;
        Guarded<float> x(scores, 3), e(cols, 2);
        INFO(cols << " columns, peak at " << at << ", t " << asked);
        CHECK(exps.row(e.data(), x.data(), cols).peak == -5);
        CHECK(exps.rest(x.data(), cols).peak == -5);
      }
    }
  }
}
