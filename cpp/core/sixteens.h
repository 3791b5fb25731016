// A row sixteen entries at a time, whatever its stride: what is written for four vectors then
// serves every axis and every length.
#pragma once

#include "simd/row.h"

namespace sm {

struct Sixteens {
  const float* x;
  size_t cols, stride;
  float absent;  // stands for entries after the last

  bool whole(size_t i) const { return stride == 1 && cols - i >= 16; }
  // Sixteen entries from i on: where they are, or in copy.
  const float* at(float* copy, size_t i) const { return whole(i) ? x + i : gather(copy, i); }
  // Where to put those of y: there, or in some, which put() then writes.
  float* place(float* y, float* some, size_t i) const { return whole(i) ? y + i : some; }
  void put(float* y, const float* some, size_t i) const {
    if (!whole(i)) scatter(y, some, i);
  }

 private:
  const float* gather(float* copy, size_t i) const;
  void scatter(float* y, const float* some, size_t i) const;
};

}  // namespace sm
