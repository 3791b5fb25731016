#include <catch2/catch.hpp>

#include "activations.h"
#include "oracle/activations.h"
#include "support/activate.h"

namespace {

Activation leaky(float slope) {
  return [=](float* y, const float* x, size_t n) { sm::leaky_relu(y, x, n, slope); };
}
ActivationVjp leaky_vjp(float slope) {
  return [=](float* dx, const float* x, const float* dy, size_t n) {
    sm::leaky_relu_vjp(dx, x, dy, n, slope);
  };
}
float one(const Activation& f, float x) { return activated(f, {x})[0]; }
float one(const ActivationVjp& f, float x, float dy) { return activated(f, {x}, {dy})[0]; }

}  // namespace

TEST_CASE("tanh is the oracle's at floats of all sizes", "[activations][accuracy]") {
  CHECK(errors_of(sm::tanh, oracle::tanh).max <= 2);
}

TEST_CASE("tanh is odd, at most 1, and keeps small numbers", "[activations]") {
  const std::vector<float> x = floats_of_all_sizes(), y = activated(sm::tanh, x);
  bool odd = true, bounded = true;
  const size_t half = (x.size() - 2) / 2;
  for (size_t i = 2; i < 2 + half; ++i) {
    odd &= y[i] == -y[i + half];
    bounded &= y[i] <= 1;
  }
  CHECK(odd);
  CHECK(bounded);
  CHECK(one(sm::tanh, 1e-20f) == 1e-20f);
  CHECK(one(sm::tanh, kInf) == 1);
  CHECK(one(sm::tanh, -kInf) == -1);
  CHECK(one(sm::tanh, 30) == 1);
}

TEST_CASE("relu and leaky_relu are the oracle's", "[activations][accuracy]") {
  CHECK(errors_of(sm::relu, oracle::relu).max == 0);
  for (const float slope : {0.01f, 0.0f, 1.0f, -0.5f, 3.0f}) {
    INFO("slope " << slope);
    const double own = slope;
    const auto f = [=](double x) {
      return std::isinf(x) && own == 0 ? std::fmax(x, 0) : oracle::leaky_relu(x, own);
    };
    CHECK(errors_of(leaky(slope), f).max <= 0.5);
  }
  CHECK(one(sm::relu, -kInf) == 0);
  CHECK(one(leaky(0), -kInf) == 0);
  CHECK(one(leaky(0.01f), -kInf) == -kInf);
}

TEST_CASE("tanh and its like give the same bits wherever the numbers lie", "[activations]") {
  for (size_t n = 0; n <= 70; ++n) {
    const std::vector<float> x = scores(1, n).x, dy = scores(1, n, 1, 0, 3).x;
    for (const Activation& f : {Activation(sm::tanh), Activation(sm::relu), leaky(0.01f)}) {
      const std::vector<float> y = activated(f, x);
      for (size_t i = 0; i < n; ++i) CHECK(bits_of(y[i]) == bits_of(one(f, x[i])));
    }
    activated(sm::tanh_vjp, x, dy);
    activated(sm::relu_vjp, x, dy);
    activated(leaky_vjp(0.01f), x, dy);
  }
}

TEST_CASE("tanh_vjp is the gradient, from the result", "[activations][gradient][accuracy]") {
  check_derivative(oracle::tanh, [](double x) { return oracle::tanh_slope(oracle::tanh(x)); });
  Errors errors;
  for (const float y : floats_between(-1, 1, 1000003)) {
    const double exact = double{kArriving} * oracle::tanh_slope(y);
    float dx;
    sm::tanh_vjp(&dx, &y, &kArriving, 1);
    errors.add(dx, exact, activation_ulp(exact), "");
  }
  INFO(errors.where);
  CHECK(errors.max <= 2.5);
}

TEST_CASE("relu_vjp and leaky_relu_vjp are the gradients", "[activations][gradient]") {
  CHECK(errors_of_vjp(sm::relu_vjp, oracle::relu_slope).max == 0);
  for (const float slope : {0.01f, 0.0f, -0.5f}) {
    const auto exact = [=](double x) { return oracle::leaky_relu_slope(x, double{slope}); };
    CHECK(errors_of_vjp(leaky_vjp(slope), exact).max <= 0.5);
  }
}

TEST_CASE("relu_vjp does not let through what arrives where the score is not above 0",
          "[activations][gradient]") {
  for (const float dy : {kNan, kInf, -kInf, 3.0f}) {
    for (const float x : {0.0f, -0.0f, -1.0f, -kInf}) {
      CHECK(one(sm::relu_vjp, x, dy) == 0);
      CHECK(one(leaky_vjp(0), x, dy) == 0);
    }
  }
  CHECK(one(sm::relu_vjp, kInf, 3) == 3);
  CHECK(std::isnan(one(sm::relu_vjp, kNan, 3)));
}

TEST_CASE("elementwise speed", "[!benchmark][activations]") {
  time("tanh", sm::tanh, sm::tanh_vjp);
  time("relu", sm::relu, sm::relu_vjp);
  time("leaky_relu", leaky(0.01f), leaky_vjp(0.01f));
}
