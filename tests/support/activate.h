// A function of one number, called as its contract allows and looked at over the floats.
#pragma once

#include <catch2/catch.hpp>
#include <cstring>
#include <functional>
#include <vector>

#include "support/call.h"
#include "support/gradient.h"
#include "support/near.h"
#include "support/rows.h"
#include "support/time.h"

using Activation = std::function<void(float*, const float*, size_t)>;
using ActivationVjp = std::function<void(float*, const float*, const float*, size_t)>;

// y = f(x), at every alignment and in place: the same bits, nothing allocated, the guards intact.
inline std::vector<float> activated(const Activation& f, const std::vector<float>& x) {
  std::vector<float> first;
  for (const size_t offset : {0, 1, 2, 3}) {
    Guarded<float> in(x, offset), out(x.size(), offset);
    CHECK(allocations([&] { f(out.data(), in.data(), x.size()); }) == 0);
    CHECK_THAT(in.values(), SameBits(x));
    if (offset == 0) first = out.values();
    CHECK_THAT(out.values(), SameBits(first));
    f(in.data(), in.data(), x.size());
    CHECK_THAT(in.values(), SameBits(first));
  }
  return first;
}

inline std::vector<float> activated(const ActivationVjp& f, const std::vector<float>& x,
                                    const std::vector<float>& dy) {
  std::vector<float> first;
  for (const size_t offset : {0, 1, 2, 3}) {
    Guarded<float> in(x, offset), again(x, offset), g(dy, offset), out(x.size(), offset);
    CHECK(allocations([&] { f(out.data(), in.data(), g.data(), x.size()); }) == 0);
    if (offset == 0) first = out.values();
    CHECK_THAT(out.values(), SameBits(first));
    f(in.data(), in.data(), g.data(), x.size());
    CHECK_THAT(in.values(), SameBits(first));
    f(g.data(), again.data(), g.data(), x.size());
    CHECK_THAT(g.values(), SameBits(first));
  }
  return first;
}

// Every 4001st float of both signs, from 0 to the infinities: a million; and the NaNs.
inline std::vector<float> floats_of_all_sizes() {
  std::vector<float> all = {kNan, -kNan};
  for (const uint32_t sign : {0u, 0x80000000u}) {
    for (uint32_t bits = 0; bits <= 0x7F800000; bits += 4001) {
      const uint32_t own = bits | sign;
      float v;
      std::memcpy(&v, &own, 4);
      all.push_back(v);
    }
    all.push_back(sign ? -kInf : kInf);
  }
  return all;
}

// So many floats evenly from least to most.
inline std::vector<float> floats_between(float least, float most, size_t count) {
  std::vector<float> all;
  for (size_t i = 0; i < count; ++i) {
    const double part = static_cast<double>(i) / static_cast<double>(count - 1);
    all.push_back(static_cast<float>(least + (most - least) * part));
  }
  return all;
}

// The distance of floats at y. What may be flushed to 0 counts in units of 2⁻¹²⁷.
inline double activation_ulp(double y) { return std::fabs(y) < 0x1p-126 ? 0x1p-127 : ulp(y); }

// The largest error of y = f(x), in unit(x), over floats of all sizes and a million in [-110, 110].
template <class F, class Unit>
Errors errors_of(const Activation& f, F exact, Unit unit) {
  Errors errors;
  for (const std::vector<float>& x : {floats_of_all_sizes(), floats_between(-110, 110, 1000003)}) {
    std::vector<float> y(x.size());
    f(y.data(), x.data(), x.size());
    for (size_t i = 0; i < x.size(); ++i) {
      const double before = errors.max, wanted = exact(double{x[i]});
      errors.add(y[i], wanted, unit(double{x[i]}), "", i);
      if (errors.max > before) errors.where += " at " + spell(x[i]);
    }
  }
  UNSCOPED_INFO(errors.where);
  return errors;
}
template <class F>
Errors errors_of(const Activation& f, F exact) {
  return errors_of(f, exact, [=](double x) { return activation_ulp(exact(x)); });
}

// f_vjp with a gradient that is no power of two arriving everywhere.
constexpr float kArriving = -3.3f;
inline Activation arriving(const ActivationVjp& vjp) {
  return [=](float* dx, const float* x, size_t n) {
    const std::vector<float> dy(n, kArriving);
    vjp(dx, x, dy.data(), n);
  };
}
template <class F>
Errors errors_of_vjp(const ActivationVjp& vjp, F slope) {
  const auto exact = [=](double x) { return double{kArriving} * slope(x); };
  return errors_of(arriving(vjp), exact, [=](double x) {
    return std::fabs(slope(x)) < 0x1p-126 ? -kArriving * 0x1p-127 : activation_ulp(exact(x));
  });
}

// That slope is the derivative of f.
template <class F, class G>
void check_derivative(F f, G slope) {
  for (double x = -12; x < 12; x += 0.0371) {
    const auto one = [&](const std::vector<double>& v) { return std::vector<double>{f(v[0])}; };
    INFO("at " << x);
    CHECK(std::fabs(central_differences(one, {x}, {1})[0] - slope(x)) < 1e-6);
  }
}

// How long an op and its gradient take.
inline void time(const std::string& name, const Activation& f, const ActivationVjp& vjp) {
  const std::vector<float> x = scores(1, 4096).x, dy = scores(1, 4096, 2, 0.5, 99).x;
  std::vector<float> y(x.size());
  time(name + ", 4096", [&] { f(y.data(), x.data(), x.size()); });
  time(name + "_vjp, 4096", [&] { vjp(y.data(), x.data(), dy.data(), x.size()); });
}
