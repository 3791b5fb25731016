// log1p, tanh and the normal distribution on f32x4, with their error bounds. Objects hold their
// constants, so that loops make them once; exp is a function of one f32x4 such as exp(x), and is
// only asked for numbers up to 0.
#pragma once

#include "simd/elementary.h"

namespace sm {

inline f32x4 minus_abs(f32x4 x) { return min(x, splat(0) - x); }

// log(1 + e) for -0.3 <= e <= 1, by the series of atanh:
//
//   z = e / (2 + e),   log(1 + e) = 2 z + z³ p(z²)
//
// p is minimax for the relative error: 0.08 of 2⁻²⁴.
//   within  2 ulp
class Log1p {
 public:
  f32x4 operator()(f32x4 e) const {
    const f32x4 z = e / (two_ + e), w = z * z;
    const f32x4 p = madd(madd(madd(c3_, w, c2_), w, c1_), w, c0_);
    return madd(z * w, p, z + z);
  }

 private:
  f32x4 two_ = held(2), c0_ = held(0.666664161f), c1_ = held(0.400215382f),
        c2_ = held(0.280016282f), c3_ = held(0.280128409f);
};

// tanh(x): 1 - 2 e / (1 + e) with e = exp(-2|x|), and x + x³ p(x²) where that would cancel. p is
// minimax for the relative error: 0.07 of 2⁻²⁴ up to 0.625.
//   within  2 ulp; at most 1
class Tanh {
 public:
  template <class E>
  f32x4 operator()(f32x4 x, E exp) const {
    const f32x4 zero = splat(0), below = minus_abs(x), w = x * x;
    const f32x4 e = exp(below + below), far = one_ - (e + e) / (one_ + e);
    const f32x4 p = madd(madd(madd(madd(c4_, w, c3_), w, c2_), w, c1_), w, c0_);
    const f32x4 near = madd(x * w, p, x);
    return select_lt(below, edge_, select_lt(x, zero, zero - far, far), near);
  }

 private:
  f32x4 one_ = held(1), edge_ = held(-0.625f), c0_ = held(-0.333332839f), c1_ = held(0.133314913f),
        c2_ = held(-0.0537434976f), c3_ = held(0.0206505857f), c4_ = held(-0.00571704341f);
};

// The probability that a normal number is above a >= 0, as power times mills:
//
//   power = exp(-a²/2),   mills = p((a - 5/2) / (a + 5/2)) / (a + 5/2)
//
// so that both keep their digits where the product is 0 (Shepherd and Laframboise 1981). With h the
// nearest multiple of 1/256, h² is exact, and a² = h² + (a - h)(a + h) is taken in two steps. p is
// minimax for the relative error: 0.09 of 2⁻²⁴ up to 14, where power is 0.
//   within  3 ulp in power, 4.5 ulp in mills
class NormalTail {
 public:
  struct Parts {
    f32x4 power, mills;
  };

  template <class E>
  Parts operator()(f32x4 a, E exp) const {
    const f32x4 h = (a + round_) - round_, d = (a - h) * (a + h) * half_;
    const f32x4 coarse = exp((splat(0) - h) * (h * half_));
    const f32x4 s = d * (d * (half_ - d * sixth_) - one_);  // exp(-d) - 1
    const f32x4 t = one_ / (a + middle_), q = (a - middle_) * t;
    f32x4 p = madd(c_[10], q, c_[9]);
    for (int k = 8; k >= 0; --k) p = madd(p, q, c_[k]);
    return {madd(coarse, s, coarse), p * t};
  }

 private:
  f32x4 round_ = held(0x1.8p15f), half_ = held(0.5f), sixth_ = held(1 / 6.0f), one_ = held(1),
        middle_ = held(2.5f);
  f32x4 c_[11] = {held(0.70665666f),      held(-0.433692115f),   held(0.13198699f),
                  held(0.00923839089f),   held(-0.0163858639f),  held(-0.00161747401f),
                  held(0.0025180732f),    held(0.000725728872f), held(-0.000288924248f),
                  held(-0.000192414118f), held(-2.48123011e-5f)};
};

}  // namespace sm
