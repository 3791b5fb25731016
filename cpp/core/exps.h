// The exps of scores, block by block: first all scores of a block are reduced, then the series of
// all are summed up. A loop that did both would be one chain of thirty dependent operations, of
// which a processor holds too few at once: 1.2 times slower with fused multiply-add, 1.5 times
// without.
#pragma once

#include "core/axis.h"

namespace sm {

// What the first step leaves for the second. The powers lie at a fixed distance from what they
// belong to, so that one pointer finds both.
struct Block {
  float r[kBlock], power[kBlock];

  static void put(float* r, const Reduced& v) {
    store(r, v.r);
    store(r + kBlock, v.power);
  }
  static Reduced get(const float* r) { return {load(r), load(r + kBlock)}; }
};

// Up to kBlock rows with their peaks, finite, at one temperature, each with its Reference.
class Exps {
 public:
  Exps(const Temperature& t, const float* peak, size_t n);

  // e_i = exp(x_i / t) of row k, in its unit; the sum of them. e may be x.
  double row(float* e, const float* x, size_t cols, size_t k, Ahead& ahead) const;

  // The same without sums for n rows of whole vectors, a block at most, one after the other; they
  // are left in block.r.
  void short_rows(Block& block, const float* x, size_t cols, size_t n) const;

  // e_j = exp(x_j / t) of one entry of each of n rows side by side. e may be x.
  void column(float* e, const float* x, size_t n) const;

  // log of what the exps of row k lack to be exp(x / t).
  double log_unit(size_t k) const;

  // The rest (below) of row k, of any length; top is the exp of its peak, as column gives it.
  double rest(const float* x, size_t cols, size_t k, float top, Ahead& ahead) const;

 private:
  const Temperature& t_;
  bool plain_ = true;  // t is 1 and nothing is shifted: the first step is leaner
  float shift_[kBlock], unit_[kBlock], rounder_[kBlock], lowest_[kBlock];

  // The first step for n scores of row k, whose peaks of another row it finds on the way.
  template <class Second>
  void blocks(const float* x, size_t cols, size_t k, Ahead& ahead, Second second) const;
  f32x4 reduce(Block& block, const float* x, size_t n, size_t k, const float* other,
               f32x4 peaks) const;
};

// The sums of up to kBlock columns.
class ColumnSums {
 public:
  explicit ColumnSums(size_t n);
  void add(const float* e);  // [n]
  double value(size_t j) const { return static_cast<double>(total_[j]) - lost_[j]; }

 private:
  const size_t n_;
  float total_[kBlock], lost_[kBlock];
};

// sum_i exp((x_i - peak) / t) - 1 of a row, from its exps. Those that are as large as the peak's
// are counted and the others summed, so that a small rest is not rounded away.
class Rest {
 public:
  explicit Rest(float top) : top_(top) {}  // the exp of the peak

  // Adds the n <= kBlock exps that term(at, p) gives.
  template <class Term>
  void add(size_t n, Term term, const float* p) {
    const f32x4 tops = splat(top_), one = held(1);
    f32x4 peaks = splat(0);
    const auto others = [&](auto at, const float* from) {
      const f32x4 e = term(at, from);
      peaks = peaks + at.present(only_eq(e, tops, one));
      return only_ne(e, tops, e);
    };
    sm::add(others_, n, others, p);
    peaks_ += sum(peaks);
  }
  double value() const { return peaks_ - 1 + others_.value() / top_; }

 private:
  float top_;
  double peaks_ = 0;
  Sum others_;
};

}  // namespace sm
