// Narrow formats as their standards define them, in double.
#pragma once

#include <cmath>
#include <cstdint>

namespace oracle {

// A binary floating point format of 16 bits: sign, exponent, fraction.
struct Half {
  int fraction_bits, bias;

  int exponents() const { return 2 * bias + 1; }  // the exponent of inf and NaN
  double largest() const { return std::ldexp(2 - std::ldexp(1, -fraction_bits), bias); }

  double value(uint16_t pattern) const {
    const int fraction = pattern & ((1 << fraction_bits) - 1);
    const int exponent = (pattern & 0x7FFF) >> fraction_bits;
    const double sign = pattern & 0x8000 ? -1 : 1;
    if (exponent == exponents()) return fraction == 0 ? sign * INFINITY : NAN;
    if (exponent == 0) return sign * std::ldexp(fraction, 1 - bias - fraction_bits);
    return sign * std::ldexp((1 << fraction_bits) + fraction, exponent - bias - fraction_bits);
  }

  // The value of this format nearest to v, of two the even one.
  double nearest(double v) const {
    if (v == 0 || !std::isfinite(v)) return v;
    const int exponent = std::ilogb(v) < 1 - bias ? 1 - bias : std::ilogb(v);
    const double unit = std::ldexp(1, exponent - fraction_bits);
    const double rounded = std::nearbyint(v / unit) * unit;
    return std::fabs(rounded) > largest() ? std::copysign(INFINITY, v) : rounded;
  }
};

constexpr Half float16{10, 15}, bfloat16{7, 127};

// What a quantised number stands for.
inline double dequantised(int q, double scale, double zero) { return scale * (q - zero); }

// Probabilities in 256 steps, of which the last does not exist.
inline int steps(double p) {
  if (!(p > 0)) return 0;
  const double q = std::nearbyint(256 * p);
  return q > 255 ? 255 : static_cast<int>(q);
}

}  // namespace oracle
