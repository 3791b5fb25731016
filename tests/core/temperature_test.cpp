#include "core/temperature.h"

#include <catch2/catch.hpp>

#include "support/call.h"
#include "support/near.h"
#include "support/rows.h"

TEST_CASE("a temperature is scaled to where exp is exact, by a power of two", "[core]") {
  for (const float asked : kTemperatures) {
    const sm::Temperature t(asked);
    int exponent = 0;
    INFO("t " << asked);
    CHECK(t.positive);
    CHECK(t.t == std::max(asked, 0x1p-126f));
    CHECK(std::frexp(t.scale, &exponent) == 0.5);
    CHECK(double{t.t} * t.scale >= 0.25);
    CHECK(double{t.t} * t.scale <= 4);
  }
  for (const float t : {0.0f, -0.0f, kInf}) CHECK_FALSE(sm::Temperature(t).positive);
}

TEST_CASE("a row has the temperature of the call, or its own", "[core]") {
  const float t[] = {2, 3, 0};
  CHECK(sm::temperature_of(nullptr, 0, 2).t == 1);
  CHECK(sm::temperature_of(t, 0, 2).t == 2);
  CHECK(sm::temperature_of(t, sm::row_temperature, 1).t == 3);
  CHECK_FALSE(sm::temperature_of(t, sm::row_temperature, 2).positive);
}

// Gaps below the peak at which exp(gap) is a normal float, and rounding of the gap costs nothing.
static std::vector<float> scores_under(float peak, float t) {
  std::vector<float> x;
  for (double i = 0; i <= 80; ++i) {
    const auto v = static_cast<float>(peak - i * t);
    if (std::isfinite(v) && v <= peak) x.push_back(v);
  }
  return x;
}

TEST_CASE("with_exp is exp in units of about that of the peak, however large the peak",
          "[core][accuracy]") {
  Errors errors;
  for (const float asked : kTemperatures) {
    const sm::Temperature t(asked);
    for (const double in_t : {0.0, 1.0, -1.0, 700.0, -700.0, 1023.0, 1025.0, -1e4, 1e5, 1e8}) {
      const auto peak = static_cast<float>(in_t * t.t);
      if (!std::isfinite(peak)) continue;
      sm::with_exp(t, sm::splat(peak), [&](auto exp) {
        const double top = sm::lane<0>(exp(sm::splat(peak)));
        INFO("t " << asked << ", peak " << peak);
        CHECK(top >= 0.5);
        CHECK(top <= 2);
        for (const float x : scores_under(peak, t.t)) {
          const double exact = top * std::exp((double{x} - peak) / t.t);
          errors.add(sm::lane<0>(exp(sm::splat(x))), exact, ulp(exact),
                     "t " + spell(asked) + ", peak " + spell(peak) + ", score " + spell(x));
        }
        CHECK(sm::lane<0>(exp(sm::splat(-kInf))) == 0);
        CHECK(std::isnan(sm::lane<0>(exp(sm::splat(kNan)))));
      });
    }
  }
  INFO(errors.where);
  CHECK(errors.max <= 3);  // 1.4 of either exp
}

TEST_CASE("peak over t is 0 where it would be NaN, and rounds once", "[core]") {
  CHECK(sm::peak_over(0, 0) == 0);
  CHECK(sm::peak_over(3, kInf) == 0);
  CHECK(sm::peak_over(kInf, kInf) == kInf);
  CHECK(sm::peak_over(-kInf, 0.5f) == -kInf);
  CHECK(sm::peak_over(1e30f, 1e-30f) == Approx(1e60).epsilon(1e-6));
  CHECK(sm::peak_over(1, 3) == 1.0 / 3);
}
