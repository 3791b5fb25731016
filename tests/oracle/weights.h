// Weights of attention as the textbook has them, in double.
#pragma once

#include "oracle/attention.h"
#include "oracle/sparse.h"

namespace oracle {

inline Values weigh(const Row& row, double alpha) {
  return alpha == 1     ? softmax(row)
         : alpha == 1.5 ? entmax15(row)
         : alpha == 2   ? sparsemax(row)
                        : entmax(row, alpha);
}

// One query's row as far as a stage takes it.
inline Values weights_row(const Attention& a, const Heads& x, int stage, double alpha, size_t b,
                          size_t h, size_t i) {
  const bool biased = stage >= sm::stage_biased, weights = stage == sm::stage_probabilities;
  Attention plain = a;
  if (!biased) plain.bias = plain.slopes = {};
  if (stage == sm::stage_raw) plain.softcap = 0;
  Row row{Values(a.keys, biased ? -INFINITY : 0), std::vector<bool>(a.keys, false), 1,
          sm::empty_zero};
  for (size_t j = 0; j < a.keys_of(b); ++j) {
    row.keep[j] = sees(a, b, h, i, j);
    const bool counts = a.lengths.empty() || static_cast<ptrdiff_t>(j) < a.lengths[b];
    if (biased ? row.keep[j] : counts) row.x[j] = score(plain, x, b, h, i, j);
  }
  if (!weights) return row.x;
  if (!a.sinks.empty()) {
    row.x.push_back(x.sinks[h]);
    row.keep.push_back(true);
  }
  Values w = weigh(row, alpha);
  for (size_t j = 0; j < w.size(); ++j) w[j] = row.keep[j] ? w[j] : 0;
  w.resize(a.keys);
  return w;
}

// [batch, heads, queries, keys]
inline Values weights(const Attention& a, const Heads& x, int stage, double alpha) {
  Values all;
  const Values absent(a.keys, stage == sm::stage_biased ? -INFINITY : 0);
  for (size_t b = 0; b < a.batch; ++b) {
    for (size_t h = 0; h < a.heads; ++h) {
      for (size_t i = 0; i < a.queries; ++i) {
        const Values row = i < a.queries_of(b) ? weights_row(a, x, stage, alpha, b, h, i) : absent;
        all.insert(all.end(), row.begin(), row.end());
      }
    }
  }
  return all;
}

}  // namespace oracle
