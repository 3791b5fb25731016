// Losses as the textbook has them, in double, one row at a time.
#pragma once

#include "oracle/maps.h"
#include "support/loss_call.h"

namespace oracle {

inline bool masked(const Row& row) {
  for (const bool keep : row.keep) {
    if (!keep) return true;
  }
  return false;
}

// Whether every entry is masked or -inf.
inline bool is_empty(const Row& row) { return largest(row) == -INFINITY && !has_nan(row); }

// p_i or log p_i; of a row that is empty nothing is probable.
inline Values probabilities(const Row& row) {
  return is_empty(row) ? Values(row.size(), 0) : softmax(row);
}
inline Values log_probabilities(const Row& row) {
  return is_empty(row) ? Values(row.size(), -INFINITY) : log_softmax(row);
}

// sum_i v_i l_i, where a factor of 0 makes its term 0.
inline double weighted(const Values& v, const Values& l) {
  long double sum = 0;
  for (size_t i = 0; i < v.size(); ++i) sum += v[i] == 0 ? 0 : v[i] * l[i];
  return static_cast<double>(sum);
}

// The gradient of sum_c v_c l_c, with 1 - p_i as the sum of the others.
inline Values pull(const Row& row, const Values& v) {
  const Values p = probabilities(row);
  Values dx(row.size());
  for (size_t i = 0; i < row.size(); ++i) {
    long double other_v = 0, other_p = 0;
    for (size_t c = 0; c < row.size(); ++c) {
      if (c == i) continue;
      other_v += v[c];
      other_p += p[c];
    }
    dx[i] = !row.keep[i] ? 0 : static_cast<double>(p[i] * other_v - v[i] * other_p) / row.t;
  }
  return dx;
}

struct CrossEntropy {
  Values weight;  // none: 1
  double smoothing = 0, z = 0;

  double weight_of(size_t c) const { return weight.empty() ? 1 : weight[c]; }
  // What multiplies l_c.
  Values factors(const Row& row, const Values& q) const {
    double classes = 0;
    for (const bool keep : row.keep) classes += keep;
    Values v(row.size());
    for (size_t c = 0; c < row.size(); ++c)
      v[c] = weight_of(c) * ((1 - smoothing) * q[c] + (row.keep[c] ? smoothing / classes : 0));
    return v;
  }
};

inline Values one_hot(size_t cols, size_t y) {
  Values q(cols, 0);
  q[y] = 1;
  return q;
}

// An edge row has one meaning for all losses: NaN, or with a mask and nothing left what the loss
// says; then the gradient is 0.
inline bool is_edge(const Row& row) { return has_nan(row) || std::isinf(largest(row)); }
inline double edge_loss(const Row& row, bool has_mask, double nothing) {
  return has_mask && is_empty(row) ? nothing : NAN;
}
inline Values edge_gradient(const Row& row, bool has_mask) {
  Values dx(row.size(), has_mask && is_empty(row) ? 0 : NAN);
  for (size_t i = 0; i < dx.size(); ++i) {
    if (!row.keep[i]) dx[i] = 0;
  }
  return dx;
}

inline double cross_entropy(const Row& row, const Values& q, const CrossEntropy& loss = {}) {
  Values l = log_probabilities(row);
  for (double& v : l) v = -v;
  const double lse = log_sum_exp(row);
  return weighted(loss.factors(row, q), l) + (loss.z > 0 ? loss.z * lse * lse : 0);
}
inline Values cross_entropy_vjp(const Row& row, const Values& q, const CrossEntropy& loss = {}) {
  Values dx = pull(row, loss.factors(row, q));
  const Values p = probabilities(row);
  for (size_t i = 0; i < dx.size() && loss.z > 0; ++i)
    dx[i] += 2 * loss.z * log_sum_exp(row) * p[i] / row.t;
  return dx;
}

// What the others have of the row: 1 - p_y without cancellation.
inline double others(const Row& row, size_t y) {
  const Values p = probabilities(row);
  long double sum = 0;
  for (size_t i = 0; i < p.size(); ++i) sum += i == y ? 0 : p[i];
  return static_cast<double>(sum);
}

inline double focal_loss(const Row& row, size_t y, double weight, double gamma) {
  const double focus = weight * std::pow(others(row, y), gamma);
  return focus == 0 ? 0 : focus * -log_probabilities(row)[y];
}

inline double binary_cross_entropy(double x, double q, double weight, double positive) {
  const auto softplus = [](double v) {
    return std::fmax(v, 0) + std::log1p(std::exp(-std::fabs(v)));
  };
  const double yes = positive * q == 0 ? 0 : positive * q * softplus(-x);
  const double no = q == 1 ? 0 : (1 - q) * softplus(x);
  return weight == 0 ? 0 : weight * (yes + no);
}

// sum a (log a - log b)
inline double divergence(const Values& a, const Values& log_a, const Values& log_b) {
  long double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += a[i] == 0 ? 0 : a[i] * (log_a[i] - log_b[i]);
  return static_cast<double>(sum);
}
// Of the row from targets q, or the other way round.
inline double kl_divergence(const Row& row, const Values& q, const Values& log_q, bool reverse) {
  const Values log_p = log_probabilities(row);
  return reverse ? divergence(probabilities(row), log_p, log_q) : divergence(q, log_q, log_p);
}

inline double entropy(const Row& row) {
  const Values p = probabilities(row), log_p = log_probabilities(row);
  long double sum = 0;
  for (size_t i = 0; i < p.size(); ++i) sum -= p[i] == 0 ? 0 : p[i] * log_p[i];
  return static_cast<double>(sum);
}

inline double policy_gradient(const Row& row, size_t a, double advantage, double bonus) {
  const double reward = advantage == 0 ? 0 : advantage * log_probabilities(row)[a];
  return -reward - bonus * entropy(row);
}

}  // namespace oracle
