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

// Near alpha 1 q is large, and what z - high rounds away (Knuth 1969) counts: it goes into the
// logarithm. Not inlined, since an exp and a log are long and asked for in many places.
[[gnu::noinline]] f32x4 power_of_excess(f32x4 z, f32x4 high, f32x4 low, f32x4 q) {
  const f32x4 zero = splat(0), v = min(z, splat(__FLT_MAX__)), near = v - high, part = near - v;
  const f32x4 lost = (v - (near - part)) - (high + part);
  const f32x4 y = exp(q * (log(near) + (lost - low) / near));
  return select_lt(zero, near, y, max(near, zero));
}

// Any q of magnitude above 1.
struct General {
  f32x4 q, zero = held(0);
  Term operator()(f32x4 z, const Tau& tau) const {
    const f32x4 y = power_of_excess(z, tau.high, tau.low, q);
    return {y, select_eq(y, zero, zero, y / (z - tau.high))};
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

static Sums general_sums(const Power& power, const float* z, size_t n, double tau) {
  return sums_of(z, n, tau, General{splat(static_cast<float>(power.q))});
}
static void general_apply(const Power& power, float* z, size_t n, double tau, float scale) {
  apply_to(z, n, tau, scale, General{splat(static_cast<float>(power.q))});
}

Power power_of(double alpha) {
  if (alpha == kSparsemax) return simple<Linear>(1);
  if (alpha == kEntmax15) return simple<Square>(2);
  return {1 / (alpha - 1), general_sums, general_apply};
}

}  // namespace sm
