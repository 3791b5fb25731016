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

}  // namespace oracle
