#include "core/threshold.h"

namespace sm {

// z - tau to the last bit: tau is kept in two floats, since a sum over many entries that are barely
// above it would show what one rounds away.
struct Tau {
  f32x4 high, low;
  explicit Tau(double tau)
      : high(splat(static_cast<float>(tau))),
        low(splat(static_cast<float>(tau - static_cast<float>(tau)))) {}
};

struct Term {
  f32x4 value, slope;
};

// q = 1: y is z - tau itself.
struct Linear {
  f32x4 zero = held(0), one = held(1);
  Term operator()(f32x4 z, const Tau& tau) const {
    const f32x4 r = max((z - tau.high) - tau.low, zero);
    return {r, select_lt(zero, r, one, zero)};
  }
};

// q = 2.
struct Square {
  f32x4 zero = held(0);
  Term operator()(f32x4 z, const Tau& tau) const {
    const f32x4 r = max((z - tau.high) - tau.low, zero);
    return {r * r, r};
  }
};

// Any q of magnitude above 1: y = exp(q log(z - tau)). Near alpha 1 q is large, and what z - high
// rounds away (Knuth 1969) counts: it goes into the logarithm.
template <class E>
struct General {
  E exp;
  f32x4 q;
  Log log = Log();
  f32x4 zero = held(0), largest = held(__FLT_MAX__);
  Term operator()(f32x4 z, const Tau& tau) const {
    const f32x4 v = min(z, largest), near = v - tau.high, part = near - v;
    const f32x4 lost = (v - (near - part)) - (tau.high + part);
    const f32x4 y = exp(q * (log(near) + (lost - tau.low) / near));
    return {select_lt(zero, near, y, max(near, zero)), select_lt(zero, near, y / near, zero)};
  }
};

// The sum of y is compensated, sixteen terms at a time; the slope only has to lead there.
template <class F>
static Sums sums_of(const float* z, size_t n, double at, F f) {
  const Tau tau(at);
  Sum value;
  f32x4 slope = splat(0);
  for (size_t i = 0; i < n; i += 16) {
    const Term a = f(load(z + i), tau), b = f(load(z + i + 4), tau);
    const Term c = f(load(z + i + 8), tau), d = f(load(z + i + 12), tau);
    value.add((a.value + b.value) + (c.value + d.value));
    slope = slope + ((a.slope + b.slope) + (c.slope + d.slope));
  }
  return {value.value(), sum(slope)};
}

template <class F>
static void apply_to(float* z, size_t n, double at, float scale, F f) {
  const Tau tau(at);
  const f32x4 scales = splat(scale);
  for (size_t i = 0; i < n; i += 4) store(z + i, f(load(z + i), tau).value * scales);
}

template <class F>
static constexpr Power simple(double q) {
  return {
      q, [](const Power&, const float* z, size_t n, double tau) { return sums_of(z, n, tau, F()); },
      [](const Power&, float* z, size_t n, double tau, float scale) {
        apply_to(z, n, tau, scale, F());
      }};
}

template <class Body>
static auto with_power(double q, Body body) {
  return with_exp(temperature_of(nullptr, 0, 0), held(0), [=](auto exp) {
    return body(General<decltype(exp)>{exp, splat(static_cast<float>(q))});
  });
}
static Sums general_sums(const Power& power, const float* z, size_t n, double tau) {
  return with_power(power.q, [=](auto f) { return sums_of(z, n, tau, f); });
}
static void general_apply(const Power& power, float* z, size_t n, double tau, float scale) {
  with_power(power.q, [=](auto f) { apply_to(z, n, tau, scale, f); });
}

Power power_of(double alpha) {
  if (alpha == kSparsemax) return simple<Linear>(1);
  if (alpha == kEntmax15) return simple<Square>(2);
  return {1 / (alpha - 1), general_sums, general_apply};
}

}  // namespace sm
