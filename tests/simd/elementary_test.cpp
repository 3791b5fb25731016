#include "simd/elementary.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>

#include "support/near.h"

namespace {

float float_of(uint32_t bits) {
  float v;
  std::memcpy(&v, &bits, 4);
  return v;
}

// One in how many is looked at: all as WebAssembly; under sanitizers, which are slow, a sixteenth.
#ifdef __EMSCRIPTEN__
constexpr uint32_t kOneIn = 1;
#else
constexpr uint32_t kOneIn = 16;
#endif

// Every float from -2⁻²⁶, above which exp is 1, to -87.33, under which it is subnormal: 2.8 10⁸ of
// them. The oracle is exact at the first of four and goes on from there by 1 + h + h²/2: |h| <
// 2⁻¹⁵.
void check_exp() {
  const uint32_t last = 0xC2AEA8F6;  // -87.33
  double worst = 0;
  float worst_at = 0;
  bool monotone = true, at_most_one = true;
  float before = 1;
  for (uint64_t bits = 0xB2800000; bits + 3 <= last; bits += 4 * kOneIn) {
    float x[4], y[4];
    for (uint32_t i = 0; i < 4; ++i) x[i] = float_of(static_cast<uint32_t>(bits) + i);
    sm::store(y, sm::exp(sm::load(x)));
    const double first = std::exp(double{x[0]});
    for (int i = 0; i < 4; ++i) {
      const double h = double{x[i]} - x[0], exact = first * (1 + h * (1 + h / 2));
      const double error = std::fabs(y[i] - exact) / ulp(exact);
      if (!(error <= worst)) worst = error, worst_at = x[i];
      monotone &= y[i] <= before + ulp(before);
      at_most_one &= y[i] <= 1;
      before = y[i];
    }
  }
  INFO("worst at " << spell(worst_at));
  CHECK(worst <= 1.2);
  CHECK(monotone);
  CHECK(at_most_one);
}

}  // namespace

TEST_CASE("exp is within 1.2 ulp, monotone but for 1 ulp, and at most 1 in [-87.33, 0]",
          "[simd][accuracy]") {
  check_exp();
}

TEST_CASE("exp at its ends", "[simd]") {
  const auto one = [](float x) { return sm::lane<0>(sm::exp(sm::splat(x))); };
  CHECK(one(0) == 1);
  CHECK(one(-0.0f) == 1);
  CHECK(one(-0x1p-30f) == 1);
  CHECK(one(-89) == 0);
  CHECK(one(-1e30f) == 0);
  CHECK(one(-kInf) == 0);
  CHECK(std::isnan(one(kNan)));
}

TEST_CASE("exp at other temperatures is within 1.4 ulp", "[simd][accuracy]") {
  for (const double t : {0.25, 0.5, 0.7, 1.3, 2.0, 3.0, 3.9}) {
    const sm::Exp e(static_cast<float>(t));
    const double own = static_cast<float>(t);
    double worst = 0;
    for (double z = -87; z < 0; z += 0.00137) {
      const auto x = static_cast<float>(z * own);
      const double exact = std::exp(x / own);
      const sm::f32x4 none = sm::splat(0);
      sm::Reduced v = sm::Reduce(e)(sm::splat(x), sm::Exp::rounder(none), e.lowest(none));
      v.r = v.r * sm::splat(e.inverse);
      const float y = sm::lane<0>(sm::Series()(v));
      worst = std::max(worst, std::fabs(y - exact) / ulp(exact));
    }
    INFO("t " << t);
    CHECK(worst <= 1.4);
  }
}

// 2⁻¹²⁶ to 8 are 1.1 10⁹ floats: all of them would be long, one in seven (and kOneIn) is not.
TEST_CASE("log is within 1 ulp in [2^-126, 8], and at every float around 1", "[simd][accuracy]") {
  double worst = 0;
  float worst_at = 0;
  const auto check = [&](uint32_t from, uint32_t to, uint32_t step) {
    for (uint64_t bits = from; bits < to; bits += 4 * step) {
      float x[4], y[4];
      for (uint32_t i = 0; i < 4; ++i) x[i] = float_of(static_cast<uint32_t>(bits) + i * step);
      sm::store(y, sm::log(sm::load(x)));
      for (int i = 0; i < 4; ++i) {
        const double exact = std::log(double{x[i]});
        const double error = std::fabs(y[i] - exact) / ulp(exact);
        if (!(error <= worst)) worst = error, worst_at = x[i];
      }
    }
  };
  check(0x00800000, 0x41000000, 7 * kOneIn);
  check(0x3F700000, 0x3F900000, 1);
  INFO("worst at " << spell(worst_at));
  CHECK(worst <= 1);
  CHECK(sm::lane<0>(sm::log(sm::splat(1))) == 0);
}

TEST_CASE("exp and log1p in double keep their bounds", "[simd][accuracy]") {
  double exp_worst = 0, log_worst = 0;
  for (double x = -699; x < 700; x += 0.0171)
    exp_worst = std::max(exp_worst, std::fabs(sm::exp(x) / std::exp(x) - 1));
  for (double x = 1e-300; x < 1e300; x *= 1.0137) {
    log_worst = std::max(log_worst, std::fabs(sm::log1p(x) / std::log1p(x) - 1));
  }
  for (double x = 1e-300; x < 1e300; x *= 1.0137) {
    if (x < 0.999 || x > 1.001)
      log_worst = std::max(log_worst, std::fabs(sm::log(x) / std::log(x) - 1));
  }
  for (double x = -0.999; x < 0; x += 0.00037) {
    log_worst = std::max(log_worst, std::fabs(sm::log1p(x) / std::log1p(x) - 1));
  }
  CHECK(exp_worst <= 0x1p-43);
  CHECK(log_worst <= 0x1p-40);
  CHECK(sm::exp(0.0) == 1);
  CHECK(sm::exp(-1e300) == 0);
  CHECK(std::isnan(sm::exp(NAN)));
  CHECK(sm::log1p(0) == 0);
  CHECK(sm::log1p(INFINITY) == INFINITY);
  CHECK(std::isnan(sm::log1p(NAN)));
}
