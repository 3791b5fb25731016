#include <catch2/catch.hpp>

#include "support/attended.h"
#include "support/time.h"

namespace {

Attended merge(const Attended& a, const Attended& b, size_t dim) {
  const size_t rows = a.lse.size();
  Guarded<float> oa(a.o, 1), la(a.lse, 2), ob(b.o, 3), lb(b.lse, 0), o(a.o.size(), 1), lse(rows);
  CHECK(allocations([&] {
          sm::merge_attention(o.data(), lse.data(), oa.data(), la.data(), ob.data(), lb.data(),
                              rows, dim);
        }) == 0);
  const Attended merged{o.values(), lse.values()};
  sm::merge_attention(ob.data(), lb.data(), oa.data(), la.data(), ob.data(), lb.data(), rows, dim);
  check_same({ob.values(), lb.values()}, merged);  // in place
  return merged;
}

// Keys from … to of a call.
Attended part(Attention a, size_t from, size_t to) {
  const auto rows = [&](const std::vector<float>& x, size_t cols) {
    return std::vector<float>(x.begin() + static_cast<ptrdiff_t>(from * cols),
                              x.begin() + static_cast<ptrdiff_t>(to * cols));
  };
  a.k = rows(a.k, a.dim);
  a.v = rows(a.v, a.value_dim);
  a.keys = to - from;
  return attend(sm::attention, a);
}

}  // namespace

TEST_CASE("attention over pieces of the keys merges into the oracle's of all",
          "[attention][accuracy]") {
  for (const double sd : {1.0, 4.0}) {
    Attention a{.queries = 9, .keys = 150, .dim = 16, .value_dim = 16};
    a.scale = 0.25f;
    a.fill(sd);
    for (const size_t cut : {1, 64, 100, 149}) {
      const Attended left = part(a, 0, cut), right = part(a, cut, 150);
      const Attended merged = merge(left, right, 16);
      check_outputs(a, merged);
      check_same(merge(right, left, 16), merged);  // commutative
    }
    const Attended x = part(a, 0, 50), y = part(a, 50, 60), z = part(a, 60, 150);
    if (sd == 1) {
      CHECK(relative_error(merge(x, merge(y, z, 16), 16).o, oracle::attention(a).o) <= 6e-7);
    }
    check_outputs(a, merge(merge(x, y, 16), z, 16));
    check_outputs(a, merge(x, merge(y, z, 16), 16));
  }
}

TEST_CASE("attention over nothing changes nothing when merged", "[attention]") {
  Attention a{.queries = 9, .keys = 20, .dim = 3, .value_dim = 3};
  const Attended some = attend(sm::attention, a.fill());
  Attended none{std::vector<float>(27, 0), std::vector<float>(9, -kInf)};
  check_same(merge(some, none, 3), some);
  check_same(merge(none, some, 3), some);
  check_same(merge(none, none, 3), none);
  none.o.assign(27, kNan);  // weighs nothing
  check_same(merge(some, none, 3), some);
}

TEST_CASE("a NaN row stays NaN when merged, whatever it meets", "[attention]") {
  const Attended nan{{kNan, kNan}, {kNan}}, some{{1, 2}, {3}}, none{{0, 0}, {-kInf}};
  for (const Attended& other : {some, none, nan}) {
    check_same(merge(nan, other, 2), nan);
    check_same(merge(other, nan, 2), nan);
  }
}

TEST_CASE("merge_attention weighs by lse however far apart", "[attention][accuracy]") {
  for (const float apart : {0.0f, 1e-3f, 1.0f, 20.0f, 90.0f, 1e4f}) {
    const Attended got = merge({{1, -2}, {5}}, {{3, 4}, {5 - apart}}, 2);
    const double gap = double{5 - apart} - 5, weight = 1 / (1 + std::exp(gap));
    Errors errors;
    errors.add(
        got.o, {weight + 3 * (1 - weight), -2 * weight + 4 * (1 - weight)},
        [](size_t) { return 4 * kU; }, spell(apart) + " apart");
    errors.add(got.lse[0], 5 + std::log1p(std::exp(gap)), ulp(5), spell(apart) + " apart");
    INFO(errors.where);
    CHECK(errors.max <= 3);
  }
}

TEST_CASE("merge_attention speed", "[!benchmark][attention]") {
  Attention a{.queries = 64, .keys = 128, .dim = 64, .value_dim = 64, .scale = 0.125f};
  a.fill();
  const Attended left = part(a, 0, 64), right = part(a, 64, 128);
  std::vector<float> o(left.o.size()), lse(64);
  time("merge_attention, 64 rows of 64", [&] {
    sm::merge_attention(o.data(), lse.data(), left.o.data(), left.lse.data(), right.o.data(),
                        right.lse.data(), 64, 64);
  });
}
