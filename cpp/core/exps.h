// The exps of scores, block by block: first all scores of a block are reduced, then the series of
// all are summed up. A loop that did both would be one chain of thirty dependent operations, of
// which a processor holds too few at once: 1.2 times slower with fused multiply-add, 1.5 times
// without.
#pragma once

#include "core/running.h"

namespace sm {

// What the first step leaves for the second, the powers kBlock after what they belong to, so that
// one pointer finds both.
struct Block {
  float r[2 * kBlock];

  static void put(float* r, const Reduced& v) {
    store(r, v.r);
    store(r + kBlock, v.power);
  }
  static Reduced get(const float* r) { return {load(r), load(r + kBlock)}; }
};

// A row of any length at one temperature, in the unit of its peak or of a score near it.
class RowExps {
 public:
  RowExps(const Temperature& t, float top)
      : t_(t), at_(t, splat(top)), plain_(t.t == 1 && lane<0>(at_.shift) == 0) {}

  // What one pass over the scores finds: their peak too, which a score near it stood for.
  struct Summed {
    float peak;
    Sum sum;
  };
  // e_i = exp(x_i / t), and the sum of them. e may be x.
  Summed row(float* e, const float* x, size_t cols) const;
  // The sum without the peak's own, over the peak's.
  Running rest(const float* x, size_t cols) const;

  // exp(x / t) of four scores.
  f32x4 operator()(f32x4 x) const;
  // log of what the exps lack to be exp(x / t).
  double log_unit() const { return sm::log_unit(lane<0>(at_.unit), lane<0>(at_.shift), t_); }

 private:
  const Temperature& t_;
  const Reference at_;
  const bool plain_;  // t is 1 and nothing is shifted: the first step is leaner

  // The first step for n scores; the larger of them and of peaks, lane by lane.
  f32x4 reduce(Block& block, const float* x, size_t n, f32x4 peaks) const;
};

// A row longer than kShort is begun in the unit of its first scores, and its peak found on the way.
// Should that be far above, where its exp and their sum have no room, the row is begun anew.
inline float glance(const float* x) {
  return peak(max(max(load(x), load(x + 4)), max(load(x + 8), load(x + 12))));
}

// Up to kTogether rows with their peaks or scores near them, finite, at one temperature, each with
// its Reference.
class Exps {
 public:
  Exps(const Temperature& t, const float* top, size_t n);

  // The first step for n rows of whole vectors, a block at most, one after the other.
  void reduce(Block& block, const float* x, size_t cols, size_t n) const;
  // Both steps: exp(x_i / t) is left in block.r.
  void short_rows(Block& block, const float* x, size_t cols, size_t n) const;

  // e_j = exp(x_j / t) of one entry of each of n rows side by side. e may be x.
  void column(float* e, const float* x, size_t n) const;

  // Whether what the rows were begun with is near their peaks.
  bool near(const float* peak, size_t n) const;

  double log_unit(size_t k) const { return sm::log_unit(unit_[k], shift_[k], t_); }

 private:
  const Temperature& t_;
  bool plain_;
  float top_[kTogether], shift_[kTogether], unit_[kTogether], rounder_[kTogether],
      lowest_[kTogether];
};

// The sums of up to kTogether columns.
class ColumnSums {
 public:
  explicit ColumnSums(size_t n);
  // some entries of each column: e [some, n], its rows stride apart
  void add(const float* e, size_t stride = 0, size_t some = 1);
  double value(size_t j) const { return static_cast<double>(total_[j]) - lost_[j]; }

 private:
  const size_t n_;
  float total_[kTogether], lost_[kTogether];
};

// The sum of exps without the largest, which would round away the others where they are small: of
// each exp and the largest before it in its lane, the smaller is added.
template <class F, class P>
inline void add_smaller(Sum& others, f32x4& largest, size_t n, F exp_at, P* p) {
  add(
      others, n,
      [exp_at, &largest](auto at, P* from) {
        const f32x4 e = at.present(exp_at(from)), smaller = min(e, largest);
        largest = max(largest, e);
        return smaller;
      },
      p);
}
// In the end: the sum of all exps without the peak's own, over the peak's own.
inline double rest_of(const Sum& others, f32x4 largest, float peak) {
  const auto smaller = [](float a, float b) { return a < b ? a : b; };
  const auto larger = [](float a, float b) { return a < b ? b : a; };
  const float a = lane<0>(largest), b = lane<1>(largest), c = lane<2>(largest),
              d = lane<3>(largest), ac = larger(a, c), bd = larger(b, d);
  const double all = static_cast<double>(smaller(a, c)) + smaller(b, d) + smaller(ac, bd);
  return (others.value() + all + (static_cast<double>(larger(ac, bd)) - peak)) / peak;
}

}  // namespace sm
