#include "core/threshold.h"

#include <catch2/catch.hpp>

#include "oracle/sparse.h"
#include "support/call.h"
#include "support/near.h"
#include "support/rows.h"

namespace {

std::vector<float> alphas;  // of a call: one, or one for each row

void map(float* y, const float* x, const uint8_t* mask, const float* t, size_t outer, size_t cols,
         size_t inner, int rules) {
  sm::map_sparse_rows(y, x, mask, t, alphas.data(), {outer, cols, inner},
                      rules | (alphas.size() > 1 ? sm::row_alpha : 0));
}

std::vector<float> run_at(const std::vector<float>& alpha, const Rows& x, const Call& call = {}) {
  alphas = alpha;
  return run(map, x, call);
}

}  // namespace

TEST_CASE("each row is cut at the threshold of its own alpha, on every axis", "[core][accuracy]") {
  const std::vector<float> each = {0.5f, 1, 1.25f, 1.5f, 2, 2.5f, 0.9f, 1.75f};
  Errors errors;
  for (const size_t cols : {1, 2, 15, 16, 17, 128, 129, 256, 257}) {  // ways to take a column
    const Rows x = scores(8, cols, 1);
    const Rows y{"", 8, cols, run_at(each, x)};
    for (size_t r = 0; r < 8; ++r) {
      const std::vector<float> own = y.row(r).x;
      errors.add(
          own, oracle::entmax(oracle::row_of(x, r, {}), each[r]), [](size_t) { return 1e-6; },
          x.name + ", alpha " + spell(each[r]));
      CHECK_THAT(run_at({each[r]}, x.row(r)), SameBits(own));
    }
    for (const size_t inner : {2, 8}) {
      const Rows column{"", 8, cols, run_at(each, x, {.inner = inner})};
      for (size_t r = 0; r < 8; ++r) {
        INFO(cols << " columns, inner " << inner << ", alpha " << each[r]);
        if (each[r] != 1) CHECK_THAT(column.row(r).x, SameBits(y.row(r).x));
        // softmax sums columns in another order
        for (size_t c = 0; c < cols && each[r] == 1; ++c)
          CHECK(std::fabs(column.row(r).x[c] - y.row(r).x[c]) <= 2e-7);
      }
    }
  }
  INFO(errors.where);
  CHECK(errors.max <= 1);
}

TEST_CASE("a threshold is found whether or not what stands out of it has room",
          "[core][accuracy]") {
  for (const float alpha : {0.5f, 1.25f, 1.5f, 2.0f}) {
    for (const size_t cols : {2031, 2032, 2033, 2048, 2049, 5000}) {  // 2048 are put aside
      const Rows x = scores(1, cols, 0.001);                          // so even that nothing is cut
      const std::vector<float> y = run_at({alpha}, x);
      Errors errors;
      errors.add(
          y, oracle::entmax(oracle::row_of(x, 0, {}), alpha), [](size_t) { return 1e-6; }, x.name);
      double sum = 0;
      for (const float v : y) sum += v;
      INFO("alpha " << alpha << ", " << cols << " columns; " << errors.where);
      CHECK(errors.max <= 1);
      CHECK(std::fabs(sum - 1) <= 4e-7);
    }
  }
}

TEST_CASE("the largest score loses nothing where differences of scores overflow", "[core]") {
  for (const float alpha : {0.5f, 1.25f, 1.5f, 2.0f, 3.0f}) {
    const std::vector<float> y =
        run_at({alpha}, Rows{"", 1, 3, {kLargest, -kLargest, kLargest}}, {.t = {3e38f}});
    const oracle::Values exact = oracle::entmax(
        {{kLargest, -double{kLargest}, kLargest}, {true, true, true}, double{3e38f}, 0}, alpha);
    INFO("alpha " << alpha);
    for (size_t i = 0; i < 3; ++i) CHECK(std::fabs(y[i] - exact[i]) <= 1e-6);
  }
}

TEST_CASE("an alpha next to 1 is 1, and one beyond 2²⁰ is that", "[core]") {
  for (const double off : {-0x1p-22, 0.0, 0x1p-22}) CHECK(sm::is_softmax(1 + off));
  for (const double off : {-0x1p-21, 0x1p-21}) CHECK_FALSE(sm::is_softmax(1 + off));
  const float alpha[] = {3, 0x1p21f, kInf};
  CHECK(sm::alpha_of(alpha, 0, 2) == 3);
  CHECK(sm::alpha_of(alpha, sm::row_alpha, 1) == 0x1p20f);
  CHECK(sm::alpha_of(alpha, sm::row_alpha, 2) == 0x1p20f);
  for (const size_t inner : {1, 3}) {
    const Rows x = scores(6, 33);
    CHECK_THAT(run_at({1 + 0x1p-23f}, x, {.inner = inner}),
               SameBits(run(sm::softmax, x, {.inner = inner})));
  }
}

TEST_CASE("a NaN in a row is a NaN in its threshold, and in no other", "[core]") {
  for (const float alpha : {0.5f, 1.25f, 1.5f, 2.0f, 3.0f}) {
    Rows x = scores(3, 33);
    const std::vector<float> calm = run_at({alpha}, x);
    x.x[40] = kNan;
    const std::vector<float> y = run_at({alpha}, x);
    std::vector<float> expected = calm;
    std::fill(expected.begin() + 33, expected.begin() + 66, kNan);
    INFO("alpha " << alpha);
    CHECK_THAT(y, SameBits(expected));
  }
}
