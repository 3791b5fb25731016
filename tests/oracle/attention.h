// Attention as the textbook has it, in double: the whole row of scores, its softmax, the sum of
// values.
#pragma once

#include <cmath>

#include "support/heads.h"

namespace oracle {

using Values = std::vector<double>;

inline bool sees(const Attention& a, size_t b, size_t h, size_t i, size_t j) {
  const auto offset =
      a.top_left ? 0
                 : static_cast<ptrdiff_t>(a.keys_of(b)) - static_cast<ptrdiff_t>(a.queries_of(b));
  const ptrdiff_t ahead = static_cast<ptrdiff_t>(j) - (static_cast<ptrdiff_t>(i) + offset);
  if (a.left >= 0 && ahead < -a.left) return false;
  if (a.right >= 0 && ahead > a.right) return false;
  if (!a.lengths.empty() && static_cast<ptrdiff_t>(j) >= a.lengths[b]) return false;
  if (!a.keep.empty() && a.keep[a.keep_at(b, h, i, j)] == 0) return false;
  return a.bias.empty() || a.bias[a.bias_at(b, h, i, j)] != -kInf;
}

// What attention is a function of, where it is differentiated.
struct Heads {
  Values q, k, v, sinks, bias;

  explicit Heads(const Attention& a)
      : q(a.q.begin(), a.q.end()),
        k(a.k.begin(), a.k.end()),
        v(a.v.begin(), a.v.end()),
        sinks(a.sinks.begin(), a.sinks.end()),
        bias(a.bias.begin(), a.bias.end()) {}
};

inline double score(const Attention& a, const Heads& x, size_t b, size_t h, size_t i, size_t j) {
  long double s = 0;
  for (size_t d = 0; d < a.dim; ++d) {
    s += static_cast<long double>(x.q[a.query_row(b, h, i) * a.dim + d]) *
         x.k[a.key_row(b, h, j) * a.dim + d];
  }
  auto out = static_cast<double>(s * a.scale);
  if (a.softcap > 0) out = a.softcap * std::tanh(out / a.softcap);
  if (!a.bias.empty()) out += x.bias[a.bias_at(b, h, i, j)];
  if (!a.slopes.empty()) {
    const double offset =
        a.top_left ? 0 : static_cast<double>(a.keys_of(b)) - static_cast<double>(a.queries_of(b));
    out -= a.slopes[h] * std::fabs(static_cast<double>(i) + offset - static_cast<double>(j));
  }
  return out;
}

struct AttendedValues {
  Values o, lse;
};

inline AttendedValues attention(const Attention& a, const Heads& x) {
  AttendedValues out{Values(a.rows() * a.value_dim), Values(a.rows(), -INFINITY)};
  for (size_t b = 0; b < a.batch; ++b) {
    for (size_t h = 0; h < a.heads; ++h) {
      for (size_t i = 0; i < a.queries_of(b); ++i) {
        const size_t row = a.query_row(b, h, i);
        Values s(a.keys_of(b), -INFINITY);
        double top = -INFINITY;
        bool nan = false;
        for (size_t j = 0; j < s.size(); ++j) {
          if (!sees(a, b, h, i, j)) continue;
          s[j] = score(a, x, b, h, i, j);
          nan = nan || std::isnan(s[j]) || s[j] == INFINITY;
          if (s[j] > top) top = s[j];
        }
        if (nan) {
          out.lse[row] = NAN;
          for (size_t d = 0; d < a.value_dim; ++d) out.o[row * a.value_dim + d] = NAN;
        }
        if (nan || top == -INFINITY) continue;
        long double total = 0;
        for (const double e : s) total += std::exp(e - top);
        out.lse[row] = top + static_cast<double>(std::log(total));
        if (!a.sinks.empty()) total += std::exp(x.sinks[h] - top);
        for (size_t d = 0; d < a.value_dim; ++d) {
          long double sum = 0;
          for (size_t j = 0; j < s.size(); ++j) {
            if (!sees(a, b, h, i, j)) continue;
            sum += std::exp(s[j] - top) / total * x.v[a.key_row(b, h, j) * a.value_dim + d];
          }
          out.o[row * a.value_dim + d] = static_cast<double>(sum);
        }
      }
    }
  }
  return out;
}
inline AttendedValues attention(const Attention& a) { return attention(a, Heads(a)); }

}  // namespace oracle
