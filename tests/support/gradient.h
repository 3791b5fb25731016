// A vjp against central differences of the oracle.
#pragma once

#include <vector>

// The gradient of sum_i dy_i f_i(x) by central differences in double: good to about 10⁻⁸ of sum
// |dy| for smooth f.
template <class F>
std::vector<double> central_differences(F f, std::vector<double> x, const std::vector<double>& dy) {
  constexpr double kStep = 1e-4;
  const auto weighted = [&] {
    const std::vector<double> y = f(x);
    double sum = 0;
    for (size_t i = 0; i < y.size(); ++i) sum += dy[i] * y[i];
    return sum;
  };
  std::vector<double> dx(x.size());
  for (size_t j = 0; j < x.size(); ++j) {
    const double at = x[j];
    x[j] = at + kStep;
    const double above = weighted();
    x[j] = at - kStep;
    const double below = weighted();
    x[j] = at;
    dx[j] = (above - below) / (2 * kStep);
    if (dx[j] == 0) dx[j] = 5e-324;  // a difference that rounds to 0 is no promise of an exact 0
  }
  return dx;
}
