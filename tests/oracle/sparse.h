// Sparse maps as their papers have them, in double: by sorting, and for any alpha by bisection.
#pragma once

#include <algorithm>
#include <functional>

#include "oracle/maps.h"

namespace oracle {

// A map that is f of the gaps of a row, and what maps.h says at the edges.
template <class F>
Values mapped(const Row& row, F f) {
  if (is_nan(row)) return Values(row.size(), NAN);
  if (is_ordinary(row)) return f(gaps(row));
  const std::vector<bool> in = sharing(row);
  Values y(row.size());
  for (size_t i = 0; i < row.size(); ++i) y[i] = in[i] ? 1 / shares(in) : 0;
  return y;
}

inline Values falling(Values z) {
  std::sort(z.begin(), z.end(), std::greater<>());
  return z;
}

// Martins and Astudillo 2016, algorithm 1.
inline Values sparsemax(const Row& row) {
  return mapped(row, [](Values z) {
    long double sum = 0, tau = 0;
    size_t k = 0;
    for (const double u : falling(z)) {
      sum += u;
      ++k;
      if (!(1 + static_cast<long double>(k) * u > sum)) break;
      tau = (sum - 1) / k;
    }
    for (double& v : z) v = std::max(static_cast<double>(v - tau), 0.0);
    return z;
  });
}

// Peters, Niculae and Martins 2019, algorithm 2.
inline Values entmax15(const Row& row) {
  return mapped(row, [](Values z) {
    long double sum = 0, squares = 0, tau = 0;
    size_t k = 0;
    for (const double u : falling(z)) {
      sum += u / 2;
      squares += static_cast<long double>(u / 2) * (u / 2);
      ++k;
      const long double mean = sum / k, spread = squares - k * mean * mean;
      const long double t = mean - std::sqrt(std::max((1 - spread) / k, 0.0L));
      if (!(t <= u / 2)) break;
      tau = t;
    }
    for (double& v : z) {
      const double r = std::max(static_cast<double>(v / 2 - tau), 0.0);
      v = r * r;
    }
    return z;
  });
}

// The gradient from the result: s = y^(2 - alpha) on the support.
inline Values sparse_vjp(const Values& y, const Values& dy, double alpha, double t) {
  const auto weight = [&](size_t i) { return y[i] == 0 ? 0 : std::pow(y[i], 2 - alpha); };
  long double along = 0, all = 0;
  for (size_t i = 0; i < y.size(); ++i) {
    if (y[i] == 0) continue;
    along += static_cast<long double>(weight(i)) * dy[i];
    all += weight(i);
  }
  Values dx(y.size());
  for (size_t i = 0; i < y.size(); ++i) {
    dx[i] = y[i] == 0 ? 0 : weight(i) * static_cast<double>(dy[i] - along / all) * slope(t);
  }
  return dx;
}

inline Values sparsemax(const Rows& in, const Call& call = {}) {
  return every([](const Row& row) { return sparsemax(row); }, in, call);
}
inline Values entmax15(const Rows& in, const Call& call = {}) {
  return every([](const Row& row) { return entmax15(row); }, in, call);
}

}  // namespace oracle
