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

// Peters, Niculae and Martins 2019, by bisection on tau; y is normalised, so that alphas at which
// it is infinitely steep in tau lose nothing.
inline Values entmax(const Row& row, double alpha) {
  if (alpha == 1) return softmax(row);
  return mapped(row, [=](Values z) {
    const double q = 1 / (alpha - 1), n = static_cast<double>(z.size());
    const double equal = -std::pow(n, 1 - alpha);
    double low = std::min(-1.0, equal), high = std::max(-1.0, equal);
    const auto y = [&](double v, double tau) {
      const double r = (alpha - 1) * v - tau;
      return r > 0 && v > -INFINITY ? std::pow(r, q) : 0;
    };
    const auto total = [&](double tau) {
      long double sum = 0;
      for (const double v : z) sum += y(v, tau);
      return sum;
    };
    for (int i = 0; i < 80; ++i) {
      const double tau = (low + high) / 2;
      if (tau == low || tau == high) break;
      ((total(tau) > 1) == (alpha > 1) ? low : high) = tau;
    }
    const double tau = alpha > 1 ? low : high;
    const long double sum = total(tau);
    for (double& v : z) v = static_cast<double>(y(v, tau) / sum);
    return z;
  });
}

// The gradient in alpha, from the result: Correia, Niculae and Martins 2019, and its limit at 1.
inline double entmax_alpha_vjp(const Values& y, const Values& dy, double alpha) {
  const long double e = static_cast<long double>(alpha) - 1;
  long double sum_s = 0, sum_h = 0, sum_w = 0, d = 0;
  const auto l = [&](size_t i) { return std::log(static_cast<long double>(y[i])); };
  for (size_t i = 0; i < y.size(); ++i) {
    if (y[i] == 0) continue;
    sum_s += std::pow(static_cast<long double>(y[i]), 1 - e);
    sum_h += y[i] * l(i);
    sum_w += y[i] * l(i) * l(i) / 2;
  }
  for (size_t i = 0; i < y.size(); ++i) {
    if (y[i] == 0) continue;
    const long double s = std::pow(static_cast<long double>(y[i]), 1 - e) / sum_s;
    d += dy[i] * (e == 0 ? y[i] * (sum_w - l(i) * l(i) / 2)
                         : (y[i] - s) / (e * e) - (y[i] * l(i) - s * sum_h) / e);
  }
  return static_cast<double>(d);
}

// max, log-sum-exp, entropy, margin, support.
inline Values row_stats(const Row& row) {
  if (has_nan(row)) return Values(5, NAN);
  Values kept;
  for (size_t i = 0; i < row.size(); ++i) {
    if (row.keep[i] && row.x[i] > -INFINITY) kept.push_back(row.x[i]);
  }
  if (kept.empty()) return {-INFINITY, -INFINITY, 0, 0, 0};
  kept = falling(kept);
  const double margin = kept.size() == 1 ? INFINITY : kept[0] == kept[1] ? 0 : kept[0] - kept[1];
  long double entropy = 0;
  for (const double y : softmax(row)) entropy -= y == 0 ? 0 : y * std::log(y);
  const double log_sum = log_sum_exp(row);
  return {kept[0], log_sum, static_cast<double>(entropy), margin, static_cast<double>(kept.size())};
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
