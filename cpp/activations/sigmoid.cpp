#include "activations.h"
#include "core/plain_exp.h"
#include "simd/special.h"

namespace sm {

namespace {

// With e = exp(-|x|) <= 1 nothing overflows and the tail under 0 keeps its digits. The other side
// is 1 minus it, so that sigmoid(x) + sigmoid(-x) is 1 but for one rounding.
class Sigmoid {
 public:
  f32x4 operator()(f32x4 x) const {
    const f32x4 e = exp_(minus_abs(x));
    const f32x4 below = e / (one_ + e);
    return select_lt(x, splat(0), below, one_ - below);
  }

 private:
  PlainExp exp_;
  f32x4 one_ = held(1);
};

}  // namespace

void sigmoid(float* y, const float* x, size_t n) { map_long(y, n, Sigmoid(), x); }

void sigmoid_vjp(float* dx, const float* y, const float* dy, size_t n) {
  const f32x4 one = held(1);
  map_long(
      dx, n, [=](f32x4 p, f32x4 g) { return g * (p * (one - p)); }, y, dy);
}

// softplus(x), or with sign -1 log_sigmoid(x), which is -softplus(-x).
static void signed_softplus(float* y, const float* x, size_t n, float sign) {
  const auto f = [exp = PlainExp(), log1p = Log1p(), s = splat(sign)](f32x4 v) {
    const f32x4 z = v * s;
    return (max(z, splat(0)) + log1p(exp(minus_abs(z)))) * s;
  };
  map_long(y, n, f, x);
}

static void signed_softplus_vjp(float* dx, const float* x, const float* dy, size_t n, float sign) {
  const auto f = [sigmoid = Sigmoid(), s = splat(sign)](f32x4 v, f32x4 g) {
    return g * sigmoid(v * s);
  };
  map_long(dx, n, f, x, dy);
}

void log_sigmoid(float* y, const float* x, size_t n) { signed_softplus(y, x, n, -1); }
void softplus(float* y, const float* x, size_t n) { signed_softplus(y, x, n, 1); }

void log_sigmoid_vjp(float* dx, const float* x, const float* dy, size_t n) {
  signed_softplus_vjp(dx, x, dy, n, -1);
}
void softplus_vjp(float* dx, const float* x, const float* dy, size_t n) {
  signed_softplus_vjp(dx, x, dy, n, 1);
}

}  // namespace sm
