// Which keys the queries of one head see, and what is added to their scores.
#pragma once

#include "shapes.h"
#include "simd/row.h"

namespace sm {

// Keys first … end - 1.
struct Span {
  size_t first, end;
};

// One head of one sequence. Queries and keys are counted from the start of the sequence.
class Sight {
 public:
  size_t queries, keys;                     // those that count
  size_t query_start, key_start, all_keys;  // all: whether they count or not
  bool plain;                               // nothing is added to a score inside its span

  Sight(const AttentionShape& shape, const AttentionMask& mask, size_t b, size_t h);

  // The keys query i may see: others it does not, of these keep and bias may hide some.
  Span span(size_t i) const;
  // … those that any, and that all, of n queries from i on may see. Spans move to the right only.
  Span any(size_t i, size_t n) const { return upright({span(i).first, span(i + n - 1).end}); }
  Span all(size_t i, size_t n) const { return upright({span(i + n - 1).first, span(i).end}); }

  // What is added to the capped scores of query i with up to four keys from j on; -inf where the
  // key is not seen. at is part(keys - j).
  f32x4 added(Part at, size_t i, size_t j) const;
  // Whether query i sees key j.
  bool sees(size_t i, size_t j) const { return lane<0>(added(part(1), i, j)) != -infinity; }

 private:
  int64_t left_, right_, offset_;
  float slope_;
  const float* bias_;
  const uint8_t* keep_;
  size_t bias_row_, keep_row_;

  static Span upright(Span s) { return {s.first, s.end < s.first ? s.first : s.end}; }
};

// A score with what is added to it: a hidden one is never read as a number. What is infinite or NaN
// added to anything is itself (and needs no constant in a loop).
inline f32x4 seen(f32x4 s, f32x4 added) {
  return select_eq(added - added, splat(0), s + added, added);
}

}  // namespace sm
