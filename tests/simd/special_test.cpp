#include "simd/special.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "support/near.h"

namespace {

sm::f32x4 plain_exp(sm::f32x4 x) { return sm::exp(x); }

// The largest error of one in ulp of exact, at so many floats from least to most.
template <class F, class G>
double worst(double least, double most, F one, G exact) {
  double error = 0;
  for (int i = 0; i <= 1000000; ++i) {
    const auto x = static_cast<float>(least + (most - least) * i * 1e-6);
    const double wanted = exact(double{x});
    error = std::max(error, std::fabs(one(x) - wanted) / ulp(wanted));
  }
  return error;
}

float log1p_of(float e) { return sm::lane<0>(sm::Log1p()(sm::splat(e))); }
float tanh_of(float x) { return sm::lane<0>(sm::Tanh()(sm::splat(x), plain_exp)); }
sm::NormalTail::Parts tail_of(float a) { return sm::NormalTail()(sm::splat(a), plain_exp); }

}  // namespace

TEST_CASE("Log1p is within 2 ulp", "[simd][accuracy]") {
  const auto exact = [](double e) { return std::log1p(e); };
  CHECK(worst(-0.29, 1, log1p_of, exact) <= 2);
  CHECK(worst(0, 1e-3, log1p_of, exact) <= 2);
  CHECK(log1p_of(0) == 0);
  CHECK(log1p_of(1e-30f) == 1e-30f);
  CHECK(std::isnan(log1p_of(kNan)));
}

TEST_CASE("Tanh is within 2 ulp", "[simd][accuracy]") {
  const auto exact = [](double x) { return std::tanh(x); };
  CHECK(worst(-10, 10, tanh_of, exact) <= 2);
  CHECK(worst(-0.7, 0.7, tanh_of, exact) <= 2);
}

TEST_CASE("NormalTail is within 3 and 4.5 ulp in its parts", "[simd][accuracy]") {
  const auto power = [](float a) { return sm::lane<0>(tail_of(a).power); };
  const auto mills = [](float a) { return sm::lane<0>(tail_of(a).mills); };
  CHECK(worst(0, 13.1, power, [](double a) { return std::exp(-a * a / 2); }) <= 3);
  CHECK(worst(0, 13.1, mills, [](double a) {
          return std::erfc(a / std::sqrt(2)) / 2 / std::exp(-a * a / 2);
        }) <= 4.5);
  CHECK(power(14) == 0);
  CHECK(std::isnan(power(kNan) * mills(kNan)));
}
