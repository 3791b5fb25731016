// exp and log, with their error bounds. Kernels call these and never <math.h>, so that every build
// gives the same bits.
#pragma once

#include "simd/f32x4.h"

namespace sm {

constexpr double kLn2 = 0.693147180559945309417232121458;

// 2^n for -1022 <= n <= 1023.
constexpr double power_of_two(int n) {
  return __builtin_bit_cast(double, static_cast<uint64_t>(n + 1023) << 52);
}

// exp(x / t) for one temperature t in [1/4, 4], in units of 2^unit, in two steps:
//
//   n = round(x / (t ln 2)),   r = (x - n t ln 2) / t,   exp(x / t) = 2^n (1 + r + r² s(r))
//
// The temperature lives in the constants of the first step. t ln 2 is kept in two floats, the first
// of 13 bits: n t ln 2 is exact while |n| < 2048, with or without fused multiply-add (Cody and
// Waite 1980).
//
//   in      x      at most 1400 t; what is under lowest(unit) gives 0
//           unit   |unit| < 1600, and the result at most 2¹²⁷ units
//   within  1.2 ulp, at t other than 1 1.4 ulp, and of neighbours the smaller gives at most 1 ulp
//           more; 0 where the result is under 2^(unit - 126.5); exp(NaN) is NaN
struct Exp {
  float steps, minus_head, minus_rest, inverse;

  constexpr explicit Exp(double t = 1) {
    const double step = t * kLn2;
    const auto head = __builtin_bit_cast(
        float, __builtin_bit_cast(uint32_t, static_cast<float>(step)) & 0xFFFFF800u);
    steps = static_cast<float>(1 / step);
    minus_head = -head;
    minus_rest = static_cast<float>(head - step);
    inverse = static_cast<float>(1 / t);
  }

  // round(x / (t ln 2)): the unit in which exp(x / t) is about 1.
  f32x4 unit(f32x4 x) const { return madd(x, splat(steps), splat(kRound)) - splat(kRound); }
  // Added to x / (t ln 2), it rounds to an integer and leaves n - unit + 127 in the low bits.
  static f32x4 rounder(f32x4 unit) { return splat(kRound + 127) - unit; }
  // The score under which everything is 0: n - unit is -127 there, and its exponent field 0.
  f32x4 lowest(f32x4 unit) const { return (splat(127) - unit) * splat(minus_head + minus_rest); }

 private:
  static constexpr float kRound = 0x1.8p23f;
};

// The first step: what is left of a score, and the power of two that was taken out of it. Without
// fused multiply-add, where the adders are busier here, power is the number whose low bits Series
// makes it of.
struct Reduced {
  f32x4 r, power;
};
class Reduce {
 public:
  explicit Reduce(const Exp& e)
      : steps_(splat(e.steps)),
        minus_head_(splat(e.minus_head)),
        minus_rest_(splat(e.minus_rest)) {}

  // r is in units of t here: at temperatures other than 1 it is still to be multiplied by 1/t.
  Reduced operator()(f32x4 x, f32x4 rounder, f32x4 lowest) const {
    const f32x4 above = max(x, lowest), shifted = madd(above, steps_, rounder);
    const f32x4 n = shifted - rounder;
    return {madd(n, minus_rest_, madd(n, minus_head_, above)),
            kFused ? shift_to_exponent(shifted) : shifted};
  }

 private:
  f32x4 steps_, minus_head_, minus_rest_;
};

// The second step. The coefficients of s are minimax for the relative error of exp on
// |r| <= ln2 / 2: 0.05 of 2⁻²⁴, below the rounding of the arithmetic. Two halves side by side, as a
// chain of multiply-adds is slower than its operations (Estrin 1960).
class Series {
 public:
  f32x4 operator()(Reduced x) const {
    const f32x4 r = x.r, rr = r * r, power = kFused ? x.power : shift_to_exponent(x.power);
    const f32x4 s = madd(madd(c6_, rr, madd(c5_, r, c4_)), rr, madd(c3_, r, c2_));
    return madd(madd(s, rr, r), power, power);
  }

 private:
  f32x4 c2_ = held(0.4999999343212929f), c3_ = held(0.1666652039904253f),
        c4_ = held(0.041668390783547914f), c5_ = held(0.008368745108942591f),
        c6_ = held(0.0013814540176801306f);
};

// exp(x), x <= 88.
inline f32x4 exp(f32x4 x) {
  const Exp e;
  return Series()(Reduce(e)(x, Exp::rounder(splat(0)), e.lowest(splat(0))));
}

// exp(x) in double; 0 under -700, infinite above 700.
//   within  2⁻⁴³ relative; exp(NaN) is NaN
[[gnu::noinline]] inline double exp(double x) {
  if (x < -700) return 0;
  if (x > 700) return __builtin_inf();
  constexpr double kRound = 0x1.8p52;
  const double n = (x / kLn2 + kRound) - kRound, r = x - n * kLn2;
  double series = 1;
  // Taylor, |r| <= 0.35; a division in the chain would cost as much as five of its steps.
  static constexpr double kInverse[] = {0,        1,        1.0 / 2, 1.0 / 3, 1.0 / 4,
                                        1.0 / 5,  1.0 / 6,  1.0 / 7, 1.0 / 8, 1.0 / 9,
                                        1.0 / 10, 1.0 / 11, 1.0 / 12};
  for (int k = 12; k >= 1; --k) series = 1 + series * (r * kInverse[k]);
  return x == x ? series * power_of_two(static_cast<int>(n)) : x;
}

// log(x), in the arrangement of fdlibm (Ng 1993): with x = f 2^n, d = f - 1 and s = d/(2 + d), log
// f is d - (d²/2 - s (d²/2 + R(s²))), whose largest terms round nothing.
//   in      x      [2⁻¹²⁶, inf]; inf counts as 2¹²⁸, what is under 2⁻¹²⁶ as 2⁻¹²⁷ or so
//   within  1 ulp
inline f32x4 log(f32x4 x) {
  f32x4 n;
  const f32x4 d = split(x, &n) - splat(1), s = d / (splat(2) + d), z = s * s;
  f32x4 series = madd(z, splat(2.0f / 9), splat(2.0f / 7));
  series = madd(z, series, splat(2.0f / 5));
  series = z * madd(z, series, splat(2.0f / 3));
  const f32x4 half_square = splat(0.5f) * d * d, low = splat(0x1.2FEFA4p-17f);
  const f32x4 small = madd(s, half_square + series, n * low);
  return madd(n, splat(0x1.62E3p-1f), d - (half_square - small));  // ln 2; this product is exact
}

// log(y) for y > 0, given y - 1, by the series of atanh(z) in z = (f - 1)/(f + 1), |z| <= 0.172,
// where y = f 2^n.
//   within  2⁻⁴⁰ relative; inf at inf, -inf at 0 and under it, NaN at NaN
[[gnu::noinline]] inline double log(double y, double less_one) {
  if (!(y < __builtin_inf())) return y;
  if (!(y > 0)) return -__builtin_inf();
  constexpr int64_t kRootHalf = 0x3FE6A09E667F3BCD;  // the bits of sqrt(1/2)
  const int64_t bits = __builtin_bit_cast(int64_t, y) - kRootHalf;
  const auto n = static_cast<int>(bits >> 52);
  const double f = __builtin_bit_cast(double, (bits & 0xFFFFFFFFFFFFF) + kRootHalf);
  const double z = n == 0 ? less_one / (2 + less_one) : (f - 1) / (f + 1), zz = z * z;
  // As in Series: a chain of eight would take longer than all the rest.
  const double z4 = zz * zz;
  const double low = (1 + zz * (1.0 / 3)) + z4 * (1.0 / 5 + zz * (1.0 / 7));
  const double high = (1.0 / 9 + zz * (1.0 / 11)) + z4 * (1.0 / 13 + zz * (1.0 / 15));
  return n * kLn2 + 2 * z * (low + z4 * z4 * high);
}
inline double log(double x) { return log(x, x - 1); }
inline double log1p(double x) { return log(1 + x, x); }

}  // namespace sm
