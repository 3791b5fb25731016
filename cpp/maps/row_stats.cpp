#include "core/sixteens.h"
#include "core/temperature.h"
#include "maps.h"

namespace sm {

struct Ranking {
  float top, second;
  double ties, support;  // entries equal to the top, entries above -inf
};

static Ranking rank(Sixteens x) {
  alignas(16) float copy[16];
  const f32x4 none = held(-infinity), zero = held(0), one = held(1);
  f32x4 first = none, second = none;
  f64x4 support = held_wide(0);  // a float does not count further than 2²⁴
  for (size_t i = 0; i < x.cols; i += 16) {
    const float* const p = x.at(copy, i);
    for (size_t k = 0; k < 16; k += 4) {
      const f32x4 v = load(p + k);
      second = max(second, min(first, v));
      first = max(first, v);
      support = support + wide(select_lt(none, v, one, zero));
    }
  }
  alignas(16) float best[8];  // the two largest of all are among the two of each lane
  store(best, first);
  store(best + 4, second);
  Ranking row{-infinity, -infinity, 0, sum(support)};
  for (const float v : best) {
    row.second = v > row.top ? row.top : v > row.second ? v : row.second;
    row.top = v > row.top ? v : row.top;
  }
  const f32x4 tops = splat(row.top);
  f64x4 ties = held_wide(0);
  for (size_t i = 0; i < x.cols; i += 16) {
    const float* const p = x.at(copy, i);
    for (size_t k = 0; k < 16; k += 4) ties = ties + wide(select_eq(load(p + k), tops, one, zero));
  }
  row.ties = sum(ties);
  return row;
}

// With e = exp((x - top) / t) and S its sum, -sum y log y is log S + <e, (top - x) / t> / S.
static double entropy_of(Sixteens x, const Temperature& t, float top, double ties) {
  alignas(16) float copy[16];
  const float small = t.t > 1 ? 0x1p-24f : 1;  // so that no difference overflows where it counts
  const f32x4 tops = splat(top), zero = held(0), unit = splat(small), shift = splat(top * small);
  return with_exp(t, tops, [&](auto exp) {
    Sum others, along;
    for (size_t i = 0; i < x.cols; i += 16) {
      const float* const p = x.at(copy, i);
      f32x4 e_of_16 = zero, along_16 = zero;
      for (size_t k = 0; k < 16; k += 4) {
        const f32x4 v = load(p + k), e = select_eq(v, tops, zero, exp(v));
        e_of_16 = e_of_16 + e;
        along_16 = along_16 + select_eq(e, zero, zero, e * (shift - v * unit));
      }
      others.add(e_of_16);
      along.add(along_16);
    }
    const double one = lane<0>(exp(tops)), rest = ties - 1 + others.value() / one;
    return log1p(rest) + along.value() / one / small / t.t / (1 + rest);
  });
}

// Rows that exp cannot answer: some entries share them evenly, as even_row() says.
static double even_entropy(const Ranking& row, float t, int rules) {
  if (row.support == 0) return 0;
  if (row.top == infinity) return rules & Rule::infinite_limit ? log(row.ties) : not_a_number;
  if (t > 0) return log(row.support);
  return rules & Rule::tie_split ? log(row.ties) : 0;
}

void row_stats(float* stats, float* x, const uint8_t* mask, const float* t, size_t outer,
               size_t cols, size_t inner, int rules) {
  const size_t rows = outer * inner;
  float *const max = stats, *const lse = stats + rows, *const entropy = stats + 2 * rows,
               *const margin = stats + 3 * rows, *const support = stats + 4 * rows;
  log_sum_exp(lse, x, mask, t, outer, cols, inner, rules);
  for (size_t r = 0; r < rows; ++r) {
    if (lse[r] != lse[r]) {
      max[r] = entropy[r] = margin[r] = support[r] = not_a_number;
      continue;
    }
    const Sixteens row{x + r / inner * cols * inner + r % inner, cols, inner, -infinity};
    const Ranking rank = sm::rank(row);
    const Temperature warm = temperature_of(t, rules, r);
    max[r] = rank.top;
    margin[r] = rank.top == rank.second ? 0 : rank.top - rank.second;
    support[r] = static_cast<float>(rank.support);
    entropy[r] = static_cast<float>(warm.positive && finite(rank.top)
                                        ? entropy_of(row, warm, rank.top, rank.ties)
                                        : even_entropy(rank, warm.t, rules));
  }
}

}  // namespace sm
