#include <catch2/catch.hpp>

#include "maps.h"
#include "support/sparse.h"
#include "support/time.h"

static const SparseMap map{
    [](const Rows& x, const Call& call) { return run(sm::sparsemax, x, call); },
    [](const Rows& x, const Call& call) { return oracle::sparsemax(x, call); },
    [](const oracle::Row& row) { return oracle::sparsemax(row); }, 4e-7, 1e-6};
static const SparseVjp vjp = [](const Rows& y, const std::vector<float>& dy, const Call& call,
                                Place place) { return run(sm::sparsemax_vjp, y, dy, call, place); };

TEST_CASE("sparsemax is the oracle's on every row", "[maps][sparsemax][accuracy]") {
  is_the_oracles_on(map, every_row());
}

TEST_CASE("sparsemax is the oracle's on rows of up to a million scores",
          "[maps][sparsemax][accuracy]") {
  is_the_oracles_on(map, long_rows());
  is_the_oracles_on(map, {scores(1, 20000, 0.01), scores(1, 5000, 0.3)});
}

TEST_CASE("sparsemax is the oracle's at every temperature", "[maps][sparsemax][accuracy]") {
  for (const float t : kTemperatures) is_the_oracles_on(map, every_row(), {.t = {t}});
}

TEST_CASE("sparsemax sums to 1", "[maps][sparsemax][accuracy]") {
  sums_to_one(map, finite_rows());
  sums_to_one(map, long_rows());
  for (const float t : {0.3f, 7.0f, 1000.0f}) sums_to_one(map, {scores(1, 30000)}, {.t = {t}});
}

TEST_CASE("sparsemax of a row does not depend on the other rows of the call", "[maps][sparsemax]") {
  does_not_depend_on_other_rows(map);
}

TEST_CASE("sparsemax gives the same bits along another axis", "[maps][sparsemax]") {
  is_the_same_along_another_axis(map);
}

TEST_CASE("sparsemax gives masked scores nothing, and the others what they have without them",
          "[maps][sparsemax]") {
  masks_as_the_oracle(map);
}

TEST_CASE("sparsemax never reads a masked score as a number", "[maps][sparsemax]") {
  never_reads_a_masked_score(map);
}

TEST_CASE("sparsemax of edge rows follows the rules, at every temperature", "[maps][sparsemax]") {
  follows_the_rules_at_edges(map);
}

TEST_CASE("sparsemax takes one temperature for each row", "[maps][sparsemax]") {
  takes_one_temperature_for_each_row(map);
}

TEST_CASE("sparsemax gives the same bits in place and at every alignment", "[maps][sparsemax]") {
  is_the_same_in_place_and_at_every_alignment(map);
}

TEST_CASE("sparsemax of nothing is nothing", "[maps][sparsemax]") { of_nothing_is_nothing(map); }

TEST_CASE("sparsemax keeps the order of the scores, and equal scores equal", "[maps][sparsemax]") {
  keeps_the_order(map);
}

TEST_CASE("sparsemax gives all to a leader ahead by 1", "[maps][sparsemax]") {
  is_one_hot_from(map, 1);
}

TEST_CASE("sparsemax does not see entries of -inf", "[maps][sparsemax]") {
  appended_minus_infinities_change_nothing(map);
}

TEST_CASE("sparsemax of the example in the paper's package", "[maps][sparsemax]") {
  const std::vector<float> y = run(sm::sparsemax, Rows{"", 1, 3, {-2, 0, 0.5f}}),
                           wanted = {0, 0.25f, 0.75f};
  for (size_t i = 0; i < 3; ++i) CHECK(std::fabs(y[i] - wanted[i]) < 5e-5);
}

TEST_CASE("sparsemax_vjp is the oracle's", "[maps][sparsemax][gradient][accuracy]") {
  vjp_is_the_oracles(vjp, map, 2);
}

TEST_CASE("sparsemax_vjp is the gradient of sparsemax", "[maps][sparsemax][gradient]") {
  vjp_is_the_gradient(vjp, map);
}

TEST_CASE("sparsemax_vjp gives entries of probability 0 nothing, and rows of one entry",
          "[maps][sparsemax][gradient]") {
  vjp_gives_zeros_nothing(vjp, map);
}

TEST_CASE(
    "sparsemax_vjp gives the same bits in place, at every alignment, along every axis, and with "
    "other rows",
    "[maps][sparsemax][gradient]") {
  vjp_is_the_same_everywhere(vjp, map);
}

TEST_CASE("sparsemax speed", "[!benchmark][maps]") {
  for (const Rows& x : timed_rows()) {
    time("sparsemax " + shape_of(x), sm::sparsemax, x);
    const Rows y{x.name, x.rows, x.cols, run(sm::sparsemax, x)};
    time("sparsemax_vjp " + shape_of(x), sm::sparsemax_vjp, y);
  }
}
