#include <catch2/catch.hpp>

#include "core/threshold.h"
#include "support/call.h"
#include "support/near.h"
#include "support/rows.h"

namespace {

const std::vector<double> kAlphas = {0.25, 0.5, 0.9, 0.9995, 1.0001, 1.05, 1.25, 1.5, 1.75, 2};

// z as rows have them at alpha: (alpha - 1) times gaps below a peak, the last ones of -inf.
std::vector<float> gaps(double alpha, size_t n) {
  std::vector<float> z = scores(1, n, 2, -5).x;
  for (float& v : z) v = static_cast<float>((alpha - 1) * std::min(v, 0.0f));
  for (size_t i = n - 3; i < n; ++i) z[i] = alpha > 1 ? -kInf : kInf;
  z[0] = 0;
  return z;
}

// tau between that of a row of one entry and that of a row of equal ones.
std::vector<double> thresholds(double alpha) {
  return {-1, (alpha > 1 ? -1 + 1e-9 : -1 - 1e-9), -std::pow(3, 1 - alpha),
          -std::pow(70, 1 - alpha)};
}

double excess_power(double z, double tau, double q) {
  return z > tau && std::isfinite(z) ? std::pow(z - tau, q) : 0;
}

// What a power may be off by, in 2⁻²⁴ of it. Of q log(z - tau) the log loses two, q one, the
// product one.
double roundings(double y) { return y > 0 ? 4 + 4 * std::fabs(std::log(y)) : 0; }

}  // namespace

TEST_CASE("the power of what is above a threshold is that in double, and its sum too",
          "[core][accuracy]") {
  Errors powers, sums, slopes;
  for (const double alpha : kAlphas) {
    const sm::Power power = sm::power_of(alpha);
    CHECK(power.q == 1 / (alpha - 1));
    for (const size_t n : {16, 64, 208, 2048}) {
      for (const double tau : thresholds(alpha)) {
        const std::vector<float> z = gaps(alpha, n);
        const std::string name =
            "alpha " + spell(alpha) + ", n " + std::to_string(n) + ", tau " + spell(tau);
        double value = 0, within = 0, slope = 0;
        for (const float v : z) {
          const double y = excess_power(v, tau, power.q);
          value += y;
          within += y * roundings(y) * kU;
          slope += y > 0 ? y / (v - tau) : 0;
        }
        Guarded<float> in(z, 1);
        const sm::Sums got = power.sums(power, in.data(), n, tau);
        CHECK_THAT(in.values(), SameBits(z));
        sums.add(static_cast<float>(got.value), value, within, name);
        slopes.add(static_cast<float>(got.slope), slope, 4e-6 * slope, name);

        power.apply(power, in.data(), n, tau, 0.75f);
        const std::vector<float> y = in.values();
        for (size_t i = 0; i < n; ++i) {
          const double exact = 0.75 * excess_power(z[i], tau, power.q);
          powers.add(y[i], exact, roundings(exact / 0.75) * exact * kU + 0x1p-126, name, i);
          if (alpha > 1) CHECK((y[i] > 0) <= (double{z[i]} > tau));
        }
      }
    }
  }
  INFO(powers.where << "; " << sums.where << "; " << slopes.where);
  CHECK(powers.max <= 1);
  CHECK(sums.max <= 1);
  CHECK(slopes.max <= 1);
}

TEST_CASE("a sum of powers keeps many that are barely above the threshold, beside a large one",
          "[core][accuracy]") {
  for (const double alpha : {1.5, 1.75, 2.0}) {
    const sm::Power power = sm::power_of(alpha);
    const size_t n = 1 << 20;
    std::vector<float> z(n, -1 + 0x1p-20f);
    z[0] = 0;
    const double tau = -1 + 0x1p-28;  // no float
    const double y = std::pow(-1 + 0x1p-20 - tau, power.q);
    const double exact = std::pow(-tau, power.q) + static_cast<double>(n - 1) * y;
    INFO("alpha " << alpha);
    CHECK(std::fabs(power.sums(power, z.data(), n, tau).value - exact) <=
          exact * kU * (4 + 4 * std::fabs(std::log(y))));
  }
}

static float excess(float z, float high, float low, float q) {
  return sm::lane<0>(
      sm::power_of_excess(sm::splat(z), sm::splat(high), sm::splat(low), sm::splat(q)));
}

TEST_CASE("power_of_excess has what z - high rounds away, which a large power shows",
          "[core][accuracy]") {
  Errors errors;
  for (const float z : {0.0f, -0x1p-25f, -1.2345e-4f, -0.00123456f, -0.0098765f}) {
    for (const float low : {0.0f, 0x1.8p-26f, -0x1.4p-27f}) {
      for (const float q : {100.0f, 1000.0f, 10000.0f}) {
        const double y = std::pow(double{z} + 1 - low, double{q});
        errors.add(excess(z, -1, low, q), y, roundings(y) * y * kU + 0x1p-126,
                   "z " + spell(z) + ", low " + spell(low) + ", q " + spell(q));
      }
    }
  }
  INFO(errors.where);
  CHECK(errors.max <= 1);
}

TEST_CASE("power_of_excess is 0 where z is not above, and at infinity its limit", "[core]") {
  for (const float q : {0.5f, 2.5f, 1e4f}) {
    for (const float z : {-1.0f, -1.5f, -kLargest, -kInf}) CHECK(excess(z, -1, 0, q) == 0);
    CHECK(excess(-1 + 0x1p-23f, -1, 0, 0.5f) > 0);
    CHECK(std::isnan(excess(kNan, -1, 0, q)));
  }
  for (const float q : {-1.25f, -2.0f, -1e4f}) {
    CHECK(excess(kInf, -1, 0, q) == 0);
    CHECK(excess(0, -1, 0, q) == 1);
    CHECK(std::isnan(excess(kNan, -1, 0, q)));
  }
}
