#include <catch2/catch.hpp>

#include "maps.h"
#include "support/sparse.h"
#include "support/time.h"

static void hardmax(float* y, const float* x, const uint8_t* mask, const float*, size_t outer,
                    size_t cols, size_t inner, int rules) {
  sm::hardmax(y, x, mask, outer, cols, inner, rules);
}
static oracle::Values exact_of(const oracle::Row& row) {
  return oracle::softmax({row.x, row.keep, 0, row.rules});
}
static const SparseMap map{
    [](const Rows& x, const Call& call) { return run(hardmax, x, call); },
    [](const Rows& x, const Call& call) { return oracle::every(exact_of, x, call); }, exact_of,
    4e-8, 0};

TEST_CASE("hardmax is the oracle's on every row, and with ties", "[maps][hardmax]") {
  for (const int rules : {0, int{sm::tie_split}})
    is_the_oracles_on(map, every_row(), {.rules = rules});
}

TEST_CASE("hardmax gives the first of the largest all, or all of them the same",
          "[maps][hardmax]") {
  const Rows x{"", 1, 5, {1, 7, -kInf, 7, 7}};
  CHECK(map.run(x, {}) == std::vector<float>{0, 1, 0, 0, 0});
  CHECK(map.run(x, {.rules = sm::tie_split}) ==
        std::vector<float>{0, 1.0f / 3, 0, 1.0f / 3, 1.0f / 3});
  CHECK(map.run(x, {.mask = {1, 0, 1, 1, 1}}) == std::vector<float>{0, 0, 0, 1, 0});
}

TEST_CASE("hardmax of edge rows and masked scores follows the rules", "[maps][hardmax]") {
  masks_as_the_oracle(map);
  for (const size_t cols : kLengths) {
    for (int rules = 0; rules < 16; ++rules) {
      if ((rules & sm::empty_zero) && (rules & sm::empty_uniform)) continue;
      is_the_oracles_on(map, {stack(edge_rows(), cols)}, {.rules = rules});
    }
  }
}

TEST_CASE("hardmax gives the same bits in place, along every axis and beside any row",
          "[maps][hardmax]") {
  is_the_same_in_place_and_at_every_alignment(map);
  is_the_same_along_another_axis(map);
  does_not_depend_on_other_rows(map);
  of_nothing_is_nothing(map);
}

TEST_CASE("hardmax speed", "[!benchmark][maps]") {
  for (const Rows& x : timed_rows()) {
    time("hardmax " + shape_of(x), hardmax, x);
  }
}
