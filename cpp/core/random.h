// Numbers of a seed: the n-th does not depend on who asks first, nor on what else is asked.
#pragma once

#include <cstddef>
#include <cstdint>

#include "simd/elementary.h"

namespace sm {

// Four words from a counter of four and a key of two: Philox 4x32-10 (Salmon et al. 2011).
struct Words {
  uint32_t v[4];
};
Words philox(Words counter, uint32_t key_low, uint32_t key_high);

// The numbers of one seed and stream, as ops get them: seed and stream low word first, then the row
// that the first row of the call counts as.
class Draws {
 public:
  explicit Draws(const uint32_t key[5]) : key_(key) {}

  // Numbers 4 block … 4 block + 3 of row r of the call.
  Words words(size_t r, uint32_t block) const;

 private:
  const uint32_t* key_;
};

// u = (n + 1/2) 2⁻²³ of the upper 23 bits n of each word: exact, never 0 and never 1.
f32x4 uniform(Words words);

// -log(-log u), a Gumbel number, in (-2.82, 16.64).
//   within  2⁻²² absolute and 2 ulp
inline f32x4 gumbel(f32x4 u) {
  const f32x4 zero = splat(0);
  return zero - log(zero - log(u));
}

}  // namespace sm
