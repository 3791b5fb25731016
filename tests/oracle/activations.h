// Activations and their derivatives as the textbook has them, in double.
#pragma once

#include <cmath>

namespace oracle {

inline double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
inline double log_sigmoid(double x) {
  return x < 0 ? x - std::log1p(std::exp(x)) : -std::log1p(std::exp(-x));
}
inline double softplus(double x) { return -log_sigmoid(-x); }
inline double tanh(double x) { return std::tanh(x); }
inline double relu(double x) { return x > 0 || std::isnan(x) ? x : 0; }
inline double leaky_relu(double x, double slope) { return x < 0 ? slope * x : x; }
inline double silu(double x) { return x == -INFINITY ? 0 : x * sigmoid(x); }

// The normal distribution and its density.
inline double normal(double x) { return 0.5 * std::erfc(-x / std::sqrt(2)); }
inline double density(double x) { return std::exp(-x * x / 2) / std::sqrt(2 * M_PI); }
inline double gelu(double x) { return x == -INFINITY ? 0 : x * normal(x); }

// 1/2 (1 + tanh(u)) is sigmoid(2 u), which keeps its digits.
inline double bent(double x) { return 2 * std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x); }
inline double bent_slope(double x) { return 2 * std::sqrt(2 / M_PI) * (1 + 3 * 0.044715 * x * x); }
inline double gelu_tanh(double x) { return x == -INFINITY ? 0 : x * sigmoid(bent(x)); }

// Derivatives: from the result y where the contract says so, else from the score.
inline double sigmoid_slope(double y) { return y * (1 - y); }
inline double tanh_slope(double y) { return (1 - y) * (1 + y); }
inline double log_sigmoid_slope(double x) { return sigmoid(-x); }
inline double softplus_slope(double x) { return sigmoid(x); }
inline double relu_slope(double x) { return std::isnan(x) ? x : x > 0; }
inline double leaky_relu_slope(double x, double slope) {
  return std::isnan(x) ? x : x > 0 ? 1 : slope;
}
// Their terms apart, since they cancel where the function is lowest.
struct Terms {
  double a, b;
  double sum() const { return a + b; }
  double size() const { return std::fabs(a) + std::fabs(b); }
};
inline Terms swish_slope(double rise, double z) {
  return {sigmoid(z), rise * sigmoid(z) * sigmoid(-z)};
}
inline Terms silu_slope(double x) {
  return std::isinf(x) ? Terms{sigmoid(x), 0} : swish_slope(x, x);
}
inline Terms gelu_slope(double x) {
  return std::isinf(x) ? Terms{normal(x), 0} : Terms{normal(x), x * density(x)};
}
inline Terms gelu_tanh_slope(double x) {
  return std::fabs(x) > 1e6 ? Terms{sigmoid(x), 0} : swish_slope(x * bent_slope(x), bent(x));
}

}  // namespace oracle
