#include "simd/row.h"

#include <catch2/catch.hpp>

#include "support/call.h"
#include "support/near.h"
#include "support/rows.h"

TEST_CASE("each and map see every entry once and nothing beside", "[simd]") {
  for (size_t n = 0; n <= 160; ++n) {
    for (const size_t offset : {0, 1, 2, 3}) {
      const Rows x = scores(1, n);
      Guarded<float> in(x.x, offset), out(n, offset), mapped(n, offset);
      const float* p = in.data();
      float* q = out.data();
      sm::each(n, [=](auto at, size_t i) { at.store(q + i, at.load(p + i) + sm::splat(1)); });
      sm::map(
          mapped.data(), n, [](sm::f32x4 v) { return v + sm::splat(1); }, in.data());
      std::vector<float> expected = x.x;
      for (float& v : expected) v += 1;
      CHECK_THAT(out.values(), SameBits(expected));
      CHECK_THAT(mapped.values(), SameBits(expected));
    }
  }
}

TEST_CASE("add sees every term once, and walk every entry with its pointers", "[simd]") {
  for (size_t n = 0; n <= 160; ++n) {
    Guarded<float> x(std::vector<float>(n, 1), 1), y(n, 2);
    sm::Sum sum;
    sm::add(
        sum, n, [](auto at, const float* p) { return at.load(p); }, x.data());
    CHECK(sum.value() == static_cast<double>(n));
    sm::walk(
        n,
        [](auto at, float* to, const float* from) { at.store(to, at.load(from) + at.load(from)); },
        y.data(), static_cast<const float*>(x.data()));
    CHECK_THAT(y.values(), SameBits(std::vector<float>(n, 2)));
  }
}

TEST_CASE("peak finds the largest wherever it is, and passes over NaN", "[simd]") {
  CHECK(sm::peak(nullptr, 0) == -kInf);
  for (size_t n = 1; n <= 80; ++n) {
    for (size_t at = 0; at < n; ++at) {
      Rows x = one_row("", n, [=](size_t i) { return i == at ? -1.0f : -2.0f; });
      Guarded<float> in(x.x, n % 4);
      CHECK(sm::peak(in.data(), n) == -1);
      x.x[at] = kNan;
      Guarded<float> spoilt(x.x, n % 4);
      CHECK(sm::peak(spoilt.data(), n) == (n == 1 ? -kInf : -2));
    }
  }
}

TEST_CASE("total is within 3 2⁻²⁴ of the sum of magnitudes at every length", "[simd][accuracy]") {
  std::vector<size_t> lengths = {1000, 32000, 1000000};
  for (size_t n = 0; n <= 160; ++n) lengths.push_back(n);
  double worst = 0;
  for (const size_t n : lengths) {
    for (const double offset : {0.0, 3.3}) {
      const Rows x = scores(1, n, 1, offset);
      Guarded<float> in(x.x, n % 4);
      long double sum = 0, size = 1e-30L;
      for (const float v : x.x) sum += v, size += std::fabs(v);
      const double total = sm::total(
          n, [](sm::f32x4 v) { return v; }, in.data());
      worst = std::max(worst, static_cast<double>(std::fabs(total - sum) / size) / kU);
    }
  }
  CHECK(worst <= 3);
}
