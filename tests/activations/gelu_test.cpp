#include <catch2/catch.hpp>

#include "activations.h"
#include "oracle/activations.h"
#include "support/activate.h"

namespace {

Activation gelu(int form) {
  return [=](float* y, const float* x, size_t n) { sm::gelu(y, x, n, form); };
}
ActivationVjp gelu_vjp(int form) {
  return [=](float* dx, const float* x, const float* dy, size_t n) {
    sm::gelu_vjp(dx, x, dy, n, form);
  };
}
float one(const Activation& f, float x) { return activated(f, {x})[0]; }
float one(const ActivationVjp& f, float x) { return activated(f, {x}, {1})[0]; }

// A gradient of two terms that cancel, in 2⁻²⁴ of their sizes; the derivative may be flushed to 0.
template <class F>
Errors errors_of_terms(const ActivationVjp& vjp, F slope) {
  const double dy = kArriving;
  return errors_of(
      arriving(vjp), [=](double x) { return dy * slope(x).sum(); },
      [=](double x) { return std::fabs(dy) * (kU * slope(x).size() + 0x1p-126); });
}

}  // namespace

TEST_CASE("silu is the oracle's at floats of all sizes", "[activations][accuracy]") {
  CHECK(errors_of(sm::silu, oracle::silu).max <= 4);
}

TEST_CASE("gelu is the oracle's at floats of all sizes", "[activations][accuracy]") {
  CHECK(errors_of(gelu(sm::erf_form), oracle::gelu).max <= 6);
}

TEST_CASE("gelu by tanh is the oracle's at floats of all sizes", "[activations][accuracy]") {
  CHECK(errors_of(gelu(sm::tanh_form), oracle::gelu_tanh).max <= 4);
}

TEST_CASE("silu and gelu keep their tails and have their limits", "[activations]") {
  CHECK(one(sm::silu, -88.5f) == Approx(oracle::silu(-88.5)).epsilon(3e-7));
  CHECK(one(gelu(sm::erf_form), -8) == Approx(-8 * 6.220960574271785e-16).epsilon(3e-7));
  CHECK(one(gelu(sm::erf_form), -12.5f) == Approx(oracle::gelu(-12.5)).epsilon(3e-7));
  CHECK(one(gelu(sm::tanh_form), -9) == Approx(oracle::gelu_tanh(-9)).epsilon(3e-7));
  for (const Activation& f : {Activation(sm::silu), gelu(sm::erf_form), gelu(sm::tanh_form)}) {
    CHECK(one(f, kInf) == kInf);
    CHECK(one(f, -kInf) == 0);
    CHECK(one(f, kLargest) == kLargest);
    CHECK(one(f, 0) == 0);
    CHECK(std::isnan(one(f, kNan)));
  }
}

TEST_CASE("silu and gelu give the same bits wherever the numbers lie", "[activations]") {
  for (size_t n = 0; n <= 70; ++n) {
    const std::vector<float> x = scores(1, n).x, dy = scores(1, n, 1, 0, 3).x;
    for (const Activation& f : {Activation(sm::silu), gelu(sm::erf_form), gelu(sm::tanh_form)}) {
      const std::vector<float> y = activated(f, x);
      for (size_t i = 0; i < n; ++i) CHECK(bits_of(y[i]) == bits_of(one(f, x[i])));
    }
    activated(sm::silu_vjp, x, dy);
    activated(gelu_vjp(sm::erf_form), x, dy);
    activated(gelu_vjp(sm::tanh_form), x, dy);
  }
}

TEST_CASE("silu_vjp is the gradient", "[activations][gradient][accuracy]") {
  check_derivative(oracle::silu, [](double x) { return oracle::silu_slope(x).sum(); });
  CHECK(errors_of_terms(sm::silu_vjp, oracle::silu_slope).max <= 6);
}

TEST_CASE("gelu_vjp is the gradient", "[activations][gradient][accuracy]") {
  check_derivative(oracle::gelu, [](double x) { return oracle::gelu_slope(x).sum(); });
  CHECK(errors_of_terms(gelu_vjp(sm::erf_form), oracle::gelu_slope).max <= 6);
}

TEST_CASE("gelu_vjp by tanh is the gradient", "[activations][gradient][accuracy]") {
  check_derivative(oracle::gelu_tanh, [](double x) { return oracle::gelu_tanh_slope(x).sum(); });
  CHECK(errors_of_terms(gelu_vjp(sm::tanh_form), oracle::gelu_tanh_slope).max <= 7);
}

TEST_CASE("the gradients of silu and gelu have their limits", "[activations][gradient]") {
  for (const ActivationVjp& f :
       {ActivationVjp(sm::silu_vjp), gelu_vjp(sm::erf_form), gelu_vjp(sm::tanh_form)}) {
    CHECK(one(f, kInf) == 1);
    CHECK(one(f, kLargest) == 1);
    CHECK(one(f, -kInf) == 0);
    CHECK(one(f, -kLargest) == 0);
    CHECK(one(f, 0) == 0.5f);
    CHECK(std::isnan(one(f, kNan)));
  }
}

TEST_CASE("gelu speed", "[!benchmark][activations]") {
  time("silu", sm::silu, sm::silu_vjp);
  time("gelu", gelu(sm::erf_form), gelu_vjp(sm::erf_form));
  time("gelu by tanh", gelu(sm::tanh_form), gelu_vjp(sm::tanh_form));
}
