#include "activations.h"
#include "core/plain_exp.h"
#include "simd/special.h"

namespace sm {

namespace {

// z in two floats, high + low.
struct Twofold {
  f32x4 high, low;
};

// x sigmoid(z) and its derivative.
class Swish {
 public:
  // e is exp(-|z|), or under exp(-64) exp(16) times that: it can be too small for a float where x
  // times it is not. unit takes the factor back. The low part of z counts where z < 0: the result
  // is in proportion to exp(z) there.
  struct Parts {
    f32x4 e, unit;
  };
  Parts parts(Twofold z) const {
    const f32x4 below = minus_abs(z.high);
    const f32x4 e = exp_(select_lt(below, deep_, below + sixteen_, below));
    return {madd(e, z.low, e), select_lt(z.high, deep_, tiny_, one_)};
  }

  f32x4 operator()(f32x4 x, Twofold z) const {
    const auto [e, unit] = parts(z);
    return select_lt(z.high, splat(0), x * e * unit, x) / (one_ + e);
  }

  // sigmoid(z) (1 + rise sigmoid(-z)), with rise = x dz/dx.
  f32x4 slope(f32x4 rise, Twofold z) const {
    const auto [e, unit] = parts(z);
    const f32x4 per = one_ / (one_ + e), zero = splat(0);
    const f32x4 bent = madd(select_lt(z.high, zero, rise, rise * e), per, one_);
    return select_lt(z.high, zero, e, one_) * bent * per * unit;
  }

 private:
  PlainExp exp_;
  f32x4 one_ = held(1), deep_ = held(-64), sixteen_ = held(16), tiny_ = held(1.12535175e-7f);
};

// x kept where squares and products of it are finite; NaN stays.
f32x4 clamp(f32x4 x, f32x4 limit) { return min(max(x, splat(0) - limit), limit); }

constexpr double kLinear = 1.5957691216057308, kCubic = 0.07135481627260025;  // of x and of x³

// 2 sqrt(2/pi) (x + 0.044715 x³): in double, as exp makes a relative error of an absolute one.
Twofold bent(f32x4 x) {
  float v[4], high[4], low[4];
  store(v, x);
  for (int i = 0; i < 4; ++i) {
    const double a = v[i], z = a * (kLinear + kCubic * a * a);
    high[i] = static_cast<float>(z);
    low[i] = static_cast<float>(z - high[i]);
  }
  return {load(high), load(low)};
}

// x sigmoid(z), with z = x, or bent(x). Under -limit that is 0, and above limit it is x.
void map_swish(float* y, const float* x, size_t n, bool bend) {
  const auto f = [swish = Swish(), limit = splat(bend ? 14 : 200), bend](f32x4 v) {
    const f32x4 c = clamp(v, limit);
    return swish(max(v, splat(0) - limit), bend ? bent(c) : Twofold{c, splat(0)});
  };
  map_long(y, n, f, x);
}

void map_swish_vjp(float* dx, const float* x, const float* dy, size_t n, bool bend) {
  const auto f = [swish = Swish(), limit = splat(bend ? 14 : 200),
                  linear = splat(bend ? static_cast<float>(kLinear) : 1),
                  cubic = splat(bend ? static_cast<float>(3 * kCubic) : 0),
                  bend](f32x4 v, f32x4 g) {
    const f32x4 c = clamp(v, limit);
    return g * swish.slope(c * madd(cubic, c * c, linear), bend ? bent(c) : Twofold{c, splat(0)});
  };
  map_long(dx, n, f, x, dy);
}

}  // namespace

void silu(float* y, const float* x, size_t n) { map_swish(y, x, n, false); }
void silu_vjp(float* dx, const float* x, const float* dy, size_t n) {
  map_swish_vjp(dx, x, dy, n, false);
}

void gelu(float* y, const float* x, size_t n, int form) {
  if (form == Gelu::tanh_form) return map_swish(y, x, n, true);
  const auto f = [exp = PlainExp(), tail = NormalTail(), limit = held(14), zero = held(0),
                  one = held(1)](f32x4 v) {
    const f32x4 a = min(zero - minus_abs(v), limit);
    const auto [power, mills] = tail(a, exp);
    return select_lt(v, zero, (zero - a) * power * mills, v * (one - power * mills));
  };
  map_long(y, n, f, x);
}

// phi = power / sqrt(2 pi), and Phi(x) + x phi(x) is 1 minus the same of -x.
void gelu_vjp(float* dx, const float* x, const float* dy, size_t n, int form) {
  if (form == Gelu::tanh_form) return map_swish_vjp(dx, x, dy, n, true);
  const auto f = [exp = PlainExp(), tail = NormalTail(), limit = held(14), zero = held(0),
                  one = held(1), density = held(0.3989422804f)](f32x4 v, f32x4 g) {
    const f32x4 a = min(zero - minus_abs(v), limit);
    const auto [power, mills] = tail(a, exp);
    const f32x4 below = power * (mills - a * density);
    return g * select_lt(v, zero, below, one - below);
  };
  map_long(dx, n, f, x, dy);
}

}  // namespace sm
