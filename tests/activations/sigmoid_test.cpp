#include <catch2/catch.hpp>

#include "activations.h"
#include "maps.h"
#include "oracle/activations.h"
#include "support/activate.h"

TEST_CASE("sigmoid is the oracle's at floats of all sizes", "[activations][accuracy]") {
  CHECK(errors_of(sm::sigmoid, oracle::sigmoid).max <= 2.5);
}

TEST_CASE("log_sigmoid is the oracle's at floats of all sizes", "[activations][accuracy]") {
  CHECK(errors_of(sm::log_sigmoid, oracle::log_sigmoid).max <= 3.5);
}

TEST_CASE("softplus is the oracle's at floats of all sizes", "[activations][accuracy]") {
  CHECK(errors_of(sm::softplus, oracle::softplus).max <= 3.5);
}

TEST_CASE("sigmoid is in [0, 1], sums to 1 with that of -x, and is softmax of x and 0",
          "[activations]") {
  for (const std::vector<float>& x : {floats_of_all_sizes(), floats_between(-30, 30, 1000003)}) {
    std::vector<float> minus(x), y(x.size()), z(x.size());
    for (float& v : minus) v = -v;
    sm::sigmoid(y.data(), x.data(), x.size());
    sm::sigmoid(z.data(), minus.data(), x.size());
    bool inside = true, one = true, nan = true;
    for (size_t i = 0; i < x.size(); ++i) {
      nan &= std::isnan(x[i]) == std::isnan(y[i]);
      if (std::isnan(x[i])) continue;
      inside &= y[i] >= 0 && y[i] <= 1;
      one &= std::fabs(double{y[i]} + z[i] - 1) <= 0x1p-25;
    }
    CHECK(inside);
    CHECK(one);
    CHECK(nan);
  }
  for (const float x : floats_between(-100, 100, 20001)) {
    float pair[2] = {x, 0}, p[2], y;
    sm::softmax(p, pair, nullptr, nullptr, 1, 2, 1, 0);
    sm::sigmoid(&y, &x, 1);
    INFO("at " << spell(x));
    CHECK(std::fabs(double{p[0]} - y) <= 6 * activation_ulp(y));
  }
}

TEST_CASE("sigmoid and its like keep their tails", "[activations]") {
  const auto one = [](const Activation& f, float x) { return activated(f, {x})[0]; };
  CHECK(one(sm::log_sigmoid, -100) == -100);
  CHECK(one(sm::softplus, 100) == 100);
  CHECK(one(sm::sigmoid, -80) == Approx(1.8048513878454153e-35).epsilon(2e-7));
  CHECK(one(sm::softplus, -80) == Approx(1.8048513878454153e-35).epsilon(2e-7));
  CHECK(one(sm::log_sigmoid, 80) == Approx(-1.8048513878454153e-35).epsilon(2e-7));
  CHECK(one(sm::sigmoid, 0) == 0.5f);
  CHECK(one(sm::sigmoid, kInf) == 1);
  CHECK(one(sm::sigmoid, -kInf) == 0);
  CHECK(one(sm::log_sigmoid, kInf) == 0);
  CHECK(one(sm::log_sigmoid, -kInf) == -kInf);
  CHECK(one(sm::softplus, kInf) == kInf);
  CHECK(one(sm::softplus, -kInf) == 0);
}

TEST_CASE("sigmoid and its like never fall", "[activations]") {
  // Neighbours may be swapped by the rounding of exp: then by one unit in the last place.
  const std::vector<float> x = floats_between(-104, 104, 1000003);
  for (const Activation& f :
       {Activation(sm::sigmoid), Activation(sm::log_sigmoid), Activation(sm::softplus)}) {
    std::vector<float> y(x.size());
    f(y.data(), x.data(), x.size());
    bool rising = true;
    for (size_t i = 1; i < y.size(); ++i) rising &= y[i] >= y[i - 1] - 2 * activation_ulp(y[i]);
    CHECK(rising);
  }
}

TEST_CASE("sigmoid and its like give the same bits wherever the numbers lie", "[activations]") {
  for (size_t n = 0; n <= 70; ++n) {
    const std::vector<float> x = scores(1, n, 20).x, dy = scores(1, n, 1, 0, 3).x;
    for (const Activation& f :
         {Activation(sm::sigmoid), Activation(sm::log_sigmoid), Activation(sm::softplus)}) {
      const std::vector<float> y = activated(f, x);
      for (size_t i = 0; i < n; ++i) CHECK(bits_of(y[i]) == bits_of(activated(f, {x[i]})[0]));
    }
    activated(sm::sigmoid_vjp, x, dy);
    activated(sm::log_sigmoid_vjp, x, dy);
    activated(sm::softplus_vjp, x, dy);
  }
}

TEST_CASE("sigmoid_vjp is the gradient, from the result", "[activations][gradient][accuracy]") {
  check_derivative(oracle::sigmoid,
                   [](double x) { return oracle::sigmoid_slope(oracle::sigmoid(x)); });
  Errors errors;
  for (const float y : floats_between(0, 1, 1000003)) {
    const double exact = double{kArriving} * oracle::sigmoid_slope(y);
    float dx;
    sm::sigmoid_vjp(&dx, &y, &kArriving, 1);
    errors.add(dx, exact, activation_ulp(exact), "");
  }
  INFO(errors.where);
  CHECK(errors.max <= 2);
}

TEST_CASE("log_sigmoid_vjp is the gradient", "[activations][gradient][accuracy]") {
  check_derivative(oracle::log_sigmoid, oracle::log_sigmoid_slope);
  CHECK(errors_of_vjp(sm::log_sigmoid_vjp, oracle::log_sigmoid_slope).max <= 3);
}

TEST_CASE("softplus_vjp is the gradient", "[activations][gradient][accuracy]") {
  check_derivative(oracle::softplus, oracle::softplus_slope);
  CHECK(errors_of_vjp(sm::softplus_vjp, oracle::softplus_slope).max <= 3);
}

TEST_CASE("sigmoid speed", "[!benchmark][activations]") {
  time("sigmoid", sm::sigmoid, sm::sigmoid_vjp);
  time("log_sigmoid", sm::log_sigmoid, sm::log_sigmoid_vjp);
  time("softplus", sm::softplus, sm::softplus_vjp);
}
