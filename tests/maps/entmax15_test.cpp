#include <catch2/catch.hpp>

#include "maps.h"
#include "support/sparse.h"
#include "support/time.h"

static const SparseMap map{
    [](const Rows& x, const Call& call) { return run(sm::entmax15, x, call); },
    [](const Rows& x, const Call& call) { return oracle::entmax15(x, call); },
    [](const oracle::Row& row) { return oracle::entmax15(row); }, 4e-7, 1e-12};
static const SparseVjp vjp = [](const Rows& y, const std::vector<float>& dy, const Call& call,
                                Place place) { return run(sm::entmax15_vjp, y, dy, call, place); };

TEST_CASE("entmax15 is the oracle's on every row", "[maps][entmax15][accuracy]") {
  is_the_oracles_on(map, every_row());
}

TEST_CASE("entmax15 is the oracle's on rows of up to a million scores",
          "[maps][entmax15][accuracy]") {
  is_the_oracles_on(map, long_rows());
  is_the_oracles_on(map, {scores(1, 20000, 0.01), scores(1, 5000, 0.3)});
}

TEST_CASE("entmax15 is the oracle's at every temperature", "[maps][entmax15][accuracy]") {
  for (const float t : kTemperatures) is_the_oracles_on(map, every_row(), {.t = {t}});
}

TEST_CASE("entmax15 sums to 1", "[maps][entmax15][accuracy]") {
  sums_to_one(map, finite_rows());
  sums_to_one(map, long_rows());
  for (const float t : {0.3f, 7.0f, 1000.0f}) sums_to_one(map, {scores(1, 30000)}, {.t = {t}});
}

TEST_CASE("entmax15 of a row does not depend on the other rows of the call", "[maps][entmax15]") {
  does_not_depend_on_other_rows(map);
}

TEST_CASE("entmax15 gives the same bits along another axis", "[maps][entmax15]") {
  is_the_same_along_another_axis(map);
}

TEST_CASE("entmax15 gives masked scores nothing, and the others what they have without them",
          "[maps][entmax15]") {
  masks_as_the_oracle(map);
}

TEST_CASE("entmax15 never reads a masked score as a number", "[maps][entmax15]") {
  never_reads_a_masked_score(map);
}

TEST_CASE("entmax15 of edge rows follows the rules, at every temperature", "[maps][entmax15]") {
  follows_the_rules_at_edges(map);
}

TEST_CASE("entmax15 takes one temperature for each row", "[maps][entmax15]") {
  takes_one_temperature_for_each_row(map);
}

TEST_CASE("entmax15 gives the same bits in place and at every alignment", "[maps][entmax15]") {
  is_the_same_in_place_and_at_every_alignment(map);
}

TEST_CASE("entmax15 of nothing is nothing", "[maps][entmax15]") { of_nothing_is_nothing(map); }

TEST_CASE("entmax15 keeps the order of the scores, and equal scores equal", "[maps][entmax15]") {
  keeps_the_order(map);
}

TEST_CASE("entmax15 gives all to a leader ahead by 2", "[maps][entmax15]") {
  is_one_hot_from(map, 2);
}

TEST_CASE("entmax15 does not see entries of -inf", "[maps][entmax15]") {
  appended_minus_infinities_change_nothing(map);
}

TEST_CASE("entmax15 of the example in the paper's package", "[maps][entmax15]") {
  const std::vector<float> y = run(sm::entmax15, Rows{"", 1, 3, {-2, 0, 0.5f}}),
                           wanted = {0, 0.326f, 0.674f};
  for (size_t i = 0; i < 3; ++i) CHECK(std::fabs(y[i] - wanted[i]) < 5e-5);
}

TEST_CASE("entmax15_vjp is the oracle's", "[maps][entmax15][gradient][accuracy]") {
  vjp_is_the_oracles(vjp, map, 1.5);
}

TEST_CASE("entmax15_vjp is the gradient of entmax15", "[maps][entmax15][gradient]") {
  vjp_is_the_gradient(vjp, map);
}

TEST_CASE("entmax15_vjp gives entries of probability 0 nothing, and rows of one entry",
          "[maps][entmax15][gradient]") {
  vjp_gives_zeros_nothing(vjp, map);
}

TEST_CASE(
    "entmax15_vjp gives the same bits in place, at every alignment, along every axis, and with "
    "other rows",
    "[maps][entmax15][gradient]") {
  vjp_is_the_same_everywhere(vjp, map);
}

TEST_CASE("entmax15 speed", "[!benchmark][maps]") {
  for (const Rows& x : timed_rows()) {
    time("entmax15 " + shape_of(x), sm::entmax15, x);
    const Rows y{x.name, x.rows, x.cols, run(sm::entmax15, x)};
    time("entmax15_vjp " + shape_of(x), sm::entmax15_vjp, y);
  }
}
