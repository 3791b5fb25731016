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

namespace oracle {

struct AttentionGradients {
  Values dq, dk, dv, dsinks;
};

// The gradients as the chain rule writes them, weight by weight. In float this is what an
// implementation without care gives.
template <class T = double>
AttentionGradients attention_vjp(const Attention& a, const std::vector<float>& d_o,
                                 const std::vector<float>& dlse) {
  const Heads x(a);
  std::vector<T> dq(x.q.size()), dk(x.k.size()), dv(x.v.size()), dsinks(x.sinks.size());
  for (size_t b = 0; b < a.batch; ++b) {
    for (size_t h = 0; h < a.heads; ++h) {
      for (size_t i = 0; i < a.queries_of(b); ++i) {
        const size_t row = a.query_row(b, h, i), n = a.keys_of(b);
        std::vector<T> s(n, -INFINITY), slope(n, 1), dp(n, 0);
        T top = -INFINITY, total = 0, inner = 0;
        for (size_t j = 0; j < n; ++j) {
          if (!sees(a, b, h, i, j)) continue;
          T dot = 0;
          for (size_t d = 0; d < a.dim; ++d) {
            dot += static_cast<T>(x.q[row * a.dim + d]) *
                   static_cast<T>(x.k[a.key_row(b, h, j) * a.dim + d]);
          }
          s[j] = dot * a.scale;
          if (a.softcap > 0) {
            const T t = std::tanh(s[j] / a.softcap);
            s[j] = a.softcap * t;
            slope[j] = 1 - t * t;
          }
          if (!a.bias.empty()) s[j] += a.bias[a.bias_at(b, h, i, j)];
          if (!a.slopes.empty()) {
            const double offset = a.top_left ? 0
                                             : static_cast<double>(a.keys_of(b)) -
                                                   static_cast<double>(a.queries_of(b));
            s[j] -= static_cast<T>(
                a.slopes[h] * std::fabs(static_cast<double>(i) + offset - static_cast<double>(j)));
          }
          top = std::max(top, s[j]);
        }
        if (top == -INFINITY) continue;
        for (const T e : s) total += std::exp(e - top);
        const T keys_total = total;
        const T sink = a.sinks.empty() ? 0 : std::exp(static_cast<T>(x.sinks[h]) - top);
        total += sink;
        for (size_t j = 0; j < n; ++j) {
          if (s[j] == -INFINITY) continue;
          for (size_t d = 0; d < a.value_dim; ++d) {
            const size_t at = a.key_row(b, h, j) * a.value_dim + d;
            dp[j] += d_o[row * a.value_dim + d] * static_cast<T>(x.v[at]);
            dv[at] += std::exp(s[j] - top) / total * d_o[row * a.value_dim + d];
          }
          inner += std::exp(s[j] - top) / total * dp[j];
        }
        if (!a.sinks.empty()) dsinks[h] -= sink / total * inner;
        for (size_t j = 0; j < n; ++j) {
          if (s[j] == -INFINITY) continue;
          const T e = std::exp(s[j] - top);
          const T more = dlse.empty() ? 0 : e / keys_total * dlse[row];
          const T ds = (e / total * (dp[j] - inner) + more) * slope[j] * a.scale;
          for (size_t d = 0; d < a.dim; ++d) {
            const size_t at = a.key_row(b, h, j) * a.dim + d;
            dq[row * a.dim + d] += ds * static_cast<T>(x.k[at]);
            dk[at] += ds * static_cast<T>(x.q[row * a.dim + d]);
          }
        }
      }
    }
  }
  const auto values = [](const std::vector<T>& y) { return Values(y.begin(), y.end()); };
  return {values(dq), values(dk), values(dv), values(dsinks)};
}

}  // namespace oracle
