// Maps as the textbook has them, in double. One row at a time, and the table of edge rows in maps.h
// line by line.
#pragma once

#include <cmath>
#include <vector>

#include "shapes.h"
#include "support/call.h"

namespace oracle {

using Values = std::vector<double>;

struct Row {
  Values x;
  std::vector<bool> keep;
  double t = 1;
  int rules = 0;

  size_t size() const { return x.size(); }
};

// Row r of a call.
inline Row row_of(const Rows& in, size_t r, const Call& call) {
  Row row;
  for (size_t c = 0; c < in.cols; ++c) {
    row.x.push_back(in.x[r * in.cols + c]);
    row.keep.push_back(call.keeps(r, c, in.cols));
  }
  const double t = call.t_of(r);
  row.t = t > 0 && t < 0x1p-126 ? 0x1p-126 : t;
  row.rules = call.rules;
  return row;
}

inline double largest(const Row& row) {
  double top = -INFINITY;
  for (size_t i = 0; i < row.size(); ++i) {
    if (row.keep[i] && row.x[i] > top) top = row.x[i];
  }
  return top;
}

inline bool has_nan(const Row& row) {
  for (size_t i = 0; i < row.size(); ++i) {
    if (row.keep[i] && std::isnan(row.x[i])) return true;
  }
  return false;
}

// Whether the row is NaN by its rules.
inline bool is_nan(const Row& row) {
  if (has_nan(row)) return true;
  if (largest(row) == -INFINITY) return !(row.rules & (sm::empty_zero | sm::empty_uniform));
  return largest(row) == INFINITY && !(row.rules & sm::infinite_limit);
}

// Whether exp has the answer: otherwise entries share evenly.
inline bool is_ordinary(const Row& row) {
  return !has_nan(row) && std::isfinite(largest(row)) && row.t > 0 && std::isfinite(row.t);
}

// Which entries of a row that is not ordinary share its mass evenly.
inline std::vector<bool> sharing(const Row& row) {
  const double top = largest(row);
  std::vector<bool> in(row.size(), false);
  if (top == -INFINITY) {
    if (row.rules & sm::empty_zero) return in;
    bool none_kept = true;
    for (const bool keep : row.keep) none_kept = none_kept && !keep;
    for (size_t i = 0; i < row.size(); ++i) in[i] = row.keep[i] || none_kept;
    return in;
  }
  for (size_t i = 0; i < row.size(); ++i) {
    if (!row.keep[i]) continue;
    if (top < INFINITY && std::isinf(row.t)) {
      in[i] = row.x[i] > -INFINITY;
    } else {
      in[i] = row.x[i] == top;
      if (in[i] && top < INFINITY && row.t == 0 && !(row.rules & sm::tie_split))
        return in;  // the first takes all
    }
  }
  return in;
}

inline double shares(const std::vector<bool>& in) {
  double n = 0;
  for (const bool shares : in) n += shares;
  return n;
}

// (x_i - max) / t, -inf where entry i is masked.
inline double gap(const Row& row, size_t i) {
  return row.keep[i] ? (row.x[i] - largest(row)) / row.t : -INFINITY;
}

inline Values gaps(const Row& row) {
  const double top = largest(row);
  Values z(row.size());
  for (size_t i = 0; i < row.size(); ++i) z[i] = row.keep[i] ? (row.x[i] - top) / row.t : -INFINITY;
  return z;
}

// log sum exp((x - max) / t), as log1p of all but one largest entry: exact where these are few and
// small.
inline double log_total(const Values& gaps) {
  long double rest = 0;
  bool left_out = false;
  for (const double z : gaps) {
    if (z == 0 && !left_out) {
      left_out = true;
    } else {
      rest += std::exp(z);
    }
  }
  return static_cast<double>(std::log1p(rest));
}

inline Values softmax(const Row& row) {
  Values y(row.size());
  if (is_nan(row)) return Values(row.size(), NAN);
  if (!is_ordinary(row)) {
    const std::vector<bool> in = sharing(row);
    for (size_t i = 0; i < row.size(); ++i) y[i] = in[i] ? 1 / shares(in) : 0;
    return y;
  }
  const Values z = gaps(row);
  long double total = 0;
  for (const double v : z) total += std::exp(v);
  for (size_t i = 0; i < row.size(); ++i) y[i] = static_cast<double>(std::exp(z[i]) / total);
  return y;
}

inline Values log_softmax(const Row& row) {
  Values y(row.size());
  if (is_nan(row)) return Values(row.size(), NAN);
  if (!is_ordinary(row)) {
    const std::vector<bool> in = sharing(row);
    for (size_t i = 0; i < row.size(); ++i) y[i] = in[i] ? -std::log(shares(in)) : -INFINITY;
    return y;
  }
  const Values z = gaps(row);
  const double log_sum = log_total(z);
  for (size_t i = 0; i < row.size(); ++i) y[i] = z[i] - log_sum;
  return y;
}

inline double log_sum_exp(const Row& row) {
  const double top = largest(row);
  if (has_nan(row)) return NAN;
  if (std::isinf(top)) return top;
  const double peak = std::isinf(row.t) || top == 0 ? 0 : top / row.t;
  if (row.t == 0) return peak + std::log(shares(sharing({row.x, row.keep, 0, sm::tie_split})));
  if (std::isinf(row.t)) return std::log(shares(sharing(row)));
  return peak + log_total(gaps(row));
}

// Whether a row that is not NaN moves with its scores: not without a candidate, and not beside
// +inf.
inline bool moves(const Row& row) { return std::isfinite(largest(row)); }

// 1/t in a gradient: at the temperatures 0 and inf a small change of the scores changes nothing.
inline double slope(double t) { return t > 0 ? 1 / t : 0; }

inline Values softmax_vjp(const Values& y, const Values& dy, double t) {
  long double mean = 0;
  for (size_t i = 0; i < y.size(); ++i) mean += y[i] == 0 ? 0 : y[i] * dy[i];
  Values dx(y.size());
  for (size_t i = 0; i < y.size(); ++i) {
    dx[i] = y[i] == 0 ? 0 : y[i] * (dy[i] - static_cast<double>(mean)) * slope(t);
  }
  return dx;
}

inline Values log_softmax_vjp(const Values& y, const Values& dy, double t) {
  long double sum = 0;
  for (size_t i = 0; i < y.size(); ++i) sum += y[i] == -INFINITY ? 0 : dy[i];
  Values dx(y.size());
  for (size_t i = 0; i < y.size(); ++i) {
    dx[i] = y[i] == -INFINITY ? 0 : (dy[i] - std::exp(y[i]) * static_cast<double>(sum)) * slope(t);
  }
  return dx;
}

inline Values log_sum_exp_vjp(const Values& y, double dlse, double t) {
  Values dx(y.size());
  for (size_t i = 0; i < y.size(); ++i) dx[i] = y[i] == 0 ? 0 : y[i] * dlse * slope(t);
  return dx;
}

// All rows of a call.
template <class F>
Values every(F map, const Rows& in, const Call& call) {
  Values all;
  for (size_t r = 0; r < in.rows; ++r) {
    const Values y = map(row_of(in, r, call));
    all.insert(all.end(), y.begin(), y.end());
  }
  return all;
}
inline Values softmax(const Rows& in, const Call& call = {}) {
  return every([](const Row& row) { return softmax(row); }, in, call);
}
inline Values log_softmax(const Rows& in, const Call& call = {}) {
  return every([](const Row& row) { return log_softmax(row); }, in, call);
}
inline Values log_sum_exp(const Rows& in, const Call& call = {}) {
  return every([](const Row& row) { return Values{log_sum_exp(row)}; }, in, call);
}

// The noise is added in floats.
inline Values gumbel_softmax(const Rows& in, const std::vector<float>& noise, const Call& call) {
  Rows noisy = in;
  for (size_t i = 0; i < noise.size(); ++i) noisy.x[i] = in.x[i] + noise[i];
  if (!(call.rules & sm::hard)) return softmax(noisy, call);
  Call draw = call;
  draw.t = {0};
  draw.rules &= ~sm::hard;
  return softmax(noisy, draw);
}

}  // namespace oracle
