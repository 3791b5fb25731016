#include "attention/online.h"

#include <catch2/catch.hpp>

#include "oracle/maps.h"
#include "support/near.h"
#include "support/time.h"

TEST_CASE("a row seen in pieces has the log-sum-exp of the whole, the oracle's", "[attention]") {
  Errors errors;
  std::vector<Rows> all = finite_rows();
  for (const Rows& x : all) {
    if (oracle::largest(oracle::row_of(x, 0, {})) == -INFINITY) continue;
    for (const size_t piece : {4, 16, 64}) {
      sm::Online row;
      for (size_t j = 0; j < x.cols; j += piece) {
        std::vector<float> s(piece * 4, -kInf);  // one row in all lanes
        float top = -kInf;
        for (size_t i = j; i < std::min(x.cols, j + piece); ++i) {
          std::fill_n(s.begin() + static_cast<ptrdiff_t>((i - j) * 4), 4, x.x[i]);
          top = std::max(top, x.x[i]);
        }
        row.take(s.data(), piece, 4, sm::splat(top));
      }
      float lse[4], scale[4];
      row.finish(lse, scale, -kInf, false);
      const double exact = oracle::log_sum_exp(x)[0];
      // The sum of a piece is rounded up to 16 times, four scores at a time, and so is each exp.
      errors.add(lse[0], exact, 2 * ulp(exact) + 18 * kU, x.name);
      CHECK(bits_of(lse[3]) == bits_of(lse[0]));
    }
  }
  INFO(errors.where);
  CHECK(errors.max <= 1);
}

TEST_CASE("the exp of one score is its peak's: a single key has weight 1 and its score as lse",
          "[attention]") {
  for (const float s : {0.0f, 1e-6f, -3.3f, 700.0f, -900.0f, 1500.0f, -1e6f, 1e30f}) {
    float e[16];
    for (size_t i = 0; i < 16; ++i) e[i] = i < 4 ? s : -kInf;
    sm::Online row;
    row.take(e, 4, 4, sm::splat(s));
    float lse[4], scale[4];
    row.finish(lse, scale, -kInf, false);
    CHECK(lse[0] == s);
    CHECK(std::fabs(e[0] * scale[0] - 1) <= 0x1p-23);
  }
}

TEST_CASE("Online speed", "[!benchmark][attention]") {
  const std::vector<float> x = scores(64, 4).x;
  const float most = *std::max_element(x.begin(), x.end());
  std::vector<float> s(x.size());
  time("take, four rows of 64 scores", [&] {
    std::copy(x.begin(), x.end(), s.begin());
    sm::Online rows;
    rows.take(s.data(), 64, 4, sm::splat(most));
  });
}
